// SPDX-License-Identifier: BSD-3-Clause
#include "PvhopTestDriverStart.h"

#include <pqActiveObjects.h>
#include <pqApplicationCore.h>
#include <pqCoreUtilities.h>
#include <pqObjectBuilder.h>
#include <pqOutputPort.h>
#include <pqPipelineSource.h>
#include <pqRenderView.h>
#include <pqSaveScreenshotReaction.h>
#include <pqServer.h>
#include <pqServerDisconnectReaction.h>
#include <pqServerManagerModel.h>
#include <pqServerResource.h>
#include <vtkPVDataInformation.h>
#include <vtkPVPluginsInformation.h>
#include <vtkSMPluginManager.h>
#include <vtkSMProxyManager.h>
#include <vtkSMSourceProxy.h>

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QDialogButtonBox>
#include <QFile>
#include <QImage>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>
#include <QMessageBox>
#include <QPixmap>
#include <QPushButton>
#include <QScreen>
#include <QSet>
#include <QSpinBox>
#include <QTableWidget>

#include <csignal>

namespace
{
const int StepLimitMs = 200000;
const int QuitLimitMs = 100000;
}

PvhopTestDriverStart::PvhopTestDriverStart(QObject* parent)
  : QObject(parent)
{
}

void PvhopTestDriverStart::startup()
{
  QFile file(QString::fromLocal8Bit(qgetenv("PVHOP_DRIVER_STEPS")));
  if (!file.open(QIODevice::ReadOnly))
  {
    return;
  }
  this->Steps = QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
  QObject::connect(&this->Timer, &QTimer::timeout, this, [this]() { this->turn(); });
  this->Since.start();
  this->Timer.start(20);
}

void PvhopTestDriverStart::report(const QString& line)
{
  QFile file(QString::fromLocal8Bit(qgetenv("PVHOP_DRIVER_REPORT")));
  if (file.open(QIODevice::Append))
  {
    file.write(line.toUtf8() + '\n');
  }
}

void PvhopTestDriverStart::turn()
{
  // A pvserver without a display makes ParaView 5.11 say so half a second after it has connected,
  // be it still in the middle of that, and wait for somebody to press OK.
  QMessageBox* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
  if (box && box->text().contains(QLatin1String("Remote rendering will be disabled")))
  {
    if (this->find<QWidget>(QStringLiteral("pvhopConnectWindow")))
    {
      this->report(QStringLiteral("two windows in each other's way"));
    }
    QTimer::singleShot(0, box, &QDialog::accept);
    return;
  }
  // A ParaView that waits for a server has none.
  this->Started =
    this->Started || (pqCoreUtilities::mainWidget() && pqCoreUtilities::mainWidget()->isVisible() &&
                      pqActiveObjects::instance().activeServer());
  if (!this->Started)
  {
    return;
  }
  if (this->Turned.isValid())
  {
    this->Longest = qMax(this->Longest, this->Turned.elapsed());
  }
  this->Turned.start();
  if (this->Steps.isEmpty())
  {
    if (this->Since.elapsed() > QuitLimitMs)
    {
      this->report(QStringLiteral("stuck at: quit"));
      ::_exit(3);
    }
    return;
  }
  if (pqApplicationCore::instance()->isLoadingState())
  {
    return; // its progress turns the event loop, in the middle of it
  }
  const QString line = this->Steps.first();
  if (this->step(line.section(QLatin1Char(' '), 0, 0), line.section(QLatin1Char(' '), 1)))
  {
    this->Steps.removeFirst();
    this->Since.restart();
  }
  else if (this->Since.elapsed() > StepLimitMs)
  {
    this->report(QStringLiteral("stuck at: ") + line);
    for (const QWidget* window : QApplication::topLevelWidgets())
    {
      if (window->isVisible())
      {
        this->report(
          QStringLiteral("in sight: %1 \"%2\"").arg(window->objectName(), window->windowTitle()));
      }
    }
    this->Steps.clear();
    if (QScreen* screen = QGuiApplication::primaryScreen())
    {
      screen->grabWindow(0).save(QString::fromLocal8Bit(qgetenv("PVHOP_DRIVER_REPORT")) +
                                 QStringLiteral(".png"));
    }
    ::_exit(3);
  }
}

template<class T>
T* PvhopTestDriverStart::find(const QString& name)
{
  for (QWidget* top : QApplication::topLevelWidgets())
  {
    if (!top->isVisible())
    {
      continue;
    }
    if (T* self = qobject_cast<T*>(top))
    {
      if (self->objectName() == name)
      {
        return self;
      }
    }
    for (T* found : top->findChildren<T*>(name))
    {
      if (found->isVisible() && found->isEnabled())
      {
        return found;
      }
    }
  }
  return nullptr;
}

