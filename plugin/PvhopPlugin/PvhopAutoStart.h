// SPDX-License-Identifier: BSD-3-Clause
#ifndef PvhopAutoStart_h
#define PvhopAutoStart_h

#include <QObject>

class PvhopMenus;
class PvhopSessions;

/** What ParaView starts when it loads the plugin, and shuts down when it quits. */
class PvhopAutoStart : public QObject
{
  Q_OBJECT

public:
  explicit PvhopAutoStart(QObject* parent = nullptr);
  ~PvhopAutoStart() override;

  void startup();
  void shutdown();

private:
  Q_DISABLE_COPY(PvhopAutoStart)

  PvhopSessions* Sessions = nullptr;
  PvhopMenus* Menus = nullptr;
};

#endif
