// SPDX-License-Identifier: BSD-3-Clause
#ifndef WizardModel_h
#define WizardModel_h

#include "ProbeResult.h"
#include "Recipe.h"

#include <QObject>
#include <QPointer>
#include <QSet>

namespace pvhop
{

class SessionProcess;

/** What the wizard has to know of the program that it runs in. */
struct WizardSurroundings
{
  QString Program;        ///< pvhop; empty: it was not found, and nothing can be checked
  QString ClientVersion;  ///< ParaView's: "5.11.0"; empty: not known
  QSet<QString> Own;      ///< names of entries that the user may change
  QSet<QString> Site;     ///< names of entries that are read-only
  bool CanConnect = true; ///< "Save and Connect" is offered
};

/**
 * What the pages of the wizard share: the recipe, what was found at the site, which fields are
 * asked at each connect, the entry's name. Pages change it and listen to it; they do not know each
 * other.
 */
class WizardModel : public QObject
{
  Q_OBJECT

public:
  explicit WizardModel(const WizardSurroundings& surroundings, QObject* parent = nullptr);
  ~WizardModel() override;

  const WizardSurroundings& surroundings() const { return this->Around; }

  const Recipe& recipe() const { return this->Values; }
  /** Sets a field; the user's own choice is not changed by what a check finds. */
  bool set(const char* field, const QString& value, QString* why = nullptr);
  bool isAsked(const char* field) const;
  void setAsked(const char* field, bool asked);
  QStringList asked() const { return this->Ask; }
  /** Whether pvserver runs in a batch job. */
  bool hasJob() const;

  /** The entry that is edited, as text with one entry. False: it is not one of ours. `copy`: it
   * stays as it is, and the new one gets a name of its own. */
  bool open(const QString& text, bool copy, Failure* failure);
  bool isEditing() const { return !this->OriginalName.isEmpty(); }
  QString originalName() const { return this->OriginalName; }

  /** The name the entry will have. */
  QString name() const;
  /** An empty one goes back to the proposed name. */
  void setName(const QString& name);
  /** What is to be said beside the name; `*refused`: it cannot be saved under it. */
  QString remarkOnName(bool* refused) const;
  /**
   * The entry as text, a whole file. One that was opened and not changed is the text that was
   * opened, byte for byte.
   */
  QString entry(Failure* failure) const;

  const ProbeResult& site() const { return this->Site; }
  /** Takes over what a check found, and fills in what the user has not chosen. */
  void setSite(const ProbeResult& site);
  /** The session that checks the site, and stays logged in. Takes it over; the one before ends. */
  void setLogin(SessionProcess* session);
  /** That session, null if there is none. */
  SessionProcess* session() const;
  /** Whether that session is still at work. */
  bool isChecking() const;
  /** Whether it has found out all, is still logged in, and the host is still the same. */
  bool hasLogin() const;
  /** Gives such a login away; null if there is none. */
  SessionProcess* takeLogin();
  /** The words that name the host to `pvhop probe`. */
  QStringList probeArguments() const;

  /** Whether the page is worth showing. */
  bool needsRoutePage() const;
  bool needsJobPage() const;
  /** The user wants to choose the route although it is not needed. */
  void setChoosing(bool on) { this->Choosing = on; }
  bool isChoosing() const { return this->Choosing; }

  /** The pvservers found: which one the recipe names; -1: none of them. */
  int chosenPvserver() const;
  void choosePvserver(int index);

Q_SIGNALS:
  void changed();
  void siteChanged();

private:
  Q_DISABLE_COPY(WizardModel)

  void propose(const char* field, const QString& value);
  QString freeName(const QString& wanted) const;

  WizardSurroundings Around;
  Recipe Values;
  QStringList Ask;
  QSet<QString> Chosen; ///< fields that the user has set
  ProbeResult Site;
  QPointer<SessionProcess> Login;
  QStringList LoginWords; ///< probeArguments() when the login was made
  QString OwnName;
  QString OriginalName, OriginalText;
  Recipe Original;
  QStringList OriginalAsk;
  bool Choosing = false;
};

}

#endif
