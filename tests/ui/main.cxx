// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <QApplication>

#ifdef __SANITIZE_ADDRESS__
/// What Qt's own platform plugin leaves behind when a program ends.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions()
{
  return "leak:libqoffscreen\nleak:QScreen::QScreen\nleak:QPlatformScreen\n"
         "leak:QWindowSystemInterface\nleak:ExternalRefCountData\nleak:libfontconfig\n"
         "leak:QObject::QObject\n";
}
#endif

int main(int argc, char** argv)
{
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
  {
    qputenv("QT_QPA_PLATFORM", "offscreen");
  }
  testing::InitGoogleTest(&argc, argv);
  QApplication application(argc, argv);
  QApplication::setQuitOnLastWindowClosed(false);
  return RUN_ALL_TESTS();
}
