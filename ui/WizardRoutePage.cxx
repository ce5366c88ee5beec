// SPDX-License-Identifier: BSD-3-Clause
#include "WizardRoutePage.h"

#include "CoreWords.h"
#include "Disclosure.h"
#include "PlainWords.h"
#include "RoutePicture.h"
#include "StateIcon.h"
#include "Wizard.h"
#include "WizardModel.h"
#include "Words.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QLabel>
#include <QRadioButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace pvhop
{

namespace
{
/// What people want who have no particular wish; the others stand under "All the ways".
bool isCommon(const QString& route)
{
  return route == QLatin1String("auto") || route == QLatin1String("tunnel") ||
         route == QLatin1String("two-hop-forward") || route == QLatin1String("direct");
}

bool needsNode(const QString& route)
{
  return route == QLatin1String("two-hop-forward") || route == QLatin1String("two-hop-reverse");
}
}

WizardRoutePage::WizardRoutePage(WizardModel* model, QWidget* parent)
  : QWizardPage(parent)
  , Model(model)
  , Picture(new RoutePicture(this))
  , Group(new QButtonGroup(this))
{
  this->setObjectName(QStringLiteral("routePage"));
  this->setTitle(tr("How will it connect?"));
  QVBoxLayout* layout = new QVBoxLayout(this);
  this->Picture->setObjectName(QStringLiteral("routePicture"));
  layout->addWidget(this->Picture);
  QScrollArea* scroll = new QScrollArea(this);
  scroll->setObjectName(QStringLiteral("routesArea"));
  scroll->setAccessibleName(tr("The ways to connect"));
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  QWidget* inside = new QWidget(scroll);
  this->Choices = new QVBoxLayout(inside);
  this->Choices->setContentsMargins(0, 0, 6, 0);
  this->Choices->addStretch(1);
  scroll->setWidget(inside);
  layout->addWidget(scroll, 1);
  this->Details = new QCheckBox(tr("&Details"), this);
  shade::outline(this->Details);
  this->Details->setObjectName(QStringLiteral("routeDetails"));
  this->Details->setToolTip(tr("What exactly was found, in words for administrators"));
  layout->addWidget(this->Details);
  QObject::connect(
    this->Group,
    static_cast<void (QButtonGroup::*)(QAbstractButton*)>(&QButtonGroup::buttonClicked),
    this,
    [this](QAbstractButton* button)
    {
      const QString route = button->property("route").toString();
      this->Model->set("route", route == QLatin1String("auto") ? QString() : route);
      this->draw();
    });
}

QString WizardRoutePage::remark(const QString& route, bool* possible, QString* exactly) const
{
  const ProbeResult& site = this->Model->site();
  *possible = true;
  if (needsNode(route) && !this->Model->hasJob())
  {
    *possible = false;
    return tr("Only where a batch system gives pvserver a node of its own.");
  }
  if (route == QLatin1String("auto"))
  {
    return site.Known && !site.Recommended.isEmpty()
             ? routeWords(route) + QLatin1Char(' ') +
                 tr("Here, now: %1.").arg(routeLabel(site.Recommended))
             : routeWords(route);
  }
  const auto found = site.Routes.constFind(route);
  if (found == site.Routes.constEnd())
  {
    return routeWords(route);
  }
  *possible = found->Possible;
  const QString why = coreWords(found->Why);
  const QString shown = isPlain(why) ? why : QString();
  *exactly = why == found->Why && isPlain(why) ? QString() : found->Why;
  return !found->Possible  ? (shown.isEmpty() ? routeNeeds(route) : shown)
         : shown.isEmpty() ? routeWords(route)
                           : routeWords(route) + QLatin1Char(' ') + shown;
}

void WizardRoutePage::addChoice(const QString& route,
                                const QString& words,
                                const QString& exactly,
                                bool possible,
                                QVBoxLayout* layout)
{
  const bool chosen = this->Model->recipe().get("route") == route;
  QWidget* parent = layout->parentWidget();
  QString title = routeLabel(route);
  if (route == QLatin1String("auto"))
  {
    title += tr(" (recommended)");
  }
  else if (!possible)
  {
    title += tr(" (not here)");
  }
  QRadioButton* button = new QRadioButton(title, parent);
  shade::outline(button);
  button->setObjectName(QStringLiteral("route-") + route);
  button->setProperty("route", route);
  button->setAccessibleDescription(words);
  button->setChecked(chosen);
  // One that the entry has already stays choosable: to see what it is, and that it will not work.
  button->setEnabled(possible || chosen);
  this->Group->addButton(button);
  layout->addWidget(button);
  const auto say = [&](const QString& text, const QString& name)
  {
    QLabel* label = new QLabel(text, parent);
    label->setObjectName(name);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setIndent(this->fontMetrics().height() * 3 / 2);
    QPalette faint = label->palette();
    faint.setColor(QPalette::WindowText, shade::faint(faint));
    label->setPalette(faint);
    layout->addWidget(label);
    return label;
  };
  say(words, QStringLiteral("route-%1-why").arg(route));
  if (!exactly.isEmpty())
  {
    QLabel* label = say(exactly, QStringLiteral("route-%1-detail").arg(route));
    label->setVisible(this->Details->isChecked());
    QObject::connect(this->Details, &QCheckBox::toggled, label, &QLabel::setVisible);
  }
}

void WizardRoutePage::initializePage()
{
  this->setSubTitle(
    this->Model->site().Known
      ? tr("These ways work with what %1 allows. If in doubt, leave it as it is.")
          .arg(this->Model->recipe().get("host").section(QLatin1Char('@'), -1))
      : tr("Nothing was looked at, so all ways are offered. If in doubt, leave it as it is."));
  delete this->List;
  this->List = new QWidget(this->Choices->parentWidget());
  QVBoxLayout* list = new QVBoxLayout(this->List);
  list->setContentsMargins(0, 0, 0, 0);
  QWidget* others = new QWidget(this->List);
  QVBoxLayout* otherList = new QVBoxLayout(others);
  otherList->setContentsMargins(0, 0, 0, 0);
  const QString now = this->Model->recipe().get("route");
  const QString recommended = this->Model->site().Recommended;
  bool any = false, anyFirst = false;
  for (const QString& route : routesInOrder())
  {
    bool possible = true;
    QString exactly;
    const QString words = this->remark(route, &possible, &exactly);
    const bool first = route == now || route == recommended || (isCommon(route) && possible);
    any = any || !exactly.isEmpty();
    anyFirst = anyFirst || (first && !exactly.isEmpty());
    this->addChoice(route, words, exactly, possible, first ? list : otherList);
  }
  auto* all =
    new Disclosure(tr("&All the ways, and why not each of them"), "allRoutes", others, this->List);
  list->addWidget(all);
  list->addWidget(others);
  this->Choices->insertWidget(0, this->List);
  // Where there is something to see.
  this->Details->setVisible(anyFirst);
  QObject::connect(all,
                   &Disclosure::toggled,
                   this->Details,
                   [this, any, anyFirst](bool open)
                   { this->Details->setVisible(anyFirst || (any && open)); });
  this->List->show();
  this->draw();
}

void WizardRoutePage::draw()
{
  const QString route = this->Model->recipe().get("route");
  const QString recommended = this->Model->site().Recommended;
  RouteView view;
  view.Route = route == QLatin1String("auto") && !recommended.isEmpty() ? recommended : route;
  view.FrontEnd = this->Model->recipe().get("host").section(QLatin1Char('@'), -1);
  view.Job = this->Model->hasJob();
  this->Picture->setView(view);
}

int WizardRoutePage::nextId() const
{
  return this->Model->needsJobPage() ? Wizard::JobPage : Wizard::FinishPage;
}

}
