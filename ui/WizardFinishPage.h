// SPDX-License-Identifier: BSD-3-Clause
#ifndef WizardFinishPage_h
#define WizardFinishPage_h

#include <QWizardPage>

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QTabWidget;

namespace pvhop
{

class Disclosure;
class OneShot;
class Remark;
class RoutePicture;
class WizardModel;

/** The entry's name, what will happen in a sentence, and what exactly runs. */
class WizardFinishPage : public QWizardPage
{
  Q_OBJECT

public:
  explicit WizardFinishPage(WizardModel* model, QWidget* parent = nullptr);

  void initializePage() override;
  bool validatePage() override;
  int nextId() const override;

private:
  Q_DISABLE_COPY(WizardFinishPage)

  QPlainTextEdit* addTab(const QString& title, const char* name);
  void adjust();
  /** The one that is taken, as far as is known. */
  QString route() const;
  /** What runs there, of the program itself. */
  void askForScript();

  WizardModel* Model;
  QLineEdit* Name;
  Remark* NameRemark;
  QLabel* Sentence;
  RoutePicture* Picture;
  QTabWidget* Tabs;
  QPlainTextEdit* Xml;
  QPlainTextEdit* Command;
  QPlainTextEdit* Script;
  OneShot* Printer;
  Disclosure* More;
};

}

#endif
