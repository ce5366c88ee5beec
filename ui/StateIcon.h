// SPDX-License-Identifier: BSD-3-Clause
#ifndef StateIcon_h
#define StateIcon_h

#include <QWidget>

class QVariantAnimation;

namespace pvhop
{

/** Colours with a meaning, legible on the palette's own background, light or dark. */
namespace shade
{
bool isDark(const QPalette& palette);
QColor good(const QPalette& palette);
QColor bad(const QPalette& palette);
/** What is being worked on. */
QColor busy(const QPalette& palette);
/** ParaView's connection. */
QColor connection(const QPalette& palette);
/** Text of less weight. */
QColor faint(const QPalette& palette);
/** Makes the empty box or ring of a button visible on a dark window. */
void outline(QWidget* button);
}

/** How one step stands, as a sign: told apart by its shape, not by colour alone. */
class StateIcon : public QWidget
{
  Q_OBJECT

public:
  enum State
  {
    Pending, ///< an empty ring
    Working, ///< a turning arc
    Done,    ///< a tick
    Warned,  ///< an exclamation mark: done, with something to know
    Failed,  ///< a cross
    Stopped  ///< a dash: was not gone on with
  };

  explicit StateIcon(QWidget* parent = nullptr);

  State state() const;
  void setState(State state);
  QSize sizeHint() const override;

protected:
  void paintEvent(QPaintEvent* event) override;

private:
  Q_DISABLE_COPY(StateIcon)

  State Now = Pending;
  QVariantAnimation* Turning;
};

}

#endif
