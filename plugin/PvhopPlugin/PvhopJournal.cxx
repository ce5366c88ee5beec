// SPDX-License-Identifier: BSD-3-Clause
#include "PvhopJournal.h"

#include "Boxes.h"
#include "PvhopEntries.h"

#include <pqApplicationCore.h>
#include <pqCoreUtilities.h>
#include <pqServerConfigurationCollection.h>

#include <QMessageBox>
#include <QPointer>
#include <QPushButton>

namespace
{
QPointer<PvhopJournal> Instance;
}

PvhopJournal* PvhopJournal::instance()
{
  return Instance;
}

PvhopJournal::PvhopJournal(QObject* parent)
  : QObject(parent)
  , Book(pqCoreUtilities::getParaViewUserDirectory() + QStringLiteral("/pvhop-saved.json"))
{
  Instance = this;
  QObject::connect(&pqApplicationCore::instance()->serverConfigurations(),
                   &pqServerConfigurationCollection::changed,
                   this,
                   &PvhopJournal::onChanged);
  this->onChanged();
}

void PvhopJournal::onChanged()
{
  QMap<QString, QString> now;
  QStringList gone;
  for (const pvhop::Journal::Entry& entry : this->Book.entries())
  {
    const QString text = PvhopEntries::text(entry.Name);
    const auto seen = this->Seen.constFind(entry.Name);
    const bool was = seen != this->Seen.constEnd();
    if (text.isEmpty() && was)
    {
      gone << entry.Name;
    }
    else if (!text.isEmpty())
    {
      if (was && *seen != text)
      {
        this->Book.saved(entry.Name, text, entry.Text);
      }
      now.insert(entry.Name, text);
    }
  }
  this->Seen = now;
  if (!gone.isEmpty())
  {
    this->Book.forget(gone);
  }
}

void PvhopJournal::saved(const QString& name, const QString& before, const QString& replaces)
{
  const QString text = PvhopEntries::text(name);
  this->Book.saved(name, text, before, replaces);
  this->Seen.remove(replaces);
  this->Seen.insert(name, text);
}

void PvhopJournal::offer(QWidget* parent)
{
  const QVector<pvhop::Journal::Entry> lost = this->Book.lost(&PvhopEntries::text);
  if (lost.isEmpty())
  {
    return;
  }
  QStringList names;
  for (const pvhop::Journal::Entry& entry : lost)
  {
    names << entry.Name;
  }
  QMessageBox* box = pvhop::makeLostEntriesBox(names, parent);
  QPushButton* back = box->findChild<QPushButton*>(QStringLiteral("pvhopBringBack"));
  QPushButton* forget = box->findChild<QPushButton*>(QStringLiteral("pvhopForget"));
  QObject::connect(back,
                   &QPushButton::clicked,
                   this,
                   [lost]()
                   {
                     for (const pvhop::Journal::Entry& entry : lost)
                     {
                       QString why;
                       PvhopEntries::save(entry.Name, entry.Text, entry.Name, &why);
                     }
                   });
  QObject::connect(
    forget, &QPushButton::clicked, this, [this, names]() { this->Book.forget(names); });
  box->open();
}
