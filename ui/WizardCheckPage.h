// SPDX-License-Identifier: BSD-3-Clause
#ifndef WizardCheckPage_h
#define WizardCheckPage_h

#include "Event.h"

#include <QMap>
#include <QWizardPage>

class QCheckBox;
class QGridLayout;
class QLabel;
class QPushButton;

namespace pvhop
{

class FailurePanel;
class PromptQueue;
class StateIcon;
class WizardModel;

/** Looks at the host by `pvhop probe`, and says step by step what was found. */
class WizardCheckPage : public QWizardPage
{
  Q_OBJECT

public:
  explicit WizardCheckPage(WizardModel* model, QWidget* parent = nullptr);
  ~WizardCheckPage() override;

  void initializePage() override;
  bool validatePage() override;
  int nextId() const override;

private:
  Q_DISABLE_COPY(WizardCheckPage)

  struct Row
  {
    CheckState State;
    StateIcon* Icon;
    QLabel* Title;
    QLabel* Text;   ///< what it means
    QLabel* Detail; ///< what exactly was found
  };

  void begin();
  void clear();
  static void remove(const Row& row);
  Row& row(const QString& check);
  void onChecked(const Check& check);
  void onResult(const QJsonObject& result);
  void onFailed(const Failure& failure);
  void onEnded();
  void showDetails();
  void settle();

  WizardModel* Model;
  QGridLayout* Grid;
  QMap<QString, Row> Rows;
  QLabel* Summary;
  QWidget* FailureHere = nullptr;
  QPushButton* Again;
  QPushButton* Request;
  QCheckBox* Details;
  QCheckBox* Choose;
  PromptQueue* Prompts;
  bool Done = false; ///< all was looked at
};

}

#endif
