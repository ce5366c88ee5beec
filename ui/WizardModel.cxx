// SPDX-License-Identifier: BSD-3-Clause
#include "WizardModel.h"

#include "SessionProcess.h"

namespace pvhop
{

namespace
{
/// Fields that say how ssh reaches the host: a login made with others is not this one.
const char* const LoginFields[] = { "host", "user",       "port",       "identity",
                                    "jump", "ssh-config", "known-hosts" };

/// "module load paraview/5.11.0" for the client 5.11.0 is "module load paraview/{version}".
QString preludeOf(const QString& module, const QString& version, const QString& client)
{
  QString name = module;
  if (!client.isEmpty() && version == client)
  {
    name.replace(version, QStringLiteral("{version}"));
  }
  return QStringLiteral("module load ") + name;
}
}

WizardModel::WizardModel(const WizardSurroundings& surroundings, QObject* parent)
  : QObject(parent)
  , Around(surroundings)
{
}

WizardModel::~WizardModel()
{
  SessionProcess::retire(this->Login);
}

bool WizardModel::set(const char* field, const QString& value, QString* why)
{
  if (!this->Values.set(field, value, why))
  {
    return false;
  }
  const QString name = QLatin1String(field);
  if (value.isEmpty())
  {
    this->Chosen.remove(name);
  }
  else
  {
    this->Chosen.insert(name);
  }
  Q_EMIT this->changed();
  return true;
}

void WizardModel::propose(const char* field, const QString& value)
{
  if (!this->Chosen.contains(QLatin1String(field)) && !this->isEditing())
  {
    this->Values.set(field, value);
  }
}

bool WizardModel::isAsked(const char* field) const
{
  return this->Ask.contains(QLatin1String(field));
}

void WizardModel::setAsked(const char* field, bool asked)
{
  const QString name = QLatin1String(field);
  if (asked == this->Ask.contains(name))
  {
    return;
  }
  if (asked)
  {
    this->Ask << name;
  }
  else
  {
    this->Ask.removeAll(name);
  }
  Q_EMIT this->changed();
}

bool WizardModel::hasJob() const
{
  return this->Values.get("scheduler") != QLatin1String("none");
}

bool WizardModel::open(const QString& text, bool copy, Failure* failure)
{
  QString name;
  if (!EntryText::read(text, &name, &this->Values, &this->Ask, failure))
  {
    return false;
  }
  for (size_t i = 0; const pvhop_field* row = pvhop_field_row(i); ++i)
  {
    if (this->Values.isSet(row->name))
    {
      this->Chosen.insert(QLatin1String(row->name));
    }
  }
  if (copy)
  {
    this->OwnName = this->freeName(name);
  }
  else
  {
    this->OwnName = name;
    this->OriginalName = name;
    this->OriginalText = text;
    this->Original = this->Values;
    this->OriginalAsk = this->Ask;
  }
  Q_EMIT this->changed();
  return true;
}

QString WizardModel::freeName(const QString& wanted) const
{
  QString name = wanted;
  for (int i = 2; this->Around.Own.contains(name) || this->Around.Site.contains(name); ++i)
  {
    name = QStringLiteral("%1 %2").arg(wanted).arg(i);
  }
  return name;
}

QString WizardModel::name() const
{
  return this->OwnName.isEmpty() ? this->freeName(EntryText::defaultName(this->Values))
                                 : this->OwnName;
}

void WizardModel::setName(const QString& name)
{
  this->OwnName = name.trimmed();
  Q_EMIT this->changed();
}

QString WizardModel::remarkOnName(bool* refused) const
{
  const QString name = this->name();
  *refused = false;
  if (name == this->OriginalName)
  {
    return QString();
  }
  if (name.contains(QLatin1Char('"')) || name.contains(QLatin1Char('<')))
  {
    *refused = true;
    return tr("A name cannot have \" or < in it.");
  }
  if (this->Around.Own.contains(name))
  {
    *refused = true;
    return tr("There is an entry of this name already. Choose another name.");
  }
  if (this->Around.Site.contains(name))
  {
    return tr("Your site has an entry of this name. Yours will hide it from you.");
  }
  return QString();
}

QString WizardModel::entry(Failure* failure) const
{
  const QString name = this->name();
  if (this->isEditing() && name == this->OriginalName && this->Values == this->Original &&
      this->Ask == this->OriginalAsk)
  {
    return this->OriginalText;
  }
  if (!this->Values.check(failure))
  {
    return QString();
  }
  return EntryText::write(name, this->Values, this->Ask, failure);
}

void WizardModel::setSite(const ProbeResult& site)
{
  this->Site = site;
  if (site.Known)
  {
    if (!site.Schedulers.isEmpty())
    {
      this->propose("scheduler", site.Schedulers.first().Name);
    }
    if (this->hasJob() && !this->isAsked("walltime"))
    {
      this->propose("walltime", QStringLiteral("01:00:00"));
    }
    const int best = site.pvserverFor(this->Around.ClientVersion);
    if (best >= 0 && !this->isEditing() && !this->Chosen.contains(QStringLiteral("pvserver")) &&
        !this->Chosen.contains(QStringLiteral("prelude")))
    {
      this->choosePvserver(best);
    }
  }
  Q_EMIT this->siteChanged();
  Q_EMIT this->changed();
}

int WizardModel::chosenPvserver() const
{
  const QString path = this->Values.get("pvserver");
  const QString prelude = this->Values.get("prelude");
  for (int i = 0; i < this->Site.Pvservers.size(); ++i)
  {
    const ProbeResult::Pvserver& each = this->Site.Pvservers.at(i);
    const bool fits =
      each.Module.isEmpty()
        ? each.Path == path && prelude.isEmpty()
        : preludeOf(each.Module, each.Version, this->Around.ClientVersion) == prelude;
    if (fits)
    {
      return i;
    }
  }
  return -1;
}

void WizardModel::choosePvserver(int index)
{
  const ProbeResult::Pvserver& server = this->Site.Pvservers.at(index);
  if (server.Module.isEmpty())
  {
    this->Values.set("prelude", QString());
    this->Values.set("pvserver", server.Path);
  }
  else
  {
    this->Values.set("prelude",
                     preludeOf(server.Module, server.Version, this->Around.ClientVersion));
    this->Values.set("pvserver", QString());
  }
  Q_EMIT this->changed();
}

SessionProcess* WizardModel::session() const
{
  return this->Login;
}

bool WizardModel::isChecking() const
{
  return this->Login && this->Login->state() == SessionProcess::Running;
}

bool WizardModel::hasLogin() const
{
  return this->isChecking() && this->Site.Known && this->LoginWords == this->probeArguments();
}

SessionProcess* WizardModel::takeLogin()
{
  if (!this->hasLogin())
  {
    return nullptr;
  }
  SessionProcess* login = this->Login;
  this->Login = nullptr;
  QObject::disconnect(login, nullptr, nullptr, nullptr);
  return login;
}

void WizardModel::setLogin(SessionProcess* session)
{
  SessionProcess::retire(this->Login);
  this->Login = session;
  this->LoginWords = this->probeArguments();
}

QStringList WizardModel::probeArguments() const
{
  Recipe only;
  for (const char* field : LoginFields)
  {
    if (this->Values.isSet(field))
    {
      only.set(field, this->Values.get(field));
    }
  }
  return only.arguments();
}

bool WizardModel::needsRoutePage() const
{
  if (this->Choosing || this->isEditing() || !this->Site.Known)
  {
    return true;
  }
  const QString route = this->Values.get("route");
  const bool own = route != QLatin1String("auto");
  const auto recommended = this->Site.Routes.constFind(this->Site.Recommended);
  // On the host itself, by a way that works and is encrypted: nobody would choose another.
  return this->hasJob() || own || recommended == this->Site.Routes.constEnd() ||
         !recommended->Possible || !recommended->Encrypted;
}

bool WizardModel::needsJobPage() const
{
  if (this->isEditing() || !this->Site.Known || this->hasJob())
  {
    return true;
  }
  return this->Site.pvserverFor(this->Around.ClientVersion) < 0;
}

}
