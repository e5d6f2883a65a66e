#pragma once
#include <QObject>

#include <functional>
#include <initializer_list>
#include <string_view>

#include "widgets/figures/figure_table.h"

class QAbstractItemView;
class QModelIndex;
class QPoint;
class QWidget;

/// Every number in the window says what it is, and which command prints it: where the pointer rests
/// on it, and by What's this (Shift+F1). Its words are an entry of the figure table.
namespace plumbline {

/// The role by which an item of a model has the key of its figure.
inline constexpr int figure_role = Qt::UserRole + 1000;
/// A FigureSource: what the figure's command names of the item itself; a word that stands for
/// nothing there, so that no command prints the figure, is an empty list.
inline constexpr int figure_source_role = Qt::UserRole + 1001;

/// The widget shows the figure of this key, in a view every item without a figure of its own.
void explain(QWidget* widget, std::string_view figure);
/// The same where the pointer at rest has a read-out of its own, as over a plot: only What's this
/// has an answer.
void explain_on_request(QWidget* widget, std::string_view figure);
/// A view's columns, from the first; an empty key: no figure.
void explain_columns(QAbstractItemView* view, std::initializer_list<std::string_view> figures);
/// What the commands of the figures in this widget name, where its parents say nothing else.
void set_figure_source(QWidget* widget, std::function<FigureSource()> source);

/// The key of an item's figure in the view; empty where it has none.
QString figure_of_item(const QAbstractItemView& view, const QModelIndex& index);
/// The key of what is at this place of the widget, in its own coordinates; empty where no figure
/// is.
QString figure_at(const QWidget& widget, const QPoint& place);
/// What a figure there comes from: of the item, of the widget and of its parents, the nearest
/// first.
FigureSource figure_source_at(const QWidget& widget, const QPoint& place);

/// The same of an item of a view, wherever it is scrolled to.
FigureSource figure_source_of_item(const QAbstractItemView& view, const QModelIndex& index);

/// Adds definition and command to the tooltips of whatever was explained, and answers What's this.
class FigureTips : public QObject {
  Q_OBJECT
 public:
  /// Of one window and all that is in it.
  explicit FigureTips(QWidget* window);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  bool show(QWidget* widget, QEvent* event);

  QWidget* window_;
  bool handling_ = false;  ///< the widget's own read-out is asked for
  QString last_;
};

}  // namespace plumbline
