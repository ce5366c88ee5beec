// SPDX-License-Identifier: BSD-3-Clause
#include "StateIcon.h"

#include <QFontMetrics>
#include <QPainter>
#include <QPainterPath>
#include <QVariantAnimation>

namespace pvhop
{

namespace shade
{
bool isDark(const QPalette& palette)
{
  return palette.color(QPalette::Window).lightness() < 128;
}

QColor good(const QPalette& palette)
{
  return isDark(palette) ? QColor(0x5f, 0xc9, 0x7a) : QColor(0x1a, 0x7a, 0x36);
}

QColor bad(const QPalette& palette)
{
  return isDark(palette) ? QColor(0xff, 0x86, 0x7c) : QColor(0xb4, 0x23, 0x18);
}

QColor busy(const QPalette& palette)
{
  return isDark(palette) ? QColor(0xff, 0xc1, 0x5e) : QColor(0xa8, 0x5b, 0x00);
}

QColor connection(const QPalette& palette)
{
  return isDark(palette) ? QColor(0x7a, 0xb4, 0xff) : QColor(0x1b, 0x5f, 0xc1);
}

QColor faint(const QPalette& palette)
{
  const QColor text = palette.color(QPalette::WindowText);
  const QColor ground = palette.color(QPalette::Window);
  const auto mix = [](int a, int b) { return (a * 62 + b * 38) / 100; };
  return QColor(mix(text.red(), ground.red()),
                mix(text.green(), ground.green()),
                mix(text.blue(), ground.blue()));
}

void outline(QWidget* button)
{
  // Qt's own style draws the edge darker than the window: on a dark one nobody sees it.
  if (isDark(button->palette()))
  {
    QPalette palette = button->palette();
    palette.setColor(QPalette::Window, faint(palette));
    button->setPalette(palette);
  }
}
}

StateIcon::StateIcon(QWidget* parent)
  : QWidget(parent)
  , Turning(new QVariantAnimation(this))
{
  this->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  this->Turning->setStartValue(0);
  this->Turning->setEndValue(360);
  this->Turning->setDuration(1200);
  this->Turning->setLoopCount(-1);
  QObject::connect(
    this->Turning, &QVariantAnimation::valueChanged, this, [this]() { this->update(); });
  this->setState(Pending);
}

StateIcon::State StateIcon::state() const
{
  return this->Now;
}

void StateIcon::setState(State state)
{
  this->Now = state;
  if (state == Working)
  {
    this->Turning->start();
  }
  else
  {
    this->Turning->stop();
  }
  switch (state)
  {
    case Pending:
      this->setAccessibleName(tr("not begun"));
      break;
    case Working:
      this->setAccessibleName(tr("under way"));
      break;
    case Done:
      this->setAccessibleName(tr("done"));
      break;
    case Warned:
      this->setAccessibleName(tr("done, with a note"));
      break;
    case Failed:
      this->setAccessibleName(tr("failed"));
      break;
    case Stopped:
      this->setAccessibleName(tr("stopped"));
      break;
  }
  this->update();
}

QSize StateIcon::sizeHint() const
{
  const int side = QFontMetrics(this->font()).height() + 2;
  return QSize(side, side);
}

void StateIcon::paintEvent(QPaintEvent*)
{
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const qreal side = qMin(this->width(), this->height());
  painter.translate((this->width() - side) / 2, (this->height() - side) / 2);
  painter.scale(side / 16, side / 16); // drawn on a field of 16 by 16

  const QRectF ring(2.5, 2.5, 11, 11);
  QPen pen(shade::faint(this->palette()), 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
  QPainterPath sign;
  switch (this->Now)
  {
    case Pending:
      painter.setPen(pen);
      painter.drawEllipse(ring);
      break;
    case Working:
      painter.setPen(pen);
      painter.drawEllipse(ring);
      pen.setColor(shade::busy(this->palette()));
      pen.setWidthF(2.4);
      painter.setPen(pen);
      painter.drawArc(ring, -this->Turning->currentValue().toInt() * 16, 110 * 16);
      break;
    case Done:
      painter.setPen(Qt::NoPen);
      painter.setBrush(shade::good(this->palette()));
      painter.drawEllipse(QRectF(1.5, 1.5, 13, 13));
      sign.moveTo(4.8, 8.3);
      sign.lineTo(7.2, 10.6);
      sign.lineTo(11.3, 5.6);
      break;
    case Warned:
      painter.setPen(Qt::NoPen);
      painter.setBrush(shade::busy(this->palette()));
      painter.drawEllipse(QRectF(1.5, 1.5, 13, 13));
      sign.moveTo(8, 4.6);
      sign.lineTo(8, 8.8);
      sign.moveTo(8, 11.4);
      sign.lineTo(8, 11.5);
      break;
    case Failed:
      painter.setPen(Qt::NoPen);
      painter.setBrush(shade::bad(this->palette()));
      painter.drawEllipse(QRectF(1.5, 1.5, 13, 13));
      sign.moveTo(5.4, 5.4);
      sign.lineTo(10.6, 10.6);
      sign.moveTo(10.6, 5.4);
      sign.lineTo(5.4, 10.6);
      break;
    case Stopped:
      painter.setPen(pen);
      painter.drawEllipse(ring);
      painter.drawLine(QPointF(5.5, 8), QPointF(10.5, 8));
      break;
  }
  if (!sign.isEmpty())
  {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(
      QPen(this->palette().color(QPalette::Base), 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(sign);
  }
}

}
