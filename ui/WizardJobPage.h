// SPDX-License-Identifier: BSD-3-Clause
#ifndef WizardJobPage_h
#define WizardJobPage_h

#include <QVector>
#include <QWizardPage>

class QComboBox;
class QFormLayout;
class QLabel;

namespace pvhop
{

class Disclosure;
class FieldEdit;
class Remark;
class WizardModel;

/** Which pvserver is started, and what the batch system is asked for. */
class WizardJobPage : public QWizardPage
{
  Q_OBJECT

public:
  explicit WizardJobPage(WizardModel* model, QWidget* parent = nullptr);

  void initializePage() override;
  bool validatePage() override;
  int nextId() const override;

private:
  Q_DISABLE_COPY(WizardJobPage)

  FieldEdit* add(const char* field, QFormLayout* form, bool askable);
  void fillPvservers();
  void fillLists();
  void adjust();

  WizardModel* Model;
  QComboBox* Pvserver;
  Remark* VersionNote;
  QWidget* OwnPvserver; ///< the fields for one that was not found by the check
  QWidget* Job;
  QWidget* MoreJob;
  Disclosure* More;
  QLabel* Problem;
  QVector<FieldEdit*> Fields;
};

}

#endif
