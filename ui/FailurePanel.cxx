// SPDX-License-Identifier: BSD-3-Clause
#include "FailurePanel.h"

#include "Disclosure.h"
#include "PlainWords.h"
#include "StateIcon.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace pvhop
{

FailurePanel::FailurePanel(const Failure& failure, QWidget* parent)
  : QFrame(parent)
  , Shown(failure)
{
  this->setObjectName(QStringLiteral("failure"));
  QVBoxLayout* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 2, 0, 6);
  layout->setSpacing(4);
  const auto add = [&](const QString& text, const char* name)
  {
    QLabel* label = new QLabel(text, this);
    label->setObjectName(QLatin1String(name));
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setVisible(!text.isEmpty());
    layout->addWidget(label);
    return label;
  };
  const PlainFailure plain = PlainFailure::of(failure);
  QLabel* what = add(plain.What, "failureWhat");
  QFont bold = what->font();
  bold.setBold(true);
  what->setFont(bold);
  QPalette red = what->palette();
  red.setColor(QPalette::WindowText, shade::bad(red));
  what->setPalette(red);
  add(plain.Why, "failureWhy");
  add(plain.Remedy, "failureRemedy");
  QLabel* code = add(failure.Code, "failureCode");
  QPalette faint = code->palette();
  faint.setColor(QPalette::WindowText, shade::faint(faint));
  code->setPalette(faint);
  if (!plain.Details.isEmpty())
  {
    QLabel* details = add(plain.Details, "failureDetailsText");
    layout->insertWidget(layout->indexOf(details),
                         new Disclosure(tr("&Details"), "failureDetails", details, this),
                         0,
                         Qt::AlignLeft);
  }
}

FailurePanel::Remedy FailurePanel::remedyFor(const Failure& failure)
{
  bool number = false;
  switch (failure.Code.mid(3).toInt(&number))
  {
    case PVHOP_E_USAGE:
    case PVHOP_E_VALUE:
    case PVHOP_E_RESOLVE:
    case PVHOP_E_AUTH_NO_METHOD:
    case PVHOP_E_NODE_SSH:
    case PVHOP_E_NO_ROUTE:
    case PVHOP_E_RENDEZVOUS:
    case PVHOP_E_PVSERVER_MISSING:
    case PVHOP_E_PVSERVER_VERSION:
    case PVHOP_E_SCHEDULER_MISSING:
    case PVHOP_E_SUBMIT:
    case PVHOP_E_QUEUE_LIMIT:
      return ChangeSettings;
    case PVHOP_E_FORWARD_REFUSED:
    case PVHOP_E_FORWARD_BOUND:
    case PVHOP_E_CHANNEL_REFUSED:
    case PVHOP_E_HELPER:
      return AskSite;
    case PVHOP_E_PVSERVER_DIED:
    case PVHOP_E_PVSERVER_SILENT:
    case PVHOP_E_JOB_ENDED:
      return ReadLog;
    default:
      return NoRemedy;
  }
}

QString FailurePanel::messageToSite(const Failure& failure, const QString& host)
{
  return tr("Hello,\n\nI connect ParaView to pvserver on %1 with pvhop, and it was refused:\n\n"
            "%2\nCould this be allowed, or can you tell me what to do instead?\n")
    .arg(host, failure.toText());
}

void FailurePanel::offer(const QVector<Remedy>& possible)
{
  const Remedy remedy = remedyFor(this->Shown);
  if (remedy == NoRemedy || !possible.contains(remedy) ||
      this->findChild<QPushButton*>(QStringLiteral("failureButton")))
  {
    return;
  }
  QPushButton* button =
    new QPushButton(remedy == ChangeSettings ? tr("Change the &Settings ...")
                    : remedy == AskSite      ? tr("Copy a Message to the &Administrator")
                                             : tr("Show the &Log"),
                    this);
  button->setObjectName(QStringLiteral("failureButton"));
  button->setAutoDefault(false);
  qobject_cast<QVBoxLayout*>(this->layout())->addWidget(button, 0, Qt::AlignLeft);
  QObject::connect(
    button, &QPushButton::clicked, this, [this, remedy]() { Q_EMIT this->remedyWanted(remedy); });
}

}
