#pragma once
#include <QAbstractScrollArea>

#include "core/metrics/confusion.h"
#include "widgets/decision_page/decision_analysis.h"

namespace plumbline {

/// Accepted samples by true and predicted class. With few classes a matrix; with more, or where it
/// is wished, the confused pairs as a list, most samples first. A click, or Enter, opens a cell's
/// images; arrows move.
class ConfusionView : public QAbstractScrollArea {
  Q_OBJECT
 public:
  static constexpr std::size_t most_matrix_classes = 24;

  explicit ConfusionView(DecisionAnalysis* analysis, QWidget* parent = nullptr);

  /// The list instead of the matrix, where there is a choice.
  void set_listed(bool listed);
  bool is_matrix() const;
  /// Where a cell of the matrix or a row of the list is, in the viewport's pixels.
  QRect cell_rect(ClassIndex truth, ClassIndex label) const;
  QRect row_rect(int row) const;

 Q_SIGNALS:
  void cell_chosen(plumbline::ClassIndex truth, plumbline::ClassIndex label);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool viewportEvent(QEvent* event) override;

 private:
  struct Place {
    ClassIndex truth = 0, label = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  void refresh();
  void paint_matrix(QPainter& painter);
  void paint_list(QPainter& painter);
  std::optional<Place> place_at(QPoint at) const;
  QString class_text(ClassIndex index) const;
  void move_to(Place place);

  DecisionAnalysis* analysis_;
  bool listed_ = false;
  Place current_{};
  int current_row_ = 0;
};

}  // namespace plumbline
