// SPDX-License-Identifier: BSD-3-Clause
/** A wizard whose pvhop is a child that says what a script says, in a home of its own. */
#ifndef scripted_wizard_h
#define scripted_wizard_h

#include "scripted.h"

#include "Wizard.h"

#include <QDir>
#include <QTest>

#include <memory>
#include <string>

class ScriptedWizard
{
public:
  explicit ScriptedWizard(const std::string& script,
                          const QString& client = QStringLiteral("5.11.0"))
  {
    EXPECT_TRUE(pvhop_test::write_file(this->Folder / "script", script));
    QDir().mkpath(QString::fromStdString(this->Folder / "home/.ssh"));
    qputenv("PVHOP_STANDIN_SCRIPT", QByteArray::fromStdString(this->Folder / "script"));
    qputenv("PVHOP_STANDIN_LOG", QByteArray::fromStdString(this->Folder / "log"));
    qputenv("HOME", QByteArray::fromStdString(this->Folder / "home"));
    this->Around.Program = QStringLiteral(PVHOP_STANDIN);
    this->Around.ClientVersion = client;
  }
  template<class T>
  T* find(const char* name)
  {
    T* found = this->Shown->findChild<T*>(QLatin1String(name));
    EXPECT_NE(nullptr, found) << name;
    return found;
  }
  /// Waits until the host has been looked at.
  bool checked()
  {
    return QTest::qWaitFor([this]() { return this->Shown->model()->site().Known; }, Patience);
  }

  pvhop_test::TempDir Folder;
  pvhop::WizardSurroundings Around;
  std::unique_ptr<pvhop::Wizard> Shown; ///< made by whoever derives from this
};

#endif
