# SPDX-License-Identifier: BSD-3-Clause
# ParaView, and the Qt that it was built with: the windows run inside it, so they use the same one.
find_package(ParaView 5.11 REQUIRED)
if(NOT PARAVIEW_USE_QT)
  message(FATAL_ERROR "This ParaView was built without its Qt interface; the plugin needs it. "
    "Use -DPVHOP_BUILD_PLUGIN=OFF for the command line alone.")
endif()
if(NOT PARAVIEW_QT_MAJOR_VERSION)
  set(PARAVIEW_QT_MAJOR_VERSION 5) # ParaView before 5.12 does not say
endif()
set(PVHOP_QT "Qt${PARAVIEW_QT_MAJOR_VERSION}")
find_package(${PVHOP_QT} REQUIRED COMPONENTS Core Gui Widgets LinguistTools)
if(PVHOP_BUILD_TESTS)
  find_package(${PVHOP_QT} REQUIRED COMPONENTS Test)
endif()

# What every C++ target with Qt in it needs, beside pvhop_flags.
function(pvhop_qt_target name)
  set_target_properties(${name} PROPERTIES AUTOMOC ON
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_definitions(${name} PRIVATE QT_NO_KEYWORDS QT_NO_FOREACH QT_DEPRECATED_WARNINGS
    QT_NO_CAST_FROM_BYTEARRAY)
endfunction()
