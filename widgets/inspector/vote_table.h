#pragma once
#include <QWidget>

#include <memory>
#include <vector>

#include "widgets/decision/run_review.h"
#include "widgets/decision/voter_matrix.h"
#include "widgets/inspector/sample_detail.h"

namespace plumbline {

/// The votes on one sample, models × views: class, bar, confidence. A dissenting vote has a bold
/// class, ≠, a grey bar and hatching; the policy's voters the alternate base.
class VoteTableView : public QWidget {
  Q_OBJECT
 public:
  explicit VoteTableView(QWidget* parent = nullptr);

  void set_review(const RunReview* review);
  void show_item(std::optional<ItemRef> item);
  void set_detail(std::shared_ptr<const SampleDetail> detail);
  void refresh() {
    update();
    describe();
  }

  /// The voter whose distribution is asked for; nothing: the mean.
  std::optional<std::size_t> chosen() const { return chosen_; }
  void choose(std::optional<std::size_t> voter);

  QString summary() const;  ///< "10 agree, 6 dissent (≠)"
  QRect cell_rect(std::size_t voter) const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

 Q_SIGNALS:
  void voter_chosen(std::optional<std::size_t> voter);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  void paint_cell(QPainter& painter, const QRect& cell, std::size_t voter) const;
  QString distribution(std::size_t voter) const;
  void describe();
  int name_width() const;

  const RunReview* review_ = nullptr;
  VoterGrid grid_;
  mutable int name_width_ = 0;  ///< 0: not measured yet
  std::optional<ItemRef> item_;
  std::optional<std::size_t> chosen_;
  std::shared_ptr<const SampleDetail> detail_;
};

}  // namespace plumbline
