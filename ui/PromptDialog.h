// SPDX-License-Identifier: BSD-3-Clause
#ifndef PromptDialog_h
#define PromptDialog_h

#include "Event.h"

#include <QDialog>
#include <QVector>

class QDialogButtonBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPushButton;

namespace pvhop
{

/**
 * One round of questions that a host asks: a password, a passphrase, one-time codes, or whether
 * its key is to be trusted. The server's own text is shown as plain text and marked as the
 * server's.
 *
 * Each question is answered once, by answered(); refusing answers all that are open with a null
 * string. The window closes itself after the last.
 */
class PromptDialog : public QDialog
{
  Q_OBJECT

public:
  explicit PromptDialog(const Prompt& first, QWidget* parent = nullptr);
  ~PromptDialog() override;

  /** True if `prompt` belongs to the round that is shown. */
  bool belongs(const Prompt& prompt) const;
  /** Adds one more question of the round. */
  void add(const Prompt& prompt);
  /** The question is moot. Closes the window if it was the last one open. */
  void withdraw(unsigned promptId);

  void reject() override;

Q_SIGNALS:
  void answered(unsigned promptId, const QString& text);

private:
  Q_DISABLE_COPY(PromptDialog)

  struct Question
  {
    unsigned Id;
    unsigned Index;
    QLineEdit* Field; ///< null where the answer is yes or no
    bool Open;
  };

  void buildHostKey(const Prompt& prompt);
  void buildHelper(const Prompt& prompt);
  /** Two buttons; refusing is the default. */
  QPushButton* addYesAndNo(const QString& yes, const QString& no);
  void buildFields(const Prompt& prompt);
  void submit();

  Prompt First;
  QVector<Question> Questions;
  QFormLayout* Form = nullptr;
  QDialogButtonBox* Buttons;
  QLabel* Note;
  bool Refused = false;
};

}

#endif
