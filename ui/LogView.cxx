// SPDX-License-Identifier: BSD-3-Clause
#include "LogView.h"

#include <QFontDatabase>
#include <QScrollBar>
#include <QTimer>

namespace pvhop
{

namespace
{
/// Lines put into the document at a time: some 5 ms of work.
const int Batch = 250;
}

LogView::LogView(QWidget* parent)
  : QPlainTextEdit(parent)
  , Flush(new QTimer(this))
{
  this->setReadOnly(true);
  this->setAccessibleName(tr("Log"));
  this->setUndoRedoEnabled(false);
  this->setLineWrapMode(QPlainTextEdit::NoWrap);
  this->setMaximumBlockCount(MostLines);
  this->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  this->Flush->setSingleShot(true);
  this->Flush->setInterval(30);
  QObject::connect(this->Flush, &QTimer::timeout, this, [this]() { this->flush(); });
}

void LogView::append(const QString& source, const QString& text)
{
  const QStringList lines = text.split(QLatin1Char('\n'));
  for (const QString& line : lines)
  {
    this->Lines.append(source.isEmpty() ? line : source + QStringLiteral(": ") + line);
  }
  // Cut in large steps: each one moves the whole list.
  if (this->Lines.size() > 2 * MostLines)
  {
    const int cut = this->Lines.size() - MostLines;
    this->Lines.erase(this->Lines.begin(), this->Lines.begin() + cut);
    this->Dropped += cut;
    this->Shown = qMax(0, this->Shown - cut);
  }
  if (this->isVisible() && !this->Flush->isActive())
  {
    this->Flush->start();
  }
}

QString LogView::text() const
{
  const QStringList last = this->Lines.mid(qMax<int>(0, this->Lines.size() - MostLines));
  const qint64 missing = this->Dropped + this->Lines.size() - last.size();
  QString all;
  if (missing > 0)
  {
    all = tr("(%1 earlier lines are not kept)").arg(missing) + QLatin1Char('\n');
  }
  return all + last.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

void LogView::showEvent(QShowEvent* event)
{
  QPlainTextEdit::showEvent(event);
  this->flush();
}

void LogView::flush()
{
  if (!this->isVisible())
  {
    return;
  }
  // What would scroll out at once is not worth laying out.
  this->Shown = qMax<int>(this->Shown, this->Lines.size() - MostLines);
  const QStringList batch = this->Lines.mid(this->Shown, Batch);
  if (batch.isEmpty())
  {
    return;
  }
  QScrollBar* bar = this->verticalScrollBar();
  const bool atEnd = bar->value() >= bar->maximum() - 1;
  this->appendPlainText(batch.join(QLatin1Char('\n')));
  this->Shown += batch.size();
  if (atEnd)
  {
    bar->setValue(bar->maximum());
  }
  if (this->Shown < this->Lines.size())
  {
    this->Flush->start();
  }
}

}
