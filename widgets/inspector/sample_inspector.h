#pragma once
#include <QWidget>

#include <memory>
#include <optional>

#include "widgets/decision/run_review.h"
#include "widgets/inspector/sample_detail.h"

class QFormLayout;
class QLabel;
class QStackedWidget;
class QTabBar;

namespace plumbline {

class ClassProbabilities;
class ElidedLabel;
class ImagePanel;
class RemarkPanel;
class VoteTableView;

/// One item: its sample's picture, verdict and why, every vote, the mean of the policy's voters,
/// metadata.
class SampleInspector : public QWidget {
  Q_OBJECT
 public:
  explicit SampleInspector(QWidget* parent = nullptr);

  /// Not owned; null: nothing is open.
  void set_review(RunReview* review);
  void show_item(std::optional<ItemRef> item);
  /// Puts the cursor where a tag or a note is written.
  void begin_remark(bool tag);
  RemarkPanel* remarks() const { return remarks_; }
  ImagePanel* image() const { return image_; }
  std::optional<ItemRef> item() const { return item_; }
  std::shared_ptr<const SampleDetail> detail() const { return detail_; }
  VoteTableView* votes() const { return votes_; }
  ClassProbabilities* probabilities() const { return probabilities_; }
  bool idle() const { return loader_->idle() && !making_view_; }

 Q_SIGNALS:
  void detail_loaded();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QWidget* make_votes();
  QWidget* make_metadata();
  void refresh();
  void take(const std::shared_ptr<const SampleDetail>& detail);
  void refresh_metadata();
  void show_picture();

  RunReview* review_ = nullptr;
  std::optional<ItemRef> item_;
  std::shared_ptr<const SampleDetail> detail_;
  SampleDetailLoader* loader_;
  ImagePanel* image_;
  QWidget* below_;  ///< everything but the picture
  QWidget* mark_;
  QLabel* verdict_;
  ElidedLabel* file_;
  QLabel *classes_, *reason_;
  QTabBar* tabs_;
  QStackedWidget* sheets_;
  VoteTableView* votes_ = nullptr;
  QLabel *agreement_ = nullptr, *shading_ = nullptr, *mean_title_ = nullptr;
  ClassProbabilities* probabilities_ = nullptr;
  RemarkPanel* remarks_ = nullptr;
  int view_asked_ = 0;  ///< drops pictures that came too late
  bool making_view_ = false;
  QFormLayout* metadata_ = nullptr;
};

}  // namespace plumbline
