// SPDX-License-Identifier: BSD-3-Clause
#include "PvhopJournal.h"

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
  QMessageBox* box = new QMessageBox(parent);
  box->setObjectName(QStringLiteral("pvhopLostEntries"));
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setIcon(QMessageBox::Question);
  box->setWindowTitle(QStringLiteral("pvhop"));
  box->setTextFormat(Qt::PlainText);
  box->setText(tr("Servers that you have saved are not in the list as you saved them: another "
                  "ParaView, which was started before, has written the list since.\n\n%1")
                 .arg(names.join(QLatin1Char('\n'))));
  QPushButton* back = box->addButton(tr("&Bring Them Back"), QMessageBox::AcceptRole);
  back->setObjectName(QStringLiteral("pvhopBringBack"));
  box->addButton(tr("&Not Now"), QMessageBox::RejectRole)
    ->setObjectName(QStringLiteral("pvhopNotNow"));
  QPushButton* forget = box->addButton(tr("&Forget Them"), QMessageBox::DestructiveRole);
  forget->setObjectName(QStringLiteral("pvhopForget"));
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