bool PvhopTestDriverStart::step(const QString& word, const QString& rest)
{
  const bool touchesServer = word == QLatin1String("sphere") || word == QLatin1String("points") ||
                             word == QLatin1String("picture") ||
                             word == QLatin1String("disconnect") || word == QLatin1String("quit");
  if (touchesServer &&
      (QApplication::activeModalWidget() || !pqActiveObjects::instance().activeServer()))
  {
    return false; // not under a window that is still waiting in the middle of something
  }
  // What may open a window and wait in it is done on the next turn, so that this timer goes on.
  if (word == QLatin1String("activate"))
  {
    for (QAction* action : pqCoreUtilities::mainWidget()->findChildren<QAction*>(rest))
    {
      QTimer::singleShot(0, action, &QAction::trigger);
      return true;
    }
    return false;
  }
  if (word == QLatin1String("click"))
  {
    QAbstractButton* button = this->find<QAbstractButton>(rest);
    if (button)
    {
      QTimer::singleShot(0, button, &QAbstractButton::click);
    }
    return button;
  }
  if (word == QLatin1String("ok") || word == QLatin1String("yes"))
  {
    QWidget* modal = QApplication::activeModalWidget();
    QDialogButtonBox* box = modal ? modal->findChild<QDialogButtonBox*>() : nullptr;
    QPushButton* button =
      box ? box->button(word == QLatin1String("ok") ? QDialogButtonBox::Ok : QDialogButtonBox::Yes)
          : nullptr;
    if (button)
    {
      QTimer::singleShot(0, button, &QAbstractButton::click);
    }
    return button;
  }
  if (word == QLatin1String("select"))
  {
    QTableWidget* table = this->find<QTableWidget>(QStringLiteral("servers"));
    const QList<QTableWidgetItem*> items =
      table ? table->findItems(rest, Qt::MatchExactly) : QList<QTableWidgetItem*>();
    if (items.isEmpty())
    {
      return false;
    }
    table->setCurrentItem(items.first());
    return true;
  }
  if (word == QLatin1String("type"))
  {
    const QString name = rest.section(QLatin1Char(' '), 0, 0);
    const QString text = rest.section(QLatin1Char(' '), 1);
    if (QLineEdit* field = this->find<QLineEdit>(name))
    {
      field->setText(text);
      return true;
    }
    if (QSpinBox* box = this->find<QSpinBox>(name))
    {
      box->setValue(text.toInt());
      return true;
    }
    return false;
  }
  if (word == QLatin1String("keys") || word == QLatin1String("keys-from"))
  {
    QLineEdit* field = this->find<QLineEdit>(rest.section(QLatin1Char(' '), 0, 0));
    QString text = rest.section(QLatin1Char(' '), 1);
    if (word == QLatin1String("keys-from"))
    {
      QFile file(text);
      text =
        file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()).trimmed() : QString();
    }
    if (!field || text.isEmpty())
    {
      return false;
    }
    field->selectAll();
    for (const QChar c : text)
    {
      QKeyEvent press(QEvent::KeyPress, 0, Qt::NoModifier, c);
      QCoreApplication::sendEvent(field, &press);
    }
    return true;
  }
  if (word == QLatin1String("window"))
  {
    return this->find<QWidget>(rest);
  }
  if (word == QLatin1String("no-window"))
  {
    return !this->find<QWidget>(rest);
  }
  if (word == QLatin1String("label"))
  {
    QLabel* label = this->find<QLabel>(rest);
    if (!label || label->text().isEmpty())
    {
      return false;
    }
    this->report(rest + QStringLiteral(": ") + label->text());
    return true;
  }
  if (word == QLatin1String("times"))
  {
    QFile file(rest.section(QLatin1Char(' '), 1, 1));
    return file.open(QIODevice::ReadOnly) &&
           QString::fromUtf8(file.readAll()).count(rest.section(QLatin1Char(' '), 2)) >=
             rest.section(QLatin1Char(' '), 0, 0).toInt();
  }
  if (word == QLatin1String("servers") || word == QLatin1String("active"))
  {
    const QList<pqServer*> all =
      pqApplicationCore::instance()->getServerManagerModel()->findItems<pqServer*>();
    if (word == QLatin1String("active") && all.size() > rest.toInt())
    {
      pqActiveObjects::instance().setActiveServer(all.at(rest.toInt()));
      return true;
    }
    return word == QLatin1String("servers") && all.size() == rest.toInt();
  }
  if (word == QLatin1String("server") || word == QLatin1String("other-server"))
  {
    pqServer* server = pqActiveObjects::instance().activeServer();
    const QString uri = server ? server->getResource().schemeHostsPorts().toURI() : QString();
    if (!server || server->getResource().scheme() != rest ||
        (word == QLatin1String("other-server") && uri == this->Server))
    {
      return false;
    }
    this->report(QStringLiteral("server ") + uri);
    this->Server = uri;
    return true;
  }
  if (word == QLatin1String("plugins"))
  {
    vtkPVPluginsInformation* plugins =
      vtkSMProxyManager::GetProxyManager()->GetPluginManager()->GetLocalInformation();
    for (unsigned i = 0; i < plugins->GetNumberOfPlugins(); ++i)
    {
      this->report(QStringLiteral("plugin %1 %2 %3")
                     .arg(QString::fromUtf8(plugins->GetPluginName(i)),
                          QString::fromUtf8(plugins->GetPluginVersion(i)),
                          plugins->GetPluginLoaded(i) ? QStringLiteral("loaded")
                                                      : QStringLiteral("not loaded")));
    }
    return true;
  }
  if (word == QLatin1String("sphere"))
  {
    pqPipelineSource* source = pqApplicationCore::instance()->getObjectBuilder()->createSource(
      QStringLiteral("sources"),
      QStringLiteral("SphereSource"),
      pqActiveObjects::instance().activeServer());
    source->updatePipeline();
    this->report(QStringLiteral("points %1")
                   .arg(source->getOutputPort(0)->getDataInformation()->GetNumberOfPoints()));
    return true;
  }
  if (word == QLatin1String("picture"))
  {
    return this->picture(rest);
  }
  if (word == QLatin1String("compare"))
  {
    this->compare(rest.section(QLatin1Char(' '), 0, 0), rest.section(QLatin1Char(' '), 1));
    return true;
  }
  if (word == QLatin1String("points"))
  {
    pqServer* server = pqActiveObjects::instance().activeServer();
    for (pqPipelineSource* source :
         pqApplicationCore::instance()->getServerManagerModel()->findItems<pqPipelineSource*>(
           server))
    {
      source->updatePipeline();
      if (source->getOutputPort(0)->getDataInformation()->GetNumberOfPoints() == rest.toInt())
      {
        return true;
      }
    }
    return false;
  }
  if (word == QLatin1String("kill"))
  {
    QFile file(rest);
    const int pid = file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().toInt() : 0;
    if (pid <= 1 || ::kill(pid, SIGKILL) != 0)
    {
      return false;
    }
    QElapsedTimer waited;
    waited.start();
    while (!this->find<QWidget>(QStringLiteral("pvhopLostDialog")) &&
           waited.elapsed() < StepLimitMs)
    {
      QCoreApplication::processEvents(QEventLoop::X11ExcludeTimers);
    }
    return true;
  }
  if (word == QLatin1String("disconnect"))
  {
    QTimer::singleShot(0, this, []() { pqServerDisconnectReaction::disconnectFromServer(); });
    return true;
  }
  if (word == QLatin1String("measure"))
  {
    this->Longest = 0;
    return true;
  }
  if (word == QLatin1String("longest"))
  {
    this->report(QStringLiteral("longest %1 ms").arg(this->Longest));
    return true;
  }
  if (word == QLatin1String("wait-file"))
  {
    return QFile::exists(rest);
  }
  if (word == QLatin1String("shoot"))
  {
    QGuiApplication::primaryScreen()->grabWindow(0).save(rest);
    return true;
  }
  if (word == QLatin1String("quit") || word == QLatin1String("leave"))
  {
    QTimer::singleShot(0, qApp, []() { QApplication::closeAllWindows(); });
    QTimer::singleShot(0, qApp, &QCoreApplication::quit);
    return true;
  }
  this->report(QStringLiteral("no such step: ") + word);
  return true;
}

