// SPDX-License-Identifier: BSD-3-Clause
#ifndef WizardRoutePage_h
#define WizardRoutePage_h

#include <QWizardPage>

class QButtonGroup;
class QCheckBox;
class QVBoxLayout;

namespace pvhop
{

class RoutePicture;
class WizardModel;

/** Which way the data goes: a picture, the ways that this site allows, and why not the others. */
class WizardRoutePage : public QWizardPage
{
  Q_OBJECT

public:
  explicit WizardRoutePage(WizardModel* model, QWidget* parent = nullptr);

  void initializePage() override;
  int nextId() const override;

private:
  Q_DISABLE_COPY(WizardRoutePage)

  /** What is said of a route at this site; `exactly`: what the look at it said, if in other words.
   */
  QString remark(const QString& route, bool* possible, QString* exactly) const;
  void addChoice(const QString& route,
                 const QString& words,
                 const QString& exactly,
                 bool possible,
                 QVBoxLayout* layout);
  void draw();

  WizardModel* Model;
  RoutePicture* Picture;
  QButtonGroup* Group;
  QVBoxLayout* Choices;
  QWidget* List = nullptr;
  QCheckBox* Details;
};

}

#endif
