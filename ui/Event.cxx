// SPDX-License-Identifier: BSD-3-Clause
#include "Event.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>

namespace pvhop
{

namespace
{
template<class T>
struct Word
{
  const char* Name;
  T Value;
};

const Word<Phase> Phases[] = { { "config", Phase::Config },  { "resolve", Phase::Resolve },
                               { "ssh", Phase::Ssh },        { "hostkey", Phase::HostKey },
                               { "auth", Phase::Auth },      { "tunnel", Phase::Tunnel },
                               { "relay", Phase::Relay },    { "submit", Phase::Submit },
                               { "queue", Phase::Queue },    { "start", Phase::Start },
                               { "check", Phase::Check },    { "connected", Phase::Connected },
                               { "closing", Phase::Closing } };

const Word<PhaseState> States[] = { { "begin", PhaseState::Begin },
                                    { "progress", PhaseState::Progress },
                                    { "done", PhaseState::Done },
                                    { "failed", PhaseState::Failed } };

const Word<PromptKind> Kinds[] = { { "hostkey", PromptKind::HostKey },
                                   { "password", PromptKind::Password },
                                   { "passphrase", PromptKind::Passphrase },
                                   { "keyboard", PromptKind::Keyboard },
                                   { "helper", PromptKind::Helper } };

const Word<CheckState> CheckStates[] = { { "running", CheckState::Running },
                                         { "ok", CheckState::Ok },
                                         { "note", CheckState::Note },
                                         { "bad", CheckState::Bad },
                                         { "skipped", CheckState::Skipped } };

const Word<Event::Type> Types[] = { { "phase", Event::PhaseEvent },
                                    { "prompt", Event::PromptEvent },
                                    { "prompt_cancelled", Event::PromptCancelled },
                                    { "log", Event::Log },
                                    { "ready", Event::Ready },
                                    { "connected", Event::ConnectedEvent },
                                    { "stats", Event::StatsEvent },
                                    { "check", Event::CheckEvent },
                                    { "result", Event::ResultEvent },
                                    { "stalled", Event::StalledEvent },
                                    { "lost", Event::LostEvent },
                                    { "error", Event::ErrorEvent },
                                    { "end", Event::End } };

template<class T, size_t N>
bool lookUp(const Word<T> (&words)[N], const QString& name, T* value)
{
  for (const Word<T>& word : words)
  {
    if (name == QLatin1String(word.Name))
    {
      *value = word.Value;
      return true;
    }
  }
  return false;
}

QString text(const QJsonObject& object, const char* key, int most = 4096)
{
  return tamed(object.value(QLatin1String(key)).toString(), most);
}

/// A whole number within bounds, or `otherwise`: toInt() alone would turn 1e99 into anything.
qint64 whole(const QJsonObject& object,
             const char* key,
             qint64 least,
             qint64 most,
             qint64 otherwise)
{
  const double value = object.value(QLatin1String(key)).toDouble(std::nan(""));
  if (!(value >= static_cast<double>(least) && value <= static_cast<double>(most)))
  {
    return otherwise;
  }
  return static_cast<qint64>(value);
}

bool readPrompt(const QJsonObject& object, Prompt* prompt)
{
  if (!lookUp(Kinds, object.value(QLatin1String("kind")).toString(), &prompt->Kind))
  {
    return false;
  }
  prompt->Id = static_cast<unsigned>(whole(object, "id", 0, 0xffffffffLL, 0));
  prompt->Host = text(object, "host", 256);
  prompt->Text = text(object, "text");
  prompt->ServerText = text(object, "server_text", 16384);
  prompt->Fingerprint = text(object, "fingerprint", 512);
  prompt->Echo = object.value(QLatin1String("echo")).toBool();
  prompt->Count = static_cast<unsigned>(whole(object, "count", 1, 64, 1));
  prompt->Index = static_cast<unsigned>(whole(object, "index", 0, prompt->Count - 1, 0));
  return true;
}
}

QString catalogueWords(const QString& sentence)
{
  return QCoreApplication::translate("pvhop::Error", sentence.toUtf8().constData());
}

Failure Failure::of(const pvhop_error& error)
{
  Failure failure = fromCatalogue(error.code, tamed(QString::fromUtf8(error.why)));
  // Some have a better remedy than the catalogue's.
  failure.What = catalogueWords(tamed(QString::fromUtf8(error.what)));
  failure.Remedy = catalogueWords(tamed(QString::fromUtf8(error.remedy)));
  return failure;
}

Failure Failure::fromCatalogue(pvhop_code code, const QString& why)
{
  Failure failure;
  failure.Code = QStringLiteral("PVH%1").arg(static_cast<int>(code));
  failure.Why = why;
  if (const pvhop_code_info* info = pvhop_code_find(code))
  {
    failure.Name = QString::fromUtf8(info->name);
    failure.What = catalogueWords(QString::fromUtf8(info->what));
    failure.Remedy = catalogueWords(QString::fromUtf8(info->remedy));
  }
  return failure;
}

QString Failure::toText() const
{
  QString all = QStringLiteral("%1 (%2)\n").arg(this->What, this->Code);
  if (!this->Why.isEmpty())
  {
    all += this->Why + QLatin1Char('\n');
  }
  if (!this->Remedy.isEmpty())
  {
    all += this->Remedy + QLatin1Char('\n');
  }
  return all;
}

QString tamed(const QString& text, int most)
{
  QString out;
  out.reserve(qMin<int>(text.size(), most));
  for (const QChar c : text)
  {
    if (out.size() >= most)
    {
      out += QChar(0x2026);
      break;
    }
    const ushort u = c.unicode();
    const bool reorders = u == 0x200e || u == 0x200f || u == 0x061c ||
                          (u >= 0x202a && u <= 0x202e) || (u >= 0x2066 && u <= 0x2069);
    if (reorders || (c.category() == QChar::Other_Control && u != '\n' && u != '\t'))
    {
      continue;
    }
    out += u == 0x2028 || u == 0x2029 ? QChar('\n') : c;
  }
  return out;
}

bool parseEvent(const QByteArray& line, Event* event, QString* why)
{
  QJsonParseError error;
  const QJsonDocument document = QJsonDocument::fromJson(line, &error);
  if (error.error != QJsonParseError::NoError || !document.isObject())
  {
    *why = error.error != QJsonParseError::NoError ? error.errorString()
                                                   : QStringLiteral("not a JSON object");
    return false;
  }
  const QJsonObject object = document.object();
  if (whole(object, "v", 0, 1000, 1) != 1)
  {
    *why = QStringLiteral("events of another version");
    return false;
  }
  const QString name = object.value(QLatin1String("event")).toString();
  if (name.isEmpty())
  {
    *why = QStringLiteral("no \"event\" in it");
    return false;
  }
  *event = Event();
  event->Time = object.value(QLatin1String("t")).toDouble();
  if (!lookUp(Types, name, &event->What))
  {
    return true; // a later version may say more than we know
  }
  switch (event->What)
  {
    case Event::PhaseEvent:
      if (!lookUp(Phases, object.value(QLatin1String("phase")).toString(), &event->AtPhase) ||
          !lookUp(States, object.value(QLatin1String("state")).toString(), &event->State))
      {
        event->What = Event::Unknown;
      }
      event->Text = text(object, "text");
      break;
    case Event::PromptEvent:
      if (!readPrompt(object, &event->Question))
      {
        *why = QStringLiteral("a question of an unknown kind");
        return false;
      }
      break;
    case Event::PromptCancelled:
      event->Question.Id = static_cast<unsigned>(whole(object, "id", 0, 0xffffffffLL, 0));
      break;
    case Event::Log:
      event->Source = text(object, "source", 64);
      event->Text = text(object, "text", 8192);
      break;
    case Event::Ready:
      event->Url = text(object, "url", 512);
      event->Host = text(object, "host", 256);
      event->Port = static_cast<quint16>(whole(object, "port", 1, 65535, 0));
      break;
    case Event::ConnectedEvent:
      event->Server = text(object, "server", 256);
      break;
    case Event::StatsEvent:
      event->Numbers.RoundTripMs = object.value(QLatin1String("rtt_ms")).toDouble(-1);
      event->Numbers.ToClient = whole(object, "to_client", 0, 1LL << 62, 0);
      event->Numbers.ToServer = whole(object, "to_server", 0, 1LL << 62, 0);
      event->Numbers.SecondsLeft = whole(object, "left_s", 0, 1LL << 40, -1);
      break;
    case Event::CheckEvent:
      if (!lookUp(
            CheckStates, object.value(QLatin1String("state")).toString(), &event->Checked.State))
      {
        event->What = Event::Unknown;
      }
      event->Checked.Name = text(object, "check", 64);
      event->Checked.Text = text(object, "text", 512);
      event->Checked.Remedy = text(object, "remedy", 1024);
      break;
    case Event::ResultEvent:
      event->Result = object.value(QLatin1String("result")).toObject();
      break;
    case Event::StalledEvent:
      event->SilentSeconds = static_cast<int>(whole(object, "silent_s", 0, 1 << 20, 0));
      break;
    case Event::LostEvent:
    case Event::ErrorEvent:
      event->Error.Code = text(object, "code", 32);
      event->Error.Name = text(object, "name", 64);
      event->Error.What = catalogueWords(text(object, "what", 512));
      event->Error.Why = text(object, "why");
      event->Error.Remedy = catalogueWords(text(object, "remedy", 1024));
      break;
    case Event::End:
      event->ExitCode = static_cast<int>(whole(object, "exit", 0, 255, 70));
      break;
    case Event::Unknown:
      break;
  }
  return true;
}

}
