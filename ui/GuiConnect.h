// SPDX-License-Identifier: BSD-3-Clause
#ifndef GuiConnect_h
#define GuiConnect_h

#include <QObject>
#include <QPointer>
#include <QString>
#include <QStringList>

namespace pvhop
{

class ConnectWindow;
class SessionProcess;

/**
 * One `pvhop connect` with a window and no ParaView around it: for a ParaView without the plugin,
 * which runs the command of an entry and can show no question. The window goes when the client is
 * connected; the program stays until the session is over.
 */
class GuiConnect : public QObject
{
  Q_OBJECT

public:
  GuiConnect(const QString& program, const QStringList& arguments, QObject* parent = nullptr);
  ~GuiConnect() override;

  void begin();

Q_SIGNALS:
  /** All is over; pvhop's exit code. */
  void done(int exitCode);

private:
  Q_DISABLE_COPY(GuiConnect)

  void onEnded(int exitCode);

  QString Program;
  QStringList Arguments;
  ConnectWindow* Window;
  QPointer<SessionProcess> Session;
  int ExitCode = 130;
  bool Up = false; ///< a client was connected
};

}

#endif
