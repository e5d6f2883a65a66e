#pragma once
#include <QAbstractScrollArea>

#include "widgets/decision_page/decision_analysis.h"

namespace plumbline {

/// Every pair of the run's voters: above the diagonal how often the two name different classes,
/// below it how their errors correlate. A click, or Enter, opens the images that the voter of the
/// row gets wrong and that of the column right; arrows move.
class VoterPairsView : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit VoterPairsView(DecisionAnalysis* analysis, QWidget* parent = nullptr);

  /// Where a cell is, in the viewport's pixels.
  QRect cell_rect(std::size_t row, std::size_t column) const;
  QString cell_text(std::size_t row, std::size_t column) const;
  QString read_out(std::size_t row, std::size_t column) const;

 Q_SIGNALS:
  void pair_chosen(std::size_t wrong, std::size_t right);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool viewportEvent(QEvent* event) override;

 private:
  struct Place {
    std::size_t row = 0, column = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  std::size_t count() const;
  void refresh();
  void choose(Place place);
  std::optional<Place> place_at(QPoint at) const;
  QString name_of(std::size_t voter) const;

  DecisionAnalysis* analysis_;
  Place current_{0, 1};
};

}  // namespace plumbline
