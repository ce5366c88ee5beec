// SPDX-License-Identifier: BSD-3-Clause
#ifndef Disclosure_h
#define Disclosure_h

#include <QToolButton>

namespace pvhop
{

/** A button with an arrow that shows and hides what most people do not need. */
class Disclosure : public QToolButton
{
  Q_OBJECT

public:
  Disclosure(const QString& text, const char* name, QWidget* shown, QWidget* parent = nullptr);

protected:
  void paintEvent(QPaintEvent* event) override;

private:
  Q_DISABLE_COPY(Disclosure)
};

/** Makes a window of `width` as high as its texts need, where lines are wrapped. */
void fitToText(QWidget* window, int width);

}

#endif
