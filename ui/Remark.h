// SPDX-License-Identifier: BSD-3-Clause
#ifndef Remark_h
#define Remark_h

#include <QLabel>

namespace pvhop
{

/** Plain text under a field: as high as its words need, and not there while there are none. */
class Remark : public QLabel
{
  Q_OBJECT

public:
  explicit Remark(const char* name, QWidget* parent = nullptr);

  void say(const QString& text, const QColor& colour);

private:
  Q_DISABLE_COPY(Remark)
};

}

#endif
