// SPDX-License-Identifier: BSD-3-Clause
#include "PromptQueue.h"

#include "PromptDialog.h"
#include "SessionProcess.h"

namespace pvhop
{

namespace
{
/// More questions than this at a time no honest host asks.
const int MostWaiting = 16;
}

PromptQueue::PromptQueue(QWidget* parent)
  : QObject(parent)
  , Over(parent)
{
}

void PromptQueue::serve(SessionProcess* session)
{
  this->drop();
  this->Session = session;
  QObject::connect(session, &SessionProcess::promptAsked, this, &PromptQueue::take);
  QObject::connect(session, &SessionProcess::promptCancelled, this, &PromptQueue::withdraw);
}

void PromptQueue::drop()
{
  if (this->Session)
  {
    QObject::disconnect(this->Session, nullptr, this, nullptr);
    this->Session = nullptr;
  }
  this->Waiting.clear();
  if (PromptDialog* dialog = this->Question)
  {
    this->Question = nullptr;
    QObject::disconnect(dialog, nullptr, this, nullptr);
    dialog->hide();
    dialog->deleteLater();
  }
}

void PromptQueue::take(const Prompt& prompt)
{
  if (this->Question && this->Question->belongs(prompt))
  {
    this->Question->add(prompt);
    return;
  }
  if (this->Waiting.size() >= MostWaiting)
  {
    this->Session->answer(prompt.Id, QString());
    return;
  }
  this->Waiting.enqueue(prompt);
  this->next();
}

void PromptQueue::next()
{
  if (this->Question || this->Waiting.isEmpty())
  {
    return;
  }
  PromptDialog* dialog = new PromptDialog(this->Waiting.dequeue(), this->Over);
  this->Question = dialog;
  while (!this->Waiting.isEmpty() && dialog->belongs(this->Waiting.head()))
  {
    dialog->add(this->Waiting.dequeue());
  }
  QObject::connect(dialog,
                   &PromptDialog::answered,
                   this,
                   [this](unsigned id, const QString& text)
                   {
                     if (this->Session)
                     {
                       this->Session->answer(id, text);
                     }
                   });
  QObject::connect(dialog,
                   &QDialog::finished,
                   this,
                   [this, dialog]()
                   {
                     if (this->Question == dialog)
                     {
                       this->Question = nullptr;
                     }
                     dialog->deleteLater();
                     this->next();
                   });
  if (this->Over->window()->isMinimized())
  {
    this->Over->window()->showNormal();
  }
  dialog->setWindowModality(Qt::WindowModal);
  dialog->show();
  dialog->raise();
  dialog->activateWindow();
}

void PromptQueue::withdraw(unsigned promptId)
{
  for (int i = 0; i < this->Waiting.size(); ++i)
  {
    if (this->Waiting.at(i).Id == promptId)
    {
      this->Waiting.removeAt(i);
      return;
    }
  }
  if (this->Question)
  {
    this->Question->withdraw(promptId);
  }
}

}
