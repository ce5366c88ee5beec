// SPDX-License-Identifier: BSD-3-Clause
#ifndef FieldEdit_h
#define FieldEdit_h

#include <QVector>
#include <QWidget>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QVBoxLayout;

struct pvhop_field;

namespace pvhop
{

class WizardModel;

/**
 * The input of one field of the recipe: made from its row of core's table, checked as one types,
 * what is wrong said under it. The line edit or combo box has the field's name as objectName, the
 * label under it "NAME-problem".
 */
class FieldEdit : public QWidget
{
  Q_OBJECT

public:
  /** One thing to choose from. */
  struct Suggestion
  {
    QString Value;
    QString Note; ///< shown behind the value; may be empty
  };

  FieldEdit(WizardModel* model, const char* field, QWidget* parent = nullptr);

  /** What the site has, of a field of which sites have lists; any other value may be typed. */
  void setSuggestions(const QVector<Suggestion>& suggestions);
  /** What is in force while nothing is typed. */
  void setPlaceholder(const QString& text);
  /** Shows the model's value. */
  void refresh();
  /** Empty if what is typed is all right. */
  QString problem() const;
  /** Says what is wrong although the value by itself is all right. */
  void setProblem(const QString& text);
  QLineEdit* lineEdit() const;
  /** Title, in the language of the windows. */
  QString title() const;
  /** Adds this with its title, and with "ask each time" if the entry may ask for it. */
  void addTo(QFormLayout* form, bool askable = false);

private:
  Q_DISABLE_COPY(FieldEdit)

  void take(const QString& text);
  void makeChoices();
  void makeList();
  void place(QWidget* editor);

  WizardModel* Model;
  const pvhop_field* Row;
  QVBoxLayout* Layout;
  QLineEdit* Line = nullptr;
  QComboBox* Box = nullptr;
  QCheckBox* Ask = nullptr;
  QLabel* Problem;
  QString Placeholder;
};

}

#endif
