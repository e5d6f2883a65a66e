#pragma once
#include <QTimer>
#include <QWidget>

#include <optional>
#include <utility>
#include <vector>

#include "core/planer/probability_map.h"

namespace plumbline {

/// Options down, blocks across, base to accent; the most likely option of each block is outlined.
/// What changes goes over to the new colours within a tenth of a second. A second architecture, the
/// predicted one, is outlined by dots while the slider is dragged.
class ProbabilityMapView : public QWidget {
  Q_OBJECT
 public:
  explicit ProbabilityMapView(QWidget* parent = nullptr);

  /// `options`: those that a slot can have, a row each.
  void show_map(const ProbabilityMap& map, std::size_t slots, std::vector<OptionIndex> options);
  void outline(std::optional<Architecture> predicted);
  const ProbabilityMap& map() const { return wanted_; }
  const std::optional<Architecture>& outlined() const { return predicted_; }
  bool settled() const { return !timer_.isActive(); }

  /// Where a slot's option is painted; empty without blocks, and where it has no row.
  QRectF cell(std::size_t slot, OptionIndex option) const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;

 private:
  void step();
  QRectF at_row(std::size_t slot, std::size_t row) const;
  std::optional<std::pair<std::size_t, OptionIndex>> cell_at(const QPointF& position) const;

  ProbabilityMap shown_, wanted_;
  std::optional<Architecture> predicted_;
  std::size_t slots_ = 0;
  std::vector<OptionIndex> options_;  ///< by row
  QTimer timer_;
  int frames_left_ = 0;
};

}  // namespace plumbline
