// SPDX-License-Identifier: BSD-3-Clause
#ifndef Event_h
#define Event_h

#include <QJsonObject>
#include <QMetaType>
#include <QString>

#include <pvhop/error.h>

class QByteArray;

/**
 * The lines that `pvhop connect` and `pvhop probe` write to --events (pvhop/event.h), as values.
 * All text in them is untrusted: show it as plain text.
 */
namespace pvhop
{

enum class Phase
{
  Config,
  Resolve,
  Ssh,
  HostKey,
  Auth,
  Tunnel,
  Relay,
  Submit,
  Queue,
  Start,
  Check,
  Connected,
  Closing
};

enum class PhaseState
{
  Begin,
  Progress,
  Done,
  Failed
};

enum class PromptKind
{
  HostKey,
  Password,
  Passphrase,
  Keyboard,
  Helper ///< may the helper be uploaded? "yes" or "no"
};

struct Prompt
{
  unsigned Id = 0;
  PromptKind Kind = PromptKind::Keyboard;
  QString Host;       ///< user@host that asks
  QString Text;       ///< pvhop's own words
  QString ServerText; ///< the server's words; empty if there are none
  QString Fingerprint;
  bool Echo = false;
  unsigned Index = 0; ///< of the questions of one round, from 0
  unsigned Count = 1;
};

struct Failure
{
  QString Code; ///< "PVH1301"
  QString Name; ///< "AUTH"
  QString What;
  QString Why;
  QString Remedy;

  /** In the language of the windows what has a code; the reason stays as core gave it. */
  static Failure of(const pvhop_error& error);
  /** As the catalogue words it, with `why` as the reason. */
  static Failure fromCatalogue(pvhop_code code, const QString& why);
  /** For the clipboard: a few lines of plain text. */
  QString toText() const;
};

/** A sentence of core's catalogue of errors in the language of the windows (core_de.ts); any other
 * stays as it is. */
QString catalogueWords(const QString& sentence);

enum class CheckState
{
  Running,
  Ok,
  Note, ///< works, with something to know
  Bad,
  Skipped
};

/** One thing that `pvhop probe` looked at. */
struct Check
{
  QString Name; ///< "login", "forwarding" ...
  CheckState State = CheckState::Running;
  QString Text;   ///< what was found
  QString Remedy; ///< what to do about it; empty: nothing
};

struct Stats
{
  double RoundTripMs = -1; ///< < 0: not known
  qint64 ToClient = 0;     ///< bytes
  qint64 ToServer = 0;     ///< bytes
  qint64 SecondsLeft = -1; ///< < 0: not known
};

struct Event
{
  enum Type
  {
    Unknown, ///< well-formed, of a type that this version does not know
    PhaseEvent,
    PromptEvent,
    PromptCancelled,
    Log,
    Ready,
    ConnectedEvent,
    StatsEvent,
    CheckEvent,
    ResultEvent,
    StalledEvent,
    LostEvent,
    ErrorEvent,
    End
  };
  Type What = Unknown;
  double Time = 0; ///< seconds since the start
  Phase AtPhase = Phase::Config;
  PhaseState State = PhaseState::Begin;
  QString Text;   ///< phase, log
  QString Source; ///< log
  Prompt Question;
  Failure Error;
  Stats Numbers;
  Check Checked;
  QJsonObject Result;    ///< of a probe, as it came: ProbeResult reads it
  QString Url, Host;     ///< ready
  quint16 Port = 0;      ///< ready
  QString Server;        ///< connected
  int SilentSeconds = 0; ///< stalled
  int ExitCode = 0;      ///< end
};

/** Reads one line. False if it is not an event; `*why` then says in a few words what is wrong. */
bool parseEvent(const QByteArray& line, Event* event, QString* why);

/**
 * Text from the other side, made fit for a window: control characters and those that reorder
 * text (bidirectional overrides) are removed, tabs and new lines kept, cut to `most` characters.
 */
QString tamed(const QString& text, int most = 4096);

}

Q_DECLARE_METATYPE(pvhop::Check)
Q_DECLARE_METATYPE(pvhop::Phase)
Q_DECLARE_METATYPE(pvhop::PhaseState)
Q_DECLARE_METATYPE(pvhop::Failure)
Q_DECLARE_METATYPE(pvhop::Prompt)
Q_DECLARE_METATYPE(pvhop::Stats)

#endif
