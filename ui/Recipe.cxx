// SPDX-License-Identifier: BSD-3-Clause
#include "Recipe.h"

#include <pvhop/convert.h>
#include <pvhop/pvsc.h>

#include <QCoreApplication>
#include <QVector>

#include <cstdlib>

namespace pvhop
{

namespace
{
struct FreeFile
{
  void operator()(pvhop_pvsc* file) const { pvhop_pvsc_free(file); }
};
using File = std::unique_ptr<pvhop_pvsc, FreeFile>;

/// A string that core allocated.
QString taken(char* text)
{
  const QString copy = QString::fromUtf8(text);
  std::free(text);
  return copy;
}

QStringList list(char* const* words)
{
  QStringList out;
  for (; words && *words; ++words)
  {
    out << QString::fromUtf8(*words);
  }
  return out;
}

QStringList taken(char** words)
{
  const QStringList out = list(words);
  pvhop_args_free(words);
  return out;
}

File parse(const QString& text, pvhop_error* error)
{
  const QByteArray bytes = text.toUtf8();
  return File(
    pvhop_pvsc_parse(bytes.constData(), static_cast<size_t>(bytes.size()), "entry", error));
}
}

Recipe::Recipe()
  : Recipe(pvhop_recipe_new())
{
}

Recipe::Recipe(pvhop_recipe* recipe)
  : Core(recipe)
{
  if (!recipe)
  {
    qFatal("pvhop: no memory for a recipe");
  }
}

Recipe::Recipe(const Recipe& other)
  : Recipe(pvhop_recipe_dup(other.raw()))
{
}

Recipe& Recipe::operator=(Recipe other)
{
  this->Core.swap(other.Core);
  return *this;
}

Recipe Recipe::from(const QStringList& arguments, const QProcessEnvironment& environment)
{
  QVector<QByteArray> words;
  for (const QString& argument : arguments)
  {
    words << argument.toUtf8();
  }
  const QStringList variables = environment.toStringList();
  for (const QString& variable : variables)
  {
    words << variable.toLocal8Bit();
  }
  QVector<char*> argv;
  for (QByteArray& word : words)
  {
    argv << word.data();
  }
  argv << nullptr;
  const int argc = arguments.size();
  QVector<char*> own = argv.mid(0, argc);
  own << nullptr;
  Recipe recipe;
  if (pvhop_recipe_from_args(recipe.Core.get(), argc, own.data(), nullptr, nullptr, nullptr) >= 0)
  {
    pvhop_recipe_from_env(recipe.Core.get(), argv.data() + argc, nullptr);
  }
  return recipe;
}

QString Recipe::get(const char* field) const
{
  return QString::fromUtf8(pvhop_recipe_get(this->raw(), field));
}

bool Recipe::isSet(const char* field) const
{
  return pvhop_recipe_is_set(this->raw(), field);
}

bool Recipe::set(const char* field, const QString& value, QString* why)
{
  pvhop_error error = {};
  if (pvhop_recipe_set(this->Core.get(), field, value.toUtf8().constData(), &error) == 0)
  {
    return true;
  }
  if (why)
  {
    // "queue 'a b': the rule": beside the field the rule is enough.
    const QString quoted = QStringLiteral("'%1': ").arg(value);
    const QString all = tamed(QString::fromUtf8(error.why));
    const int at = all.indexOf(quoted);
    *why = QCoreApplication::translate(
      "pvhop::Rule", (at < 0 ? all : all.mid(at + quoted.size())).toUtf8().constData());
  }
  return false;
}

bool Recipe::check(Failure* failure) const
{
  pvhop_error error = {};
  if (pvhop_recipe_check(this->raw(), &error) == 0)
  {
    return true;
  }
  *failure = Failure::of(error);
  return false;
}

QStringList Recipe::arguments() const
{
  return taken(pvhop_recipe_to_args(this->raw()));
}

QString Recipe::sentence() const
{
  QByteArray told; // lives until the next part is asked for
  return taken(pvhop_recipe_sentence_in(
    this->raw(),
    [](void* user, const char* words)
    {
      QByteArray* part = static_cast<QByteArray*>(user);
      *part = QCoreApplication::translate("pvhop::Sentence", words).toUtf8();
      return part->constData();
    },
    &told));
}

bool Recipe::operator==(const Recipe& other) const
{
  return pvhop_recipe_equal(this->raw(), other.raw());
}

QString EntryText::write(const QString& name,
                         const Recipe& recipe,
                         const QStringList& ask,
                         Failure* failure)
{
  QVector<QByteArray> bytes;
  for (const QString& field : ask)
  {
    bytes << field.toUtf8();
  }
  QVector<const char*> fields;
  for (const QByteArray& field : qAsConst(bytes))
  {
    fields << field.constData();
  }
  fields << nullptr;
  pvhop_error error = {};
  const File file(pvhop_pvsc_new());
  if (!file || pvhop_pvsc_add(file.get(),
                              name.toUtf8().constData(),
                              recipe.raw(),
                              PVHOP_STYLE_PVHOP,
                              fields.constData(),
                              false,
                              &error) != 0)
  {
    *failure = Failure::of(error);
    return QString();
  }
  return taken(pvhop_pvsc_print(file.get()));
}

bool EntryText::read(const QString& text,
                     QString* name,
                     Recipe* recipe,
                     QStringList* ask,
                     Failure* failure)
{
  pvhop_error error = {};
  const File file = parse(text, &error);
  const char* first = file ? pvhop_pvsc_name(file.get(), 0) : nullptr;
  pvhop_recipe* read = first ? pvhop_pvsc_recipe(file.get(), first, &error) : nullptr;
  if (!read)
  {
    *failure = Failure::of(error);
    return false;
  }
  *recipe = Recipe(read);
  *name = QString::fromUtf8(first);
  *ask = taken(pvhop_pvsc_asked(file.get(), first));
  return true;
}

bool EntryText::convert(const QString& text, QString* converted, QString* why, QStringList* left)
{
  pvhop_error error = {};
  const File file = parse(text, &error);
  const File into(pvhop_pvsc_new());
  const char* first = file ? pvhop_pvsc_name(file.get(), 0) : nullptr;
  pvhop_conversion done = {};
  if (!first || !into ||
      pvhop_pvsc_convert(file.get(), first, into.get(), false, &done, &error) != 0)
  {
    *why = Failure::of(error).Why;
    return false;
  }
  const bool possible = done.result != PVHOP_NOT_CONVERTED;
  *why = tamed(QString::fromUtf8(done.why));
  *left = list(done.left);
  pvhop_conversion_clear(&done);
  if (possible)
  {
    *converted = taken(pvhop_pvsc_print(into.get()));
  }
  return possible;
}

QString EntryText::defaultName(const Recipe& recipe)
{
  return taken(pvhop_pvsc_default_name(recipe.raw()));
}

}
