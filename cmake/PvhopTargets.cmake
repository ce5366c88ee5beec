# SPDX-License-Identifier: BSD-3-Clause
# What every target of the project shares: language level, warnings, sanitizers.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Precompiled headers shorten a first build. ccache keeps nothing that is compiled with them, so where it is used there
# are none; and there each file shows whether it includes what it uses.
if("${CMAKE_CXX_COMPILER_LAUNCHER}" MATCHES "ccache" AND NOT DEFINED CMAKE_DISABLE_PRECOMPILE_HEADERS)
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()

find_package(Threads REQUIRED)

# As lists, too: the helper for other architectures is compiled beside the targets (core/relay/CMakeLists.txt).
set(PVHOP_DEFINITIONS _GNU_SOURCE PVHOP_VERSION="${PROJECT_VERSION}")
set(PVHOP_WARNINGS -Wall -Wextra)
set(PVHOP_C_WARNINGS -Wshadow -Wconversion)
if(PVHOP_WERROR)
  list(APPEND PVHOP_WARNINGS -Werror)
endif()
set(PVHOP_HARDENED -fstack-protector-strong)
set(PVHOP_FORTIFIED -D_FORTIFY_SOURCE=2) # needs optimisation
set(PVHOP_HARDENED_LINK -Wl,-z,relro,-z,now)

add_library(pvhop_flags INTERFACE)
target_compile_definitions(pvhop_flags INTERFACE ${PVHOP_DEFINITIONS})
target_compile_options(pvhop_flags INTERFACE ${PVHOP_WARNINGS} $<$<COMPILE_LANGUAGE:C>:${PVHOP_C_WARNINGS}>)
if(PVHOP_SANITIZE)
  target_compile_options(pvhop_flags INTERFACE
    -fsanitize=${PVHOP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(pvhop_flags INTERFACE -fsanitize=${PVHOP_SANITIZE})
else()
  target_compile_options(pvhop_flags INTERFACE ${PVHOP_HARDENED} $<$<NOT:$<CONFIG:Debug>>:${PVHOP_FORTIFIED}>)
  target_link_options(pvhop_flags INTERFACE ${PVHOP_HARDENED_LINK})
endif()

if(PVHOP_BUILD_FUZZERS)
  target_compile_options(pvhop_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(pvhop_flags INTERFACE -fsanitize=fuzzer-no-link) # for programs without libFuzzer's main
endif()

# pvhop_library(NAME SOURCES... LINK...): a static C library of the core, its symbols hidden.
function(pvhop_library name)
  cmake_parse_arguments(A "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}/core/include"
    PRIVATE "${PROJECT_SOURCE_DIR}/core/src")
  set_target_properties(${name} PROPERTIES C_VISIBILITY_PRESET hidden)
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:pvhop_flags> PUBLIC ${A_LINK})
endfunction()
