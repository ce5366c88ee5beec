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

add_library(pvhop_flags INTERFACE)
target_compile_definitions(pvhop_flags INTERFACE _GNU_SOURCE PVHOP_VERSION="${PROJECT_VERSION}")
target_compile_options(pvhop_flags INTERFACE -Wall -Wextra $<$<COMPILE_LANGUAGE:C>:-Wshadow -Wconversion>)
if(PVHOP_WERROR)
  target_compile_options(pvhop_flags INTERFACE -Werror)
endif()
if(PVHOP_SANITIZE)
  target_compile_options(pvhop_flags INTERFACE
    -fsanitize=${PVHOP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(pvhop_flags INTERFACE -fsanitize=${PVHOP_SANITIZE})
else()
  target_compile_options(pvhop_flags INTERFACE
    -fstack-protector-strong $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
  target_link_options(pvhop_flags INTERFACE -Wl,-z,relro,-z,now)
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
