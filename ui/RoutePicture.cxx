// SPDX-License-Identifier: BSD-3-Clause
#include "RoutePicture.h"

#include "StateIcon.h"

#include <QPainter>
#include <QPainterPath>
#include <QVariantAnimation>

#include <cmath>

namespace pvhop
{

namespace
{
/// The traits of a route that decide how it is drawn.
struct Shape
{
  bool Forward;    ///< opened from the client's side
  bool InTube;     ///< inside ssh between the client and the front end
  bool TubeToNode; ///< ssh goes on to the node
  bool Past;       ///< does not stop at the front end
};

Shape shapeOf(const QString& route)
{
  if (route == QLatin1String("direct"))
  {
    return { false, false, false, true };
  }
  if (route == QLatin1String("relay"))
  {
    return { false, false, false, false };
  }
  if (route == QLatin1String("two-hop-forward") || route == QLatin1String("stdio"))
  {
    return { true, true, false, false };
  }
  if (route == QLatin1String("two-hop-reverse"))
  {
    return { false, true, true, false };
  }
  return { false, true, false, false }; // tunnel, relay-tunnel, auto
}

QPainterPath arrowHead(const QPointF& tip, double angle, double size)
{
  QPainterPath path(tip);
  for (const double side : { 2.65, -2.65 })
  {
    path.lineTo(tip + size * QPointF(std::cos(angle + side), std::sin(angle + side)));
  }
  path.closeSubpath();
  return path;
}

/// Everything that is drawn, at one size.
class Painting
{
public:
  Painting(QPainter& painter,
           const RouteView& view,
           const QPalette& palette,
           const QFont& font,
           const QRectF& area,
           double pulse)
    : P(painter)
    , V(view)
    , Colours(palette)
    , Font(font)
    , Small(font)
    , Form(shapeOf(view.Route))
    , Pulse(pulse)
  {
    this->Small.setPointSizeF(qMax(6.0, font.pointSizeF() * 0.85));
    this->Em = QFontMetricsF(font).height();
    const double boxWidth =
      qMin(area.width() * (view.Job ? 0.22 : 0.30), this->Em * (view.Job ? 11.0 : 14.0));
    const double height = qMin(area.height(), this->Em * 4.4);
    const double top = area.top() + (area.height() - height) / 2;
    this->Client = QRectF(area.left() + 1, top, boxWidth, height);
    this->Last = QRectF(area.right() - boxWidth - 1, top, boxWidth, height);
    this->Front = this->Last;
    if (view.Job)
    {
      // A little right of the middle: the way through the wall is what the picture is about.
      this->Front.moveLeft(area.left() + (area.width() - boxWidth) * 0.54);
    }
    const double gap = this->Front.left() - this->Client.right();
    this->Wall = QRectF(this->Client.right() + gap * 0.5 - this->Em * 0.45,
                        top - this->Em * 0.1,
                        this->Em * 0.9,
                        height + this->Em * 0.2);
    this->TubeY = this->Form.InTube ? top + height * 0.60 : top + height * 0.42;
    this->LineY = this->Form.InTube ? this->TubeY : top + height * 0.78;
  }

  void draw()
  {
    this->wall();
    this->tube(this->Client.right(), this->Front.left());
    if (this->Form.TubeToNode && this->V.Job)
    {
      this->tube(this->Front.right(), this->Last.left());
    }
    if (this->Form.Past && this->V.Job)
    {
      this->connection(); // passes behind the front end
    }
    this->box(this->Client,
              QObject::tr("Your computer"),
              QStringLiteral("ParaView"),
              true,
              RouteView::Standing);
    const QString front = this->V.FrontEnd.isEmpty() ? QObject::tr("front end") : this->V.FrontEnd;
    if (this->V.Job)
    {
      const bool passes = this->Form.Past;
      this->box(this->Front, front, passes ? QString() : this->frontRole(), false, this->V.Login);
      this->box(this->Last,
                this->V.Node.isEmpty() ? QObject::tr("node") : this->V.Node,
                QStringLiteral("pvserver"),
                true,
                this->V.Server);
    }
    else
    {
      this->box(this->Front,
                front,
                QStringLiteral("pvserver"),
                true,
                this->V.Login == RouteView::Standing ? this->V.Server : this->V.Login);
    }
    if (!(this->Form.Past && this->V.Job))
    {
      this->connection();
    }
    this->ports();
  }

private:
  QString frontRole() const
  {
    if (this->V.Route == QLatin1String("relay") || this->V.Route == QLatin1String("relay-tunnel") ||
        this->V.Route == QLatin1String("stdio"))
    {
      return QObject::tr("passes on");
    }
    return QString();
  }

