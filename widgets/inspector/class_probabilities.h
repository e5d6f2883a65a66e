#pragma once
#include <QWidget>

#include <optional>
#include <vector>

#include "widgets/decision/run_review.h"
#include "widgets/inspector/sample_detail.h"

namespace plumbline {

/// Bars of the most probable classes under the mean of the policy's voters; the true class is
/// always among them, ticked.
class ClassProbabilities : public QWidget {
  Q_OBJECT
 public:
  explicit ClassProbabilities(QWidget* parent = nullptr);

  void set_review(const RunReview* review);
  void set_detail(std::shared_ptr<const SampleDetail> detail);
  /// The distribution of one voter; nothing: the mean of the policy's.
  void set_voter(std::optional<std::size_t> voter);
  void refresh();

  struct Row {
    ClassIndex index = 0;
    double probability = 0;
    bool truth = false, label = false;
  };
  const std::vector<Row>& rows() const { return rows_; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {160, sizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  const RunReview* review_ = nullptr;
  std::optional<std::size_t> voter_;
  std::shared_ptr<const SampleDetail> detail_;
  std::vector<Row> rows_;
};

}  // namespace plumbline
