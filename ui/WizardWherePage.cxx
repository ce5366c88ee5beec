// SPDX-License-Identifier: BSD-3-Clause
#include "WizardWherePage.h"

#include "Disclosure.h"
#include "FieldEdit.h"
#include "Remark.h"
#include "StateIcon.h"
#include "Wizard.h"
#include "WizardModel.h"

#include <QCheckBox>
#include <QCompleter>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QStringListModel>
#include <QVBoxLayout>

namespace pvhop
{

WizardWherePage::WizardWherePage(WizardModel* model, QWidget* parent)
  : QWizardPage(parent)
  , Model(model)
  , Hosts(new SshHosts(this))
  , Names(new QStringListModel(this))
{
  this->setObjectName(QStringLiteral("wherePage"));
  this->setTitle(tr("Where does your data live?"));
  this->setSubTitle(
    tr("The computer that you log in to with ssh: a cluster's login node or a workstation."));

  QVBoxLayout* layout = new QVBoxLayout(this);
  QWidget* inside = new QWidget(this);
  QFormLayout* form = new QFormLayout(inside);
  form->setContentsMargins(0, 0, 0, 0);
  form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  this->Host = new FieldEdit(model, "host", this);
  this->Host->setPlaceholder(tr("login.cluster.edu, or a name from your ssh configuration"));
  this->Host->addTo(form);
  this->Hint = new Remark("hostHint", this);
  form->addRow(QString(), this->Hint);
  this->User = new FieldEdit(model, "user", this);
  this->User->addTo(form);
  layout->addWidget(inside);

  QWidget* more = new QWidget(this);
  QFormLayout* moreForm = new QFormLayout(more);
  moreForm->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  this->Fields << this->Host << this->User;
  for (const char* field : { "port", "identity", "jump", "ssh-config" })
  {
    FieldEdit* edit = new FieldEdit(model, field, more);
    edit->setPlaceholder(qstrcmp(field, "ssh-config") == 0 ? tr("your own, ~/.ssh/config")
                                                           : tr("as your ssh configuration says"));
    edit->addTo(moreForm);
    this->Fields << edit;
  }
  Disclosure* toggle =
    new Disclosure(tr("&More: key, port, hosts on the way"), "whereMore", more, this);
  layout->addWidget(toggle);
  layout->addWidget(more);
  layout->addStretch(1);

  this->Look = new QCheckBox(tr("&Look at this host now, to find out what works there"), this);
  shade::outline(this->Look);
  this->Look->setObjectName(QStringLiteral("look"));
  this->Look->setChecked(true);
  this->Look->setToolTip(
    tr("Logs in and looks; changes nothing. Without it, what is wrong is found "
       "when you connect."));
  layout->addWidget(this->Look);

  QCompleter* completer = new QCompleter(this->Names, this);
  completer->setCaseSensitivity(Qt::CaseInsensitive);
  completer->setFilterMode(Qt::MatchContains);
  completer->setMaxVisibleItems(12);
  this->Host->lineEdit()->setCompleter(completer);
  QObject::connect(completer,
                   static_cast<void (QCompleter::*)(const QString&)>(&QCompleter::activated),
                   this,
                   [this](const QString& host)
                   {
                     this->Model->set("host", host);
                     this->Host->refresh();
                     this->askSsh();
                   });
  QObject::connect(
    this->Host->lineEdit(), &QLineEdit::editingFinished, this, &WizardWherePage::askSsh);
  QObject::connect(this->Hosts, &SshHosts::loaded, this->Names, &QStringListModel::setStringList);
  QObject::connect(this->Hosts, &SshHosts::answered, this, &WizardWherePage::showAnswer);
  this->Hosts->load(this->Model->recipe().get("ssh-config"));
}

void WizardWherePage::initializePage()
{
  for (FieldEdit* field : qAsConst(this->Fields))
  {
    field->refresh();
  }
  this->Host->setFocus();
  this->askSsh();
}

void WizardWherePage::askSsh()
{
  // Only whole names: "Match exec" in a configuration runs commands for each one.
  this->Hosts->ask(this->Model->recipe().get("host"), this->Model->recipe().get("ssh-config"));
}

void WizardWherePage::showAnswer(const QString& host, const SshHosts::Answer& answer)
{
  if (host != this->Model->recipe().get("host"))
  {
    return;
  }
  const QString plain = host.section(QLatin1Char('@'), -1);
  const bool configured = answer.HostName != plain.section(QLatin1Char(':'), 0, 0).toLower() ||
                          !answer.Jump.isEmpty() || this->Names->stringList().contains(plain);
  QString hint;
  if (configured)
  {
    hint = tr("Your ssh configuration: %1").arg(answer.HostName);
    if (answer.Port != QLatin1String("22"))
    {
      hint += tr(", port %1").arg(answer.Port);
    }
    if (!answer.Jump.isEmpty() && answer.Jump != QLatin1String("none"))
    {
      hint += tr(", by way of %1").arg(answer.Jump);
    }
  }
  this->Hint->say(hint, shade::faint(this->palette()));
  this->User->setPlaceholder(host.contains(QLatin1Char('@')) ? host.section(QLatin1Char('@'), 0, -2)
                                                             : answer.User);
}

bool WizardWherePage::validatePage()
{
  if (this->Model->recipe().get("host").isEmpty() && this->Host->problem().isEmpty())
  {
    this->Host->setProblem(tr("Type the name of the host that you log in to."));
  }
  for (FieldEdit* field : qAsConst(this->Fields))
  {
    if (!field->problem().isEmpty())
    {
      if (!field->isVisible())
      {
        this->findChild<QToolButton*>(QStringLiteral("whereMore"))->setChecked(true);
      }
      field->setFocus();
      return false;
    }
  }
  if (!this->Look->isChecked())
  {
    this->Model->setSite(ProbeResult());
  }
  return true;
}

int WizardWherePage::nextId() const
{
  return this->Look->isChecked() ? Wizard::CheckPage : Wizard::RoutePage;
}

}
