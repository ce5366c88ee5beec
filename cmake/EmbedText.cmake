# SPDX-License-Identifier: BSD-3-Clause
# cmake -DINPUT=F -DOUTPUT=F.c -DNAME=symbol -P EmbedText.cmake
# Makes a C array of a text, NUL-terminated. Lines that are only a comment are left out.
file(READ "${INPUT}" text)
string(REGEX REPLACE "\n[ ]*#[^\n]*" "" text "\n${text}")
string(REGEX REPLACE "^\n" "" text "${text}")
file(WRITE "${OUTPUT}.txt" "${text}")
file(READ "${OUTPUT}.txt" hex HEX)
file(REMOVE "${OUTPUT}.txt")
string(REGEX REPLACE "(..)" "0x\\1, " bytes "${hex}")
string(REGEX REPLACE "(0x.., 0x.., 0x.., 0x.., 0x.., 0x.., 0x.., 0x.., )" "\\1\n" bytes "${bytes}")
file(WRITE "${OUTPUT}" "/* Made from ${NAME}; do not edit. */\nextern const char ${NAME}[];\nconst char ${NAME}[] = {\n${bytes}0x00};\n")