  QColor colour(RouteView::State state, const QColor& standing) const
  {
    QColor c = standing;
    switch (state)
    {
      case RouteView::Idle:
        c = shade::faint(this->Colours);
        c.setAlphaF(0.55);
        break;
      case RouteView::Working:
        c.setAlphaF(0.30 + 0.70 * this->Pulse);
        break;
      case RouteView::Standing:
        break;
      case RouteView::Broken:
        c = shade::bad(this->Colours);
        break;
    }
    return c;
  }

  void wall()
  {
    const QColor line = shade::faint(this->Colours);
    QColor brick = line;
    brick.setAlphaF(0.28);
    this->P.setPen(QPen(line, 1));
    this->P.setBrush(brick);
    this->P.drawRect(this->Wall);
    const int rows = 9;
    const double step = this->Wall.height() / rows;
    for (int i = 0; i < rows; ++i)
    {
      const double y = this->Wall.top() + i * step;
      this->P.drawLine(QPointF(this->Wall.left(), y), QPointF(this->Wall.right(), y));
      const double x = this->Wall.left() + this->Wall.width() * (i % 2 ? 0.66 : 0.34);
      this->P.drawLine(QPointF(x, y), QPointF(x, y + step));
    }
    this->P.setFont(this->Small);
    this->P.setPen(shade::faint(this->Colours));
    const double width = this->Em * 6;
    this->P.drawText(QRectF(this->Wall.center().x() - width / 2,
                            this->Wall.bottom() + this->Em * 0.1,
                            width,
                            this->Em * 1.1),
                     Qt::AlignHCenter | Qt::AlignTop,
                     QObject::tr("firewall"));
  }

  void tube(double from, double to)
  {
    const double thick = this->Em * 0.85;
    const QRectF body(from - 2, this->TubeY - thick / 2, to - from + 4, thick);
    const QColor edge = this->colour(this->V.Login, shade::good(this->Colours));
    // Opaque ground first: the line goes through the wall, not behind it.
    this->P.setPen(Qt::NoPen);
    this->P.setBrush(this->Colours.color(QPalette::Window));
    this->P.drawRect(body);
    QColor fill = edge;
    fill.setAlphaF(edge.alphaF() * 0.30);
    this->P.setBrush(fill);
    this->P.drawRect(body);
    QPen pen(edge, 1.6, this->V.Login == RouteView::Idle ? Qt::DashLine : Qt::SolidLine);
    this->P.setPen(pen);
    this->P.drawLine(body.topLeft(), body.topRight());
    this->P.drawLine(body.bottomLeft(), body.bottomRight());
    this->P.setFont(this->Small);
    this->P.setPen(this->V.Login == RouteView::Idle ? shade::faint(this->Colours) : edge);
    this->P.drawText(QRectF(body.left() + 6, body.top() - this->Em * 1.15, this->Em * 4, this->Em),
                     Qt::AlignLeft | Qt::AlignBottom,
                     QStringLiteral("ssh"));
    if (this->V.Login == RouteView::Broken && from < this->Wall.left())
    {
      this->cross(QPointF(body.right() - body.width() * 0.25, body.center().y()));
    }
  }

