// SPDX-License-Identifier: BSD-3-Clause
#ifndef WizardWherePage_h
#define WizardWherePage_h

#include "SshHosts.h"

#include <QVector>
#include <QWizardPage>

class QCheckBox;
class QStringListModel;

namespace pvhop
{

class FieldEdit;
class Remark;
class WizardModel;

/** Where pvserver is to run: the host, and how ssh gets there. */
class WizardWherePage : public QWizardPage
{
  Q_OBJECT

public:
  explicit WizardWherePage(WizardModel* model, QWidget* parent = nullptr);

  void initializePage() override;
  bool validatePage() override;
  int nextId() const override;

private:
  Q_DISABLE_COPY(WizardWherePage)

  void askSsh();
  void showAnswer(const QString& host, const SshHosts::Answer& answer);

  WizardModel* Model;
  SshHosts* Hosts;
  QStringListModel* Names;
  QVector<FieldEdit*> Fields;
  FieldEdit* Host;
  FieldEdit* User;
  Remark* Hint;
  QCheckBox* Look;
};

}

#endif
