// SPDX-License-Identifier: BSD-3-Clause
#include "LostDialog.h"

#include "Disclosure.h"
#include "PlainWords.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace pvhop
{

LostDialog::LostDialog(const ConnectPlan& plan, const Failure& why, QWidget* parent)
  : QDialog(parent)
{
  this->setObjectName(QStringLiteral("pvhopLostDialog"));
  this->setWindowTitle(plan.Name);
  this->setWindowFlags(this->windowFlags() & ~Qt::WindowContextHelpButtonHint);
  QVBoxLayout* layout = new QVBoxLayout(this);
  const auto label = [&](const QString& text, const char* name)
  {
    QLabel* made = new QLabel(text, this);
    made->setObjectName(QLatin1String(name));
    made->setTextFormat(Qt::PlainText);
    made->setTextInteractionFlags(Qt::TextSelectableByMouse);
    made->setWordWrap(true);
    layout->addWidget(made);
    return made;
  };
  const PlainFailure plain = PlainFailure::of(why);
  QLabel* what =
    label(tr("The connection to %1 is lost: %2").arg(plan.Host, plain.What), "lostWhat");
  QFont bold = what->font();
  bold.setBold(true);
  what->setFont(bold);
  label(plain.Why, "lostWhy")->setVisible(!plain.Why.isEmpty());
  if (!plain.Details.isEmpty())
  {
    QLabel* details = label(plain.Details, "lostDetailsText");
    auto* more = new Disclosure(tr("&Details"), "lostDetails", details, this);
    layout->insertWidget(layout->indexOf(details), more, 0, Qt::AlignLeft);
    QObject::connect(
      more, &Disclosure::toggled, this, [this]() { fitToText(this, this->width()); });
  }
  label(tr("ParaView still has your pipeline, without the data that was on the server. Reconnect "
           "makes a new connection and builds the pipeline again there. Disconnect discards it: "
           "save the state first if you want to keep it."),
        "lostNext");
  QDialogButtonBox* buttons = new QDialogButtonBox(this);
  const auto button = [&](const QString& text, QDialogButtonBox::ButtonRole role, const char* name)
  {
    QPushButton* made = buttons->addButton(text, role);
    made->setObjectName(QLatin1String(name));
    // It may appear under the hands of somebody who types.
    made->setAutoDefault(false);
    return made;
  };
  QPushButton* save =
    button(tr("&Save the State ..."), QDialogButtonBox::ActionRole, "pvhopLostSave");
  QPushButton* again = button(tr("&Reconnect"), QDialogButtonBox::ActionRole, "pvhopLostReconnect");
  button(tr("&Disconnect"), QDialogButtonBox::RejectRole, "pvhopLostDisconnect");
  layout->addWidget(buttons);
  QObject::connect(save, &QPushButton::clicked, this, &LostDialog::saveStateWanted);
  QObject::connect(again,
                   &QPushButton::clicked,
                   this,
                   [this]()
                   {
                     this->done(QDialog::Accepted);
                     Q_EMIT this->reconnectWanted();
                   });
  QObject::connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  const int em = this->fontMetrics().height();
  this->setMinimumWidth(em * 30);
  fitToText(this, qMax(this->minimumWidth(), buttons->sizeHint().width() + 2 * em));
}

}
