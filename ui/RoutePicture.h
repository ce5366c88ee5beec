// SPDX-License-Identifier: BSD-3-Clause
#ifndef RoutePicture_h
#define RoutePicture_h

#include <QWidget>

class QVariantAnimation;

namespace pvhop
{

/** What the picture shows. Names are shown as they are: tame them first (tamed()). */
struct RouteView
{
  enum State
  {
    Idle,    ///< not begun
    Working, ///< pulses
    Standing,
    Broken ///< red
  };

  QString Route = QStringLiteral("auto"); ///< as in a recipe
  QString FrontEnd;                       ///< host that ssh reaches; empty: not known
  QString Node;                           ///< empty: not known yet
  bool Job = false;                       ///< pvserver runs on a node, not on the front end
  State Login = Standing;                 ///< the ssh path
  State Server = Standing;                ///< pvserver
  State Connection = Standing;            ///< ParaView's connection
  int ClientPort = 0;                     ///< 0: not shown
  int FrontEndPort = 0;
  int NodePort = 0;
};

/**
 * The way the bytes go, drawn from live data: your computer, the firewall, the front end, the
 * node; what ssh protects as a thick line, and ParaView's connection as an arrow in the direction
 * in which it is opened. Follows palette and font.
 */
class RoutePicture : public QWidget
{
  Q_OBJECT

public:
  explicit RoutePicture(QWidget* parent = nullptr);

  const RouteView& view() const;
  void setView(const RouteView& view);
  /** A line that says what the two kinds of lines mean. On at first. */
  void setLegendVisible(bool visible);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

  /** The same in words, for those who cannot see it, and for tool tips. */
  static QString inWords(const RouteView& view);

protected:
  void paintEvent(QPaintEvent* event) override;

private:
  Q_DISABLE_COPY(RoutePicture)

  RouteView Shown;
  bool Legend = true;
  QVariantAnimation* Pulse;
};

}

#endif
