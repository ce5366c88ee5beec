// SPDX-License-Identifier: BSD-3-Clause
#ifndef ProgramFinder_h
#define ProgramFinder_h

#include <QObject>
#include <QString>
#include <QStringList>

class QProcess;
class QTimer;

namespace pvhop
{

/** Where the program pvhop is, and whether it is the one that goes with these windows. */
class ProgramFinder : public QObject
{
  Q_OBJECT

public:
  explicit ProgramFinder(QObject* parent = nullptr);
  ~ProgramFinder() override;

  /**
   * The first that exists of: `setting` (the user's own choice), $PVHOP_PROGRAM, beside `folder`
   * (the plugin's) and its parents' bin, $PATH, the install prefix's bin. A setting or
   * variable that names no program is not passed over silently: it is returned as it is, so that
   * starting it fails with its name. Empty if there is none.
   */
  static QString find(const QString& setting, const QString& folder);

  /** True if `version` ("0.1.4") has the same major and minor number as these windows. */
  static bool fits(const QString& version);

  /** Runs `program --version`; checked() follows, always, within five seconds. To be called once.
   */
  void check(const QString& program);

Q_SIGNALS:
  /** `problem` is empty if the program is the right one. */
  void checked(const QString& version, const QString& problem);

private:
  Q_DISABLE_COPY(ProgramFinder)

  void conclude(const QString& version, const QString& problem);

  QProcess* Process;
  QTimer* Limit;
  bool Done = false;
};

}

#endif