  void box(const QRectF& rect,
           const QString& name,
           const QString& role,
           bool chip,
           RouteView::State state)
  {
    const bool bad = state == RouteView::Broken;
    const QColor edge = bad ? shade::bad(this->Colours) : this->Colours.color(QPalette::WindowText);
    QColor line = edge;
    if (state == RouteView::Idle)
    {
      line = shade::faint(this->Colours);
    }
    this->P.setPen(QPen(line, bad ? 2.2 : 1.4));
    this->P.setBrush(this->Colours.color(QPalette::Base));
    this->P.drawRoundedRect(rect, 5, 5);
    QFont bold(this->Font);
    bold.setBold(true);
    this->P.setFont(bold);
    this->P.setPen(state == RouteView::Idle ? shade::faint(this->Colours)
                                            : this->Colours.color(QPalette::Text));
    const QRectF head(rect.left() + 5, rect.top() + 3, rect.width() - 10, this->Em * 1.3);
    // A little smaller rather than cut off; then cut off.
    for (int i = 0; i < 3 && QFontMetricsF(bold).horizontalAdvance(name) > head.width(); ++i)
    {
      bold.setPointSizeF(bold.pointSizeF() * 0.9);
    }
    this->P.setFont(bold);
    const QString shown = QFontMetricsF(bold).elidedText(name, Qt::ElideMiddle, head.width());
    this->P.drawText(head, Qt::AlignCenter, shown);
    if (role.isEmpty())
    {
      return;
    }
    this->P.setFont(this->Small);
    const double width =
      qMin(rect.width() - 12, QFontMetricsF(this->Small).horizontalAdvance(role) + this->Em);
    const double y = this->Form.InTube ? this->TubeY : rect.top() + rect.height() * 0.60;
    const QRectF pill(rect.center().x() - width / 2, y - this->Em * 0.65, width, this->Em * 1.3);
    if (chip)
    {
      QColor fill = this->colour(state, shade::connection(this->Colours));
      this->P.setPen(QPen(fill, 1.2, state == RouteView::Idle ? Qt::DashLine : Qt::SolidLine));
      fill.setAlphaF(fill.alphaF() * 0.16);
      this->P.setBrush(fill);
      this->P.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2);
      this->P.setPen(state == RouteView::Idle ? shade::faint(this->Colours)
                                              : this->Colours.color(QPalette::Text));
    }
    else
    {
      this->P.setPen(shade::faint(this->Colours));
      const QRectF above(rect.left(), this->LineY - this->Em * 1.2, rect.width(), this->Em * 1.1);
      this->P.drawText(above, Qt::AlignCenter, role);
      return;
    }
    this->P.drawText(pill, Qt::AlignCenter, role);
  }

  void connection()
  {
    const QColor ink = this->colour(this->V.Connection, shade::connection(this->Colours));
    const Qt::PenStyle style = this->V.Connection == RouteView::Idle ? Qt::DashLine : Qt::SolidLine;
    const double head = this->Em * 0.55;
    const double left = this->Client.right();
    const double right = this->V.Job ? this->Last.left() : this->Front.left();
    const double y = this->LineY;
    this->P.setPen(QPen(ink, 2.4, style, Qt::FlatCap));
    if (this->V.Job && !this->Form.Past)
    {
      // Across the front end it is drawn thin: what stops there and is passed on.
      this->P.drawLine(QPointF(left, y), QPointF(this->Front.left(), y));
      this->P.drawLine(QPointF(this->Front.right(), y), QPointF(right, y));
      this->P.setPen(QPen(ink, 1.4, Qt::DotLine));
      this->P.drawLine(QPointF(this->Front.left(), y), QPointF(this->Front.right(), y));
    }
    else
    {
      this->P.drawLine(QPointF(left, y), QPointF(right, y));
    }
    this->P.setPen(Qt::NoPen);
    this->P.setBrush(ink);
    const double angle = this->Form.Forward ? 0 : M_PI;
    if (this->Form.Forward)
    {
      this->P.drawPath(arrowHead(QPointF(right, y), angle, head));
      if (this->V.Job)
      {
        this->P.drawPath(arrowHead(QPointF(this->Front.left(), y), angle, head * 0.8));
      }
    }
    else
    {
      this->P.drawPath(arrowHead(QPointF(left, y), angle, head));
      if (this->V.Job && !this->Form.Past)
      {
        this->P.drawPath(arrowHead(QPointF(this->Front.right(), y), angle, head * 0.8));
      }
    }
    if (this->V.Connection == RouteView::Broken)
    {
      this->cross(QPointF((this->Wall.right() + this->Front.left()) / 2, y));
    }
  }

