// SPDX-License-Identifier: BSD-3-Clause
#ifndef Wizard_h
#define Wizard_h

#include "WizardModel.h"

#include <QWizard>

#include <functional>

namespace pvhop
{

/**
 * The Add Server wizard: from a login to an entry that works. It knows no ParaView: who opens it
 * saves what it makes, and connects.
 */
class Wizard : public QWizard
{
  Q_OBJECT

public:
  enum Page
  {
    WherePage,
    CheckPage,
    RoutePage,
    JobPage,
    FinishPage
  };

  /**
   * Stores an entry (`text`, a file with this one) under `name`; `replaces` is the name of the one
   * that was opened, or empty. False, and `*why`, if it cannot.
   */
  using Saver = std::function<
    bool(const QString& name, const QString& text, const QString& replaces, QString* why)>;

  Wizard(const WizardSurroundings& surroundings, Saver saver, QWidget* parent = nullptr);
  ~Wizard() override;

  WizardModel* model() const { return this->Model; }
  /** Opens an entry of ours to change it, or a copy of it; at the first page, with all filled in.
   * `remarks`: sentences to be read first. */
  bool load(const QString& text, bool copy, const QStringList& remarks, Failure* failure);
  /** After a save: the entry's name. */
  QString savedName() const { return this->Saved; }
  /** Saves, and closes if that worked. */
  void accept() override;

Q_SIGNALS:
  void saved(const QString& name);
  /** Saved, and "Save and Connect" was pressed. The wizard closes after this. */
  void connectWanted(const QString& name);

private:
  Q_DISABLE_COPY(Wizard)

  bool save();
  void saveToFile();
  void complain(const QString& text);
  void onPage(int id);
  void showHelp();

  Saver Save;
  WizardModel* Model;
  QString Saved;
};

}

#endif
