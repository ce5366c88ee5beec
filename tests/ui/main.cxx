// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <QApplication>

#ifdef __SANITIZE_ADDRESS__
#define LSAN_OPTIONS_HERE "suppressions=" PVHOP_LSAN_SUPPRESSIONS ":print_suppressions=0"

extern "C" __attribute__((visibility("default"))) const char* __lsan_default_options()
{
  return LSAN_OPTIONS_HERE;
}
#endif

int main(int argc, char** argv)
{
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
  {
    qputenv("QT_QPA_PLATFORM", "offscreen");
  }
#ifdef __SANITIZE_ADDRESS__
  qputenv("LSAN_OPTIONS", LSAN_OPTIONS_HERE); // for the programs that are started, too
#endif
  testing::InitGoogleTest(&argc, argv);
  QApplication application(argc, argv);
  QApplication::setQuitOnLastWindowClosed(false);
  return RUN_ALL_TESTS();
}
