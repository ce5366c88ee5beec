// SPDX-License-Identifier: BSD-3-Clause
#ifndef Recipe_h
#define Recipe_h

#include "Event.h"

#include <pvhop/recipe.h>

#include <QProcessEnvironment>
#include <QString>
#include <QStringList>

#include <memory>

namespace pvhop
{

/** Core's recipe as a value with Qt's strings. */
class Recipe
{
public:
  Recipe();
  Recipe(const Recipe& other);
  Recipe(Recipe&& other) = default;
  Recipe& operator=(Recipe other);
  /** Takes `recipe` over. */
  explicit Recipe(pvhop_recipe* recipe);

  /**
   * What `pvhop connect ARGUMENTS` makes of them and of its environment (PVHOP_NAME, ParaView's own
   * variables). If something is wrong, as far as it gets: what that is, pvhop itself says better.
   */
  static Recipe from(const QStringList& arguments, const QProcessEnvironment& environment);

  /** The value in force, set or default; empty if there is none. */
  QString get(const char* field) const;
  bool isSet(const char* field) const;
  /** Empty unsets. False leaves the recipe as it was; `*why` then says the rule. */
  bool set(const char* field, const QString& value, QString* why = nullptr);
  /** Whether all is there that it needs. */
  bool check(Failure* failure) const;
  /** For `pvhop connect`: the host, then --name=value. */
  QStringList arguments() const;
  /** What will happen, in core's words. */
  QString sentence() const;
  bool operator==(const Recipe& other) const;
  bool operator!=(const Recipe& other) const { return !(*this == other); }

  const pvhop_recipe* raw() const { return this->Core.get(); }

private:
  struct Free
  {
    void operator()(pvhop_recipe* recipe) const { pvhop_recipe_free(recipe); }
  };
  std::unique_ptr<pvhop_recipe, Free> Core;
};

/** One entry as text: what ParaView keeps, and core reads and writes. */
struct EntryText
{
  /** A file with the one entry. Empty, and `*failure`, if it cannot be written. */
  static QString write(const QString& name,
                       const Recipe& recipe,
                       const QStringList& ask,
                       Failure* failure);
  /** Reads an entry of ours. `text` is a whole file (<Servers>) with one entry in it. */
  static bool read(const QString& text,
                   QString* name,
                   Recipe* recipe,
                   QStringList* ask,
                   Failure* failure);
  /** Makes an entry of ours of one that is not. False: it cannot be done, `*why` says why; `*left`:
   * what could not be taken over. */
  static bool convert(const QString& text, QString* converted, QString* why, QStringList* left);
  /** The name that the wiki's convention gives. */
  static QString defaultName(const Recipe& recipe);
};

}

#endif
