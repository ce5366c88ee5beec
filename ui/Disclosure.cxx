// SPDX-License-Identifier: BSD-3-Clause
#include "Disclosure.h"

#include <QLayout>
#include <QStyleOptionToolButton>
#include <QStylePainter>

namespace pvhop
{

Disclosure::Disclosure(const QString& text, const char* name, QWidget* shown, QWidget* parent)
  : QToolButton(parent)
{
  this->setObjectName(QLatin1String(name));
  this->setText(text);
  this->setCheckable(true);
  this->setAutoRaise(true);
  this->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  this->setArrowType(Qt::RightArrow);
  this->setFocusPolicy(Qt::StrongFocus);
  shown->hide();
  QObject::connect(this,
                   &QToolButton::toggled,
                   shown,
                   [this, shown](bool on)
                   {
                     this->setArrowType(on ? Qt::DownArrow : Qt::RightArrow);
                     shown->setVisible(on);
                   });
}

void Disclosure::paintEvent(QPaintEvent*)
{
  // The arrow says that it is open; a button that looks pressed would say something else.
  QStylePainter painter(this);
  QStyleOptionToolButton option;
  this->initStyleOption(&option);
  option.state.setFlag(QStyle::State_On, false);
  painter.drawComplexControl(QStyle::CC_ToolButton, option);
}

void fitToText(QWidget* window, int width)
{
  QLayout* layout = window->layout();
  layout->activate();
  const int wrapped = layout->totalHeightForWidth(width);
  window->resize(width, wrapped > 0 ? wrapped : window->sizeHint().height());
}

}
