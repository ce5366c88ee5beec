// SPDX-License-Identifier: BSD-3-Clause
#include "Boxes.h"

#include <QCoreApplication>
#include <QMessageBox>
#include <QPushButton>

namespace pvhop
{

namespace
{
QMessageBox* makeBox(const char* name, const QString& title, const QString& text, QWidget* parent)
{
  QMessageBox* box =
    new QMessageBox(QMessageBox::Question, title, text, QMessageBox::NoButton, parent);
  box->setObjectName(QLatin1String(name));
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::PlainText);
  return box;
}

QPushButton* add(QMessageBox* box,
                 const QString& text,
                 QMessageBox::ButtonRole role,
                 const char* name)
{
  QPushButton* button = box->addButton(text, role);
  button->setObjectName(QLatin1String(name));
  return button;
}
}

QMessageBox* makeReadyBox(const QString& name, QWidget* parent)
{
  QMessageBox* box =
    makeBox("pvhopReadyBox",
            QCoreApplication::translate("pvhop::Boxes", "Ready to connect"),
            QCoreApplication::translate("pvhop::Boxes", "\"%1\" is ready.").arg(name),
            parent);
  box->setInformativeText(QCoreApplication::translate(
    "pvhop::Boxes",
    "Connecting closes the present connection and discards what is loaded in it. Save its state "
    "first if you want to keep it. The server that is ready goes on waiting."));
  add(box,
      QCoreApplication::translate("pvhop::Boxes", "Connect Now"),
      QMessageBox::AcceptRole,
      "pvhopConnectNow");
  add(box,
      QCoreApplication::translate("pvhop::Boxes", "Give It Up"),
      QMessageBox::DestructiveRole,
      "pvhopGiveUp");
  // It may appear under the hands of somebody who types.
  QPushButton* later = add(box,
                           QCoreApplication::translate("pvhop::Boxes", "&Later"),
                           QMessageBox::RejectRole,
                           "pvhopLater");
  box->setDefaultButton(later);
  box->setEscapeButton(later);
  return box;
}

QMessageBox* makeLostEntriesBox(const QStringList& names, QWidget* parent)
{
  QMessageBox* box = makeBox(
    "pvhopLostEntries",
    QStringLiteral("pvhop"),
    QCoreApplication::translate("pvhop::Boxes",
                                "Servers that you have saved are not in the list as you saved "
                                "them: another ParaView, which was started before, has written "
                                "the list since.\n\n%1")
      .arg(names.join(QLatin1Char('\n'))),
    parent);
  add(box,
      QCoreApplication::translate("pvhop::Boxes", "&Bring Them Back"),
      QMessageBox::AcceptRole,
      "pvhopBringBack");
  add(box,
      QCoreApplication::translate("pvhop::Boxes", "&Not Now"),
      QMessageBox::RejectRole,
      "pvhopNotNow");
  add(box,
      QCoreApplication::translate("pvhop::Boxes", "&Forget Them"),
      QMessageBox::DestructiveRole,
      "pvhopForget");
  return box;
}

}
