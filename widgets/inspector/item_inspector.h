#pragma once
#include <QStackedWidget>

#include <memory>
#include <optional>

#include "core/types/item_ref.h"

namespace plumbline {

class ObjectInspector;
class Remarks;
class RemarkPanel;
class RunReview;
class SampleInspector;
struct SampleDetail;

/// The inspector of whatever kind of run is open: of samples, or of objects.
class ItemInspector : public QStackedWidget {
  Q_OBJECT
 public:
  explicit ItemInspector(QWidget* parent = nullptr);

  void set_review(RunReview* review);
  void set_remarks(Remarks* remarks);
  void show_item(std::optional<ItemRef> item);
  std::optional<ItemRef> item() const;
  std::shared_ptr<const SampleDetail> detail() const;
  bool idle() const;
  RemarkPanel* remarks() const;
  void begin_remark(bool tag);

  SampleInspector* of_samples() const { return samples_; }
  ObjectInspector* of_objects() const { return objects_; }

 Q_SIGNALS:
  void detail_loaded();
  void remark_left();  ///< Enter or Esc in tags or note: back to the gallery

 private:
  bool shows_objects() const;

  SampleInspector* samples_;
  ObjectInspector* objects_;
};

}  // namespace plumbline
