#pragma once
#include <QPointer>
#include <QWidget>

#include <memory>
#include <optional>

#include "widgets/decision/run_review.h"
#include "widgets/decision/voter_look.h"
#include "widgets/inspector/sample_detail.h"

class QFormLayout;
class QLabel;
class QScrollArea;
class QStackedWidget;
class QTabBar;

namespace plumbline {

class BoxSceneView;
class ElidedLabel;
class RemarkPanel;
class VoterBoxTable;

/// One object of a run of boxes: the whole image with all that is there, the object's surroundings
/// with every voter's box, and a row for each voter.
class ObjectInspector : public QWidget {
  Q_OBJECT
 public:
  explicit ObjectInspector(QWidget* parent = nullptr);

  /// Not owned; null: nothing.
  void set_review(RunReview* review);
  void show_item(std::optional<ItemRef> item);
  std::optional<ItemRef> item() const { return item_; }
  std::shared_ptr<const SampleDetail> detail() const { return detail_; }
  bool idle() const { return loader_->idle(); }
  RemarkPanel* remarks() const { return remarks_; }
  void begin_remark(bool tag);

  BoxSceneView* scene() const { return scene_; }
  BoxSceneView* surroundings() const { return surroundings_; }
  VoterBoxTable* voters() const { return table_; }
  void toggle_truth();
  void toggle_voters();

 Q_SIGNALS:
  void detail_loaded();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QWidget* make_voter_sheet();
  QWidget* make_metadata();
  void take(const std::shared_ptr<const SampleDetail>& detail);
  void refresh();
  void refresh_words(std::size_t row);
  void refresh_boxes(std::size_t row);
  void refresh_metadata(std::size_t row);
  void show_pictures();

  QPointer<RunReview> review_;
  std::optional<ItemRef> item_;
  std::shared_ptr<const SampleDetail> detail_;
  VoterLooks looks_;
  SampleDetailLoader* loader_;
  BoxSceneView *scene_, *surroundings_;
  QWidget *words_, *below_, *mark_;
  QLabel *verdict_, *facts_, *found_by_;
  ElidedLabel* file_;
  QTabBar* tabs_;
  QStackedWidget* sheets_;
  QScrollArea* voter_sheet_ = nullptr;
  VoterBoxTable* table_ = nullptr;
  RemarkPanel* remarks_ = nullptr;
  QFormLayout* metadata_ = nullptr;
};

}  // namespace plumbline
