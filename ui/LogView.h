// SPDX-License-Identifier: BSD-3-Clause
#ifndef LogView_h
#define LogView_h

#include <QPlainTextEdit>
#include <QStringList>

class QTimer;

namespace pvhop
{

/**
 * The log: the last MostLines lines, shown in batches, so that a child that writes 100,000 of them
 * does not stop the windows.
 */
class LogView : public QPlainTextEdit
{
  Q_OBJECT

public:
  enum
  {
    MostLines = 5000
  };

  explicit LogView(QWidget* parent = nullptr);

  /** Plain text; untrusted text is fine. */
  void append(const QString& source, const QString& text);
  /** All that is kept, shown or not. */
  QString text() const;

protected:
  void showEvent(QShowEvent* event) override;

private:
  Q_DISABLE_COPY(LogView)

  void flush();

  QStringList Lines;  ///< all that is kept
  int Shown = 0;      ///< how many of Lines, from the front, are in the document
  qint64 Dropped = 0; ///< lines that are no longer kept
  QTimer* Flush;
};

}

#endif
