#pragma once
#include <QAbstractScrollArea>

#include "widgets/decision_page/decision_analysis.h"

namespace plumbline {

/// What each view does to each model, against the model's identity view (its first one where it has
/// no such): images that it corrects and images that it corrupts. A click on either number opens
/// those images; arrows and Enter do the same.
class ViewEffectsView : public QAbstractScrollArea {
  Q_OBJECT
 public:
  /// A model's view against its reference, as voters of the run.
  struct Effect {
    std::size_t voter = 0, reference = 0;
    std::int64_t corrected = 0, corrupted = 0, samples = 0;
  };

  explicit ViewEffectsView(DecisionAnalysis* analysis, QWidget* parent = nullptr);

  /// By model, then by view, in the run's order.
  const std::vector<Effect>& effects() const { return effects_; }
  /// The half of a row that has the one or the other number, in the viewport's pixels.
  QRect number_rect(std::size_t effect, bool corrupted) const;

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
    std::size_t effect = 0;
    bool corrupted = false;
    friend bool operator==(const Place&, const Place&) = default;
  };
  void refresh();
  void choose(Place place);
  std::optional<Place> place_at(QPoint at) const;

  DecisionAnalysis* analysis_;
  std::vector<Effect> effects_;
  Place current_{};
};

}  // namespace plumbline
