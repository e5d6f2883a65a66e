#pragma once
#include <QPointF>
#include <QStringList>
#include <QVariant>

#include <optional>
#include <vector>

#include "widgets/bars/title_bar.h"
#include "widgets/decision_page/decision_analysis.h"
#include "widgets/plot/qcustomplot.h"

namespace plumbline {

class PlotLabel;

/// What a plot shows, in numbers.
struct PlotTable {
  QStringList columns;
  std::vector<std::vector<QVariant>> rows;  ///< numbers and text; invalid: no value
};

/// What the plots of the Decision page have in common: a title with a fact, the look, marks that
/// move with a slider on a layer of their own, zoom, read-out, pictures and numbers.
class DecisionPlot : public Ground {
  Q_OBJECT
 public:
  struct Words {
    QString title, fact, y_axis, x_axis;
    const char* name;    ///< of the plot, as an object
    const char* figure;  ///< by which it is explained
  };
  DecisionPlot(DecisionAnalysis* analysis, const Words& words, QWidget* parent);

  QCustomPlot* plot() const { return plot_; }
  QString title() const { return words_.title; }
  QString fact() const { return title_->fact(); }
  virtual PlotTable table() const = 0;
  /// Where something that was drawn stands, in the plot's pixels.
  QPointF pixel(double x, double y) const;
  void fit();

  /// PDF, SVG or PNG by the file's ending, in the light theme. False where it cannot be written.
  bool save(const QString& file);
  /// CSV, or JSON with the command that makes the decisions again, by the file's ending. False
  /// where it cannot be written.
  bool save_numbers(const QString& file) const;
  void copy() const;

 Q_SIGNALS:
  void said(const QString& message);
  void failed(const QString& message);

 protected:
  struct Ranges {
    QCPRange x, y;
  };
  /// Everything but the marks, from nothing.
  virtual void draw() = 0;
  /// The marks that move, on their layer: made in the first of the two, placed in the second.
  virtual void make_marks() = 0;
  virtual void place_marks() = 0;
  virtual std::optional<Ranges> whole() const = 0;
  /// Words for the pointer; empty: none.
  virtual QString read_out(QPointF pixel, double x, double y) const = 0;
  virtual void pressed(QPointF /*pixel*/) {}
  virtual void double_clicked(QPointF /*pixel*/) { fit(); }

  DecisionAnalysis* analysis() const { return analysis_; }
  void set_fact(const QString& fact) { title_->set_fact(fact); }
  /// What it shows from now on, once it is rebuilt.
  void set_words(const QString& title, const QString& y_axis);
  void add_control(QWidget* control) { title_->add_control(control); }
  PlotLabel* add_label(bool marks = false);
  QCPGraph* add_line(const QColor& colour, double width, bool dashed = false);
  /// A filled diamond for what is chosen, an open ring for the baseline.
  QCPGraph* add_mark(bool chosen, const QColor& colour);
  void rebuild();
  void changeEvent(QEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void connect_mouse();
  void hover(QMouseEvent* event);
  void leave_hover();
  void move_marks();
  void ask_for_picture();
  void ask_for_numbers();

  DecisionAnalysis* analysis_;
  Words words_;
  TitleBar* title_;
  QCustomPlot* plot_;
  QCPLayer *marks_layer_, *hover_layer_;
  QCPItemLine *hover_x_ = nullptr, *hover_y_ = nullptr;
  bool zoomed_ = false, fitted_ = false, drawn_ = false;
};

}  // namespace plumbline
