// SPDX-License-Identifier: BSD-3-Clause
#include "Wizard.h"

#include "PlainWords.h"
#include "WizardCheckPage.h"
#include "WizardFinishPage.h"
#include "WizardJobPage.h"
#include "WizardRoutePage.h"
#include "WizardWherePage.h"

#include <QAbstractButton>
#include <QDir>
#include <QFileDialog>
#include <QGuiApplication>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QSaveFile>
#include <QScreen>
#include <QWhatsThis>

namespace pvhop
{

Wizard::Wizard(const WizardSurroundings& surroundings, Saver saver, QWidget* parent)
  : QWizard(parent)
  , Save(std::move(saver))
  , Model(new WizardModel(surroundings, this))
{
  this->setObjectName(QStringLiteral("pvhopWizard"));
  this->setWindowTitle(tr("Add a Server with pvhop"));
  this->setWindowFlags(this->windowFlags() & ~Qt::WindowContextHelpButtonHint);
  this->setWizardStyle(QWizard::ModernStyle);
  this->setOption(QWizard::NoBackButtonOnStartPage);
  this->setOption(QWizard::HaveHelpButton);
  this->setOption(QWizard::HelpButtonOnRight, false);
  this->setPage(WherePage, new WizardWherePage(this->Model, this));
  this->setPage(CheckPage, new WizardCheckPage(this->Model, this));
  this->setPage(RoutePage, new WizardRoutePage(this->Model, this));
  this->setPage(JobPage, new WizardJobPage(this->Model, this));
  this->setPage(FinishPage, new WizardFinishPage(this->Model, this));
  this->setStartId(WherePage);
  this->setButtonText(QWizard::BackButton, tr("&Back"));
  this->setButtonText(QWizard::CancelButton, tr("Cancel"));
  this->setButtonText(QWizard::FinishButton, tr("&Save"));
  this->setButtonText(QWizard::HelpButton, tr("Help"));
  this->setButtonText(QWizard::CustomButton1, tr("Save to a &File for Others ..."));
  this->setButtonText(QWizard::CustomButton2, tr("Save and &Connect"));
  QObject::connect(this, &QWizard::currentIdChanged, this, &Wizard::onPage);
  QObject::connect(this, &QWizard::helpRequested, this, &Wizard::showHelp);
  QObject::connect(this,
                   &QWizard::customButtonClicked,
                   this,
                   [this](int which)
                   {
                     if (which == QWizard::CustomButton1)
                     {
                       this->saveToFile();
                     }
                     else if (this->validateCurrentPage() && this->save())
                     {
                       Q_EMIT this->connectWanted(this->Saved);
                       QDialog::accept();
                     }
                   });
  const int em = this->fontMetrics().height();
  QSize size(em * 44, em * 34);
  if (const QScreen* screen = QGuiApplication::primaryScreen())
  {
    // With room for the window's own frame.
    size = size.boundedTo(screen->availableSize() - QSize(em, 3 * em));
  }
  this->resize(size);
}

Wizard::~Wizard() = default;

bool Wizard::load(const QString& text, bool copy, const QStringList& remarks, Failure* failure)
{
  if (!this->Model->open(text, copy, failure))
  {
    return false;
  }
  if (this->Model->isEditing())
  {
    this->setWindowTitle(tr("Change \"%1\"").arg(this->Model->originalName()));
  }
  if (!remarks.isEmpty())
  {
    this->page(WherePage)->setSubTitle(remarks.join(QLatin1Char(' ')));
  }
  return true;
}

void Wizard::onPage(int id)
{
  QList<QWizard::WizardButton> layout{ QWizard::HelpButton, QWizard::Stretch, QWizard::BackButton };
  if (id == FinishPage)
  {
    layout << QWizard::CustomButton1 << QWizard::FinishButton;
    if (this->Model->surroundings().CanConnect)
    {
      layout << QWizard::CustomButton2;
    }
  }
  else
  {
    layout << QWizard::NextButton;
  }
  layout << QWizard::CancelButton;
  this->setButtonLayout(layout);
  if (id != CheckPage)
  {
    this->setButtonText(QWizard::NextButton, tr("&Next"));
  }
  for (int which : { QWizard::HelpButton,
                     QWizard::BackButton,
                     QWizard::NextButton,
                     QWizard::FinishButton,
                     QWizard::CancelButton,
                     QWizard::CustomButton1,
                     QWizard::CustomButton2 })
  {
    static const QMap<int, QString> names{
      { QWizard::HelpButton, QStringLiteral("wizardHelp") },
      { QWizard::BackButton, QStringLiteral("wizardBack") },
      { QWizard::NextButton, QStringLiteral("wizardNext") },
      { QWizard::FinishButton, QStringLiteral("wizardSave") },
      { QWizard::CancelButton, QStringLiteral("wizardCancel") },
      { QWizard::CustomButton1, QStringLiteral("wizardSaveToFile") },
      { QWizard::CustomButton2, QStringLiteral("wizardSaveAndConnect") }
    };
    if (QAbstractButton* button = this->button(static_cast<QWizard::WizardButton>(which)))
    {
      button->setObjectName(names.value(which));
    }
  }
  if (id == FinishPage)
  {
    const bool connects = this->Model->surroundings().CanConnect;
    if (QPushButton* button = qobject_cast<QPushButton*>(
          this->button(connects ? QWizard::CustomButton2 : QWizard::FinishButton)))
    {
      button->setDefault(true);
      button->setFocus();
    }
  }
}

void Wizard::complain(const QString& text)
{
  QMessageBox* box =
    new QMessageBox(QMessageBox::Warning, this->windowTitle(), text, QMessageBox::Ok, this);
  box->setObjectName(QStringLiteral("wizardComplaint"));
  box->setTextFormat(Qt::PlainText);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->open();
}

bool Wizard::save()
{
  Failure failure;
  const QString text = this->Model->entry(&failure);
  if (text.isEmpty())
  {
    this->complain(PlainFailure::of(failure).toText());
    return false;
  }
  QString why;
  const QString name = this->Model->name();
  if (!this->Save(name, text, this->Model->originalName(), &why))
  {
    this->complain(why);
    return false;
  }
  this->Saved = name;
  Q_EMIT this->saved(name);
  return true;
}

void Wizard::accept()
{
  if (this->validateCurrentPage() && this->save())
  {
    QDialog::accept();
  }
}

void Wizard::saveToFile()
{
  Failure failure;
  const QString text = this->Model->entry(&failure);
  if (text.isEmpty())
  {
    this->complain(PlainFailure::of(failure).toText());
    return;
  }
  QString file = this->Model->name();
  file.replace(QLatin1Char('/'), QLatin1Char('-'));
  file = QFileDialog::getSaveFileName(this,
                                      tr("Save for Others"),
                                      QDir::home().filePath(file + QStringLiteral(".pvsc")),
                                      tr("ParaView server configurations (*.pvsc)"));
  if (file.isEmpty())
  {
    return;
  }
  QSaveFile out(file);
  if (!out.open(QIODevice::WriteOnly) || out.write(text.toUtf8()) < 0 || !out.commit())
  {
    this->complain(tr("\"%1\" could not be written: %2").arg(file, out.errorString()));
  }
}

void Wizard::showHelp()
{
  QString text;
  switch (this->currentId())
  {
    case WherePage:
      text = tr("Type what you type after \"ssh\" in a terminal: a host, or a name from your "
                "~/.ssh/config, which pvhop reads as ssh does. If you log in by way of other "
                "hosts, open More. What you need is an account there, nothing else.");
      break;
    case CheckPage:
      text = tr("pvhop logs in once and looks at what the site allows: whether pvserver can call "
                "back, which batch system there is, which versions of ParaView. Green is good, "
                "amber is good to know, red does not work. Nothing is changed or left there.");
      break;
    case RoutePage:
      text = tr("pvserver and ParaView have to find each other, and firewalls stand between them. "
                "The thick line is protected by ssh; the arrow is ParaView's own connection, in "
                "the direction in which it is opened. \"Choose for me\" is right for nearly "
                "everybody.");
      break;
    case JobPage:
      text = tr("On a cluster pvserver runs in a batch job, on compute nodes. A queue (or "
                "partition) is where jobs of one kind wait; the account is what the time is "
                "charged to. What you leave empty, the site decides.");
      break;
    default:
      text = tr("Save puts the entry into ParaView's list of servers. A file for others works for "
                "everybody who has pvhop: it has no password in it, and no key.");
      break;
  }
  QAbstractButton* button = this->button(QWizard::HelpButton);
  QWhatsThis::showText(button->mapToGlobal(QPoint(0, 0)), text, this);
}

}
