#include "widgets/figures/figure_tips.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QHeaderView>
#include <QHelpEvent>
#include <QToolTip>
#include <QVariant>
#include <QWhatsThis>

#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr char key_property[] = "figure", columns_property[] = "figure_columns",
               source_property[] = "figure_source", request_property[] = "figure_on_request";

struct SourceOf {
  std::function<FigureSource()> make;
};

/// The view whose viewport this is.
const QAbstractItemView* view_with_viewport(const QWidget& widget) {
  const auto* view = qobject_cast<const QAbstractItemView*>(widget.parentWidget());
  return view != nullptr && view->viewport() == &widget ? view : nullptr;
}

QString key_of_column(const QAbstractItemView& view, int column) {
  const QStringList columns = view.property(columns_property).toStringList();
  if (column >= 0 && column < columns.size()) return columns[column];
  return columns.isEmpty() ? view.property(key_property).toString() : QString();
}

QString key_of_section(const QHeaderView& head, const QPoint& place) {
  const int section = head.logicalIndexAt(place);
  if (section < 0) return {};
  const auto* view = qobject_cast<const QAbstractItemView*>(head.parentWidget());
  return view != nullptr && head.orientation() == Qt::Horizontal ? key_of_column(*view, section)
                                                                 : QString();
}

/// Qt breaks the lines of rich text alone, and words of a command may look like some.
QString in_lines(const QString& text) {
  constexpr qsizetype longest = 88;
  QStringList lines;
  for (const QString& paragraph : text.split(u'\n')) {
    QString line;
    for (const QString& word : paragraph.split(u' ')) {
      if (!line.isEmpty() && line.size() + 1 + word.size() > longest) {
        lines << line;
        line.clear();
      }
      line += (line.isEmpty() ? QString() : QStringLiteral(" ")) + word;
    }
    lines << line;
  }
  return lines.join(u'\n');
}

}  // namespace

void explain(QWidget* widget, std::string_view figure) {
  widget->setProperty(key_property, text_of(figure));
}

void explain_on_request(QWidget* widget, std::string_view figure) {
  widget->setProperty(request_property, text_of(figure));
}

void explain_columns(QAbstractItemView* view, std::initializer_list<std::string_view> figures) {
  QStringList keys;
  for (const std::string_view figure : figures) keys << text_of(figure);
  view->setProperty(columns_property, keys);
}

void set_figure_source(QWidget* widget, std::function<FigureSource()> source) {
  widget->setProperty(source_property, QVariant::fromValue(SourceOf{std::move(source)}));
}

QString figure_of_item(const QAbstractItemView& view, const QModelIndex& index) {
  if (!index.isValid()) return {};
  const QString own = index.data(figure_role).toString();
  return own.isEmpty() ? key_of_column(view, index.column()) : own;
}

QString figure_at(const QWidget& widget, const QPoint& place) {
  if (const auto* head = qobject_cast<const QHeaderView*>(view_with_viewport(widget)))
    return key_of_section(*head, place);
  if (const QAbstractItemView* view = view_with_viewport(widget))
    return figure_of_item(*view, view->indexAt(place));
  const QString own = widget.property(key_property).toString();
  if (!own.isEmpty()) return own;
  // A viewport is its area's, and what a plot is drawn on the plot's.
  const QWidget* parent = widget.parentWidget();
  const auto* area = qobject_cast<const QAbstractScrollArea*>(parent);
  return area != nullptr && area->viewport() == &widget ? area->property(key_property).toString()
                                                        : QString();
}

namespace {

/// With what the widget and its parents say, the nearest first.
FigureSource with_parents(FigureSource source, const QWidget& widget) {
  for (const QWidget* from = &widget; from != nullptr; from = from->parentWidget()) {
    const QVariant own = from->property(source_property);
    if (!own.isValid()) continue;
    const FigureSource further = own.value<SourceOf>().make();
    for (auto word = further.constBegin(); word != further.constEnd(); ++word)
      if (!source.contains(word.key())) source.insert(word.key(), word.value());
  }
  return source;
}

}  // namespace

FigureSource figure_source_at(const QWidget& widget, const QPoint& place) {
  if (const QAbstractItemView* view = view_with_viewport(widget))
    return figure_source_of_item(*view, view->indexAt(place));
  return with_parents({}, widget);
}

FigureSource figure_source_of_item(const QAbstractItemView& view, const QModelIndex& index) {
  return with_parents(index.data(figure_source_role).value<FigureSource>(), *view.viewport());
}

FigureTips::FigureTips(QWidget* window) : QObject(window), window_(window) {
  qApp->installEventFilter(this);
}

bool FigureTips::eventFilter(QObject* watched, QEvent* event) {
  const auto type = event->type();
  if (handling_ ||
      (type != QEvent::ToolTip && type != QEvent::WhatsThis && type != QEvent::QueryWhatsThis))
    return false;
  auto* widget = qobject_cast<QWidget*>(watched);
  if (widget == nullptr || widget->window() != window_) return false;
  return show(widget, event);
}

bool FigureTips::show(QWidget* widget, QEvent* event) {
  const auto* help = static_cast<QHelpEvent*>(event);
  QString key = figure_at(*widget, help->pos());
  if (key.isEmpty() && event->type() != QEvent::ToolTip)
    key = widget->property(request_property).toString();
  const auto words = find_figure(key.toStdString());
  if (!words) return false;
  if (event->type() == QEvent::QueryWhatsThis) {
    event->accept();
    return true;
  }
  const QString figure =
      in_lines(figure_explanation(*words, figure_source_at(*widget, help->pos())));
  if (event->type() == QEvent::WhatsThis) {
    QWhatsThis::showText(help->globalPos(), figure, widget);
    return true;
  }
  // Its own words come first, which it shows itself.
  handling_ = true;
  QApplication::sendEvent(widget, event);
  handling_ = false;
  const QString own = event->isAccepted() && QToolTip::isVisible() && QToolTip::text() != last_
                          ? QToolTip::text()
                          : QString();
  last_ = own.isEmpty() ? figure : own + QStringLiteral("\n\n") + figure;
  // It goes where the pointer leaves what it is about: an item, or what a painted read-out is of.
  constexpr int near_pointer = 8;
  QRect about;
  if (const QAbstractItemView* view = view_with_viewport(*widget))
    about = view->visualRect(view->indexAt(help->pos()));
  else if (!own.isEmpty() && own != widget->toolTip())
    about = QRect(help->pos(), QSize(1, 1))
                .adjusted(-near_pointer, -near_pointer, near_pointer, near_pointer);
  QToolTip::showText(help->globalPos(), last_, widget, about);
  // Else its parents are asked as well, and what they say takes its place.
  event->accept();
  return true;
}

}  // namespace plumbline