  void cross(const QPointF& at)
  {
    const double r = this->Em * 0.42;
    this->P.setPen(Qt::NoPen);
    this->P.setBrush(shade::bad(this->Colours));
    this->P.drawEllipse(at, r * 1.35, r * 1.35);
    this->P.setPen(QPen(this->Colours.color(QPalette::Base), 2, Qt::SolidLine, Qt::RoundCap));
    const double d = r * 0.6;
    this->P.drawLine(at + QPointF(-d, -d), at + QPointF(d, d));
    this->P.drawLine(at + QPointF(d, -d), at + QPointF(-d, d));
  }

  /// A port stands beside the end that listens.
  void ports()
  {
    const double y = this->LineY + this->Em * 0.45;
    this->P.setFont(this->Small);
    this->P.setPen(shade::faint(this->Colours));
    const double width = this->Em * 4;
    const auto say = [&](double x, Qt::Alignment side, int port)
    {
      if (port > 0)
      {
        const double from = side & Qt::AlignRight ? x - width - 4 : x + 4;
        this->P.drawText(QRectF(from, y, width, this->Em * 1.1),
                         side | Qt::AlignTop,
                         QStringLiteral(":%1").arg(port));
      }
    };
    say(this->Client.right(), Qt::AlignLeft, this->V.ClientPort);
    if (this->V.Job)
    {
      if (!this->Form.Past && !this->Form.Forward && !this->Form.TubeToNode)
      {
        say(this->Front.right(), Qt::AlignLeft, this->V.FrontEndPort);
      }
      say(this->Last.left(), Qt::AlignRight, this->V.NodePort);
    }
    else
    {
      say(this->Front.left(),
          Qt::AlignRight,
          this->V.NodePort ? this->V.NodePort : this->V.FrontEndPort);
    }
  }

  QPainter& P;
  const RouteView& V;
  const QPalette& Colours;
  QFont Font, Small;
  Shape Form;
  double Pulse;
  double Em = 14;
  QRectF Client, Front, Last, Wall;
  double TubeY = 0, LineY = 0;
};
}

RoutePicture::RoutePicture(QWidget* parent)
  : QWidget(parent)
  , Pulse(new QVariantAnimation(this))
{
  this->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  this->Pulse->setStartValue(0.0);
  this->Pulse->setKeyValueAt(0.5, 1.0);
  this->Pulse->setEndValue(0.0);
  this->Pulse->setDuration(1400);
  this->Pulse->setLoopCount(-1);
  QObject::connect(
    this->Pulse, &QVariantAnimation::valueChanged, this, [this]() { this->update(); });
  this->setView(RouteView());
}

const RouteView& RoutePicture::view() const
{
  return this->Shown;
}

void RoutePicture::setView(const RouteView& view)
{
  this->Shown = view;
  const bool works = view.Login == RouteView::Working || view.Server == RouteView::Working ||
                     view.Connection == RouteView::Working;
  if (works && this->Pulse->state() != QAbstractAnimation::Running)
  {
    this->Pulse->start();
  }
  else if (!works)
  {
    this->Pulse->stop();
  }
  const QString words = inWords(view);
  this->setAccessibleName(words);
  this->setToolTip(words);
  this->update();
}

