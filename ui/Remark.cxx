// SPDX-License-Identifier: BSD-3-Clause
#include "Remark.h"

namespace pvhop
{

Remark::Remark(const char* name, QWidget* parent)
  : QLabel(parent)
{
  this->setObjectName(QLatin1String(name));
  this->setTextFormat(Qt::PlainText);
  this->setWordWrap(true);
  // A form takes what a policy of its own says for the height of one line.
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  this->setSizePolicy(policy);
  this->hide();
}

void Remark::say(const QString& text, const QColor& colour)
{
  QPalette palette = this->palette();
  palette.setColor(QPalette::WindowText, colour);
  this->setPalette(palette);
  this->setText(text);
  this->setVisible(!text.isEmpty());
}

}
