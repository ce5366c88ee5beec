// SPDX-License-Identifier: BSD-3-Clause
#ifndef PvhopServerLauncher_h
#define PvhopServerLauncher_h

#include "PvhopEntry.h"

#include <pqServerLauncher.h>

#include <QPointer>

class PvhopSession;

/**
 * ParaView's launcher, with another way for entries that pvhop wrote. ParaView would listen for
 * them and wait, blind; here pvhop works its way to a checked pvserver first, with a window of our
 * own, and then ParaView connects to it on this computer's loopback, at once.
 *
 * Everything else goes to the base class untouched.
 */
class PvhopServerLauncher : public pqServerLauncher
{
  Q_OBJECT
  typedef pqServerLauncher Superclass;

public:
  Q_INVOKABLE PvhopServerLauncher(const pqServerConfiguration& configuration,
                                  QObject* parent = nullptr);
  ~PvhopServerLauncher() override;

  /** Connects to a session that is ready, instead of starting one. Before connectToServer(). */
  void adopt(PvhopSession* session);

protected:
  void prepareDialogForPromptOptions(QDialog& dialog) override;
  bool launchServer(bool showStatusDialog) override;
  bool connectToPrelaunchedServer(bool showConnectionDialog = true) override;

private:
  Q_DISABLE_COPY(PvhopServerLauncher)

  void setTarget(const QString& uri);
  bool waitFor(PvhopSession* session);

  bool Ours = false;
  PvhopEntry Entry;
  QPointer<PvhopSession> Session;
  int ConnectId; ///< ParaView's, as it was before
};

#endif