bool PvhopTestDriverStart::picture(const QString& file)
{
  pqServer* server = pqActiveObjects::instance().activeServer();
  pqRenderView* view = qobject_cast<pqRenderView*>(pqActiveObjects::instance().activeView());
  const QList<pqPipelineSource*> sources =
    pqApplicationCore::instance()->getServerManagerModel()->findItems<pqPipelineSource*>(server);
  if (!view || view->getServer() != server || sources.isEmpty())
  {
    return false; // the view of a new server comes with the event loop
  }
  pqOutputPort* port = sources.last()->getOutputPort(0);
  if (!port->getRepresentation(view))
  {
    pqApplicationCore::instance()->getObjectBuilder()->createDataRepresentation(port, view);
  }
  view->resetDisplay();
  view->forceRender();
  // What it returns is not whether it was saved.
  pqSaveScreenshotReaction::saveScreenshot(file, QSize(400, 300), 100);
  return QFile::exists(file);
}

void PvhopTestDriverStart::compare(const QString& one, const QString& other)
{
  const QImage a = QImage(one).convertToFormat(QImage::Format_RGB32);
  const QImage b = QImage(other).convertToFormat(QImage::Format_RGB32);
  QSet<QRgb> colours;
  int different = a.isNull() || a.size() != b.size() ? -1 : 0;
  for (int y = 0; different >= 0 && y < a.height(); ++y)
  {
    for (int x = 0; x < a.width(); ++x)
    {
      colours.insert(a.pixel(x, y));
      different += a.pixel(x, y) != b.pixel(x, y) ? 1 : 0;
    }
  }
  this->report(QStringLiteral("different %1 colours %2").arg(different).arg(colours.size()));
}