void RoutePicture::setLegendVisible(bool visible)
{
  this->Legend = visible;
  this->updateGeometry();
  this->update();
}

QSize RoutePicture::sizeHint() const
{
  const int em = this->fontMetrics().height();
  return QSize(em * 38, em * (this->Legend ? 8 : 6));
}

QSize RoutePicture::minimumSizeHint() const
{
  const int em = this->fontMetrics().height();
  return QSize(em * 28, em * (this->Legend ? 8 : 6));
}

QString RoutePicture::inWords(const RouteView& view)
{
  const QString front = view.FrontEnd.isEmpty() ? tr("the front end") : view.FrontEnd;
  const QString server = view.Job ? (view.Node.isEmpty() ? tr("its node") : view.Node) : front;
  const Shape form = shapeOf(view.Route);
  if (form.Forward)
  {
    return tr("ParaView connects through the ssh login on %1 to pvserver on %2.")
      .arg(front, server);
  }
  if (form.TubeToNode)
  {
    return tr("pvserver on %2 connects to ParaView through ssh, by way of %1.").arg(front, server);
  }
  if (form.InTube)
  {
    return view.Job ? tr("pvserver on %2 connects to %1, and from there through ssh to ParaView.")
                        .arg(front, server)
                    : tr("pvserver on %1 connects to ParaView through ssh.").arg(front);
  }
  return form.Past || !view.Job
           ? tr("pvserver on %1 connects straight to this computer, not encrypted.").arg(server)
           : tr(
               "pvserver on %2 connects to %1, which passes it on to this computer, not encrypted.")
               .arg(front, server);
}

void RoutePicture::paintEvent(QPaintEvent*)
{
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const double em = QFontMetricsF(this->font()).height();
  QRectF area = QRectF(this->rect()).adjusted(0, em * 0.3, 0, -em * 1.2);
  if (this->Legend)
  {
    area.setBottom(area.bottom() - em * 1.3);
  }
  Painting(painter,
           this->Shown,
           this->palette(),
           this->font(),
           area,
           this->Pulse->state() == QAbstractAnimation::Running
             ? this->Pulse->currentValue().toDouble()
             : 1.0)
    .draw();
  if (!this->Legend)
  {
    return;
  }
  QFont small(this->font());
  small.setPointSizeF(qMax(6.0, this->font().pointSizeF() * 0.85));
  painter.setFont(small);
  const QFontMetricsF metrics(small);
  const double y = this->height() - em * 0.7;
  const QString secured = tr("protected by ssh");
  const QString opened = tr("ParaView's connection, in the direction in which it is opened");
  double x = 2;
  const QColor good = shade::good(this->palette());
  QColor fill = good;
  fill.setAlphaF(0.30);
  painter.fillRect(QRectF(x, y - em * 0.35, em * 1.8, em * 0.7), fill);
  painter.setPen(QPen(good, 1.6));
  painter.drawLine(QPointF(x, y - em * 0.35), QPointF(x + em * 1.8, y - em * 0.35));
  painter.drawLine(QPointF(x, y + em * 0.35), QPointF(x + em * 1.8, y + em * 0.35));
  x += em * 2.2;
  painter.setPen(shade::faint(this->palette()));
  painter.drawText(QPointF(x, y + metrics.ascent() / 2 - 1), secured);
  x += metrics.horizontalAdvance(secured) + em * 1.5;
  const QColor ink = shade::connection(this->palette());
  painter.setPen(QPen(ink, 2.4));
  painter.drawLine(QPointF(x + em * 0.4, y), QPointF(x + em * 1.8, y));
  painter.setPen(Qt::NoPen);
  painter.setBrush(ink);
  painter.drawPath(arrowHead(QPointF(x, y), M_PI, em * 0.55));
  x += em * 2.2;
  painter.setPen(shade::faint(this->palette()));
  painter.drawText(QPointF(x, y + metrics.ascent() / 2 - 1),
                   metrics.elidedText(opened, Qt::ElideRight, this->width() - x));
}

}
