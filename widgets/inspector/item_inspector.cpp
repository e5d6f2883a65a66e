#include "widgets/inspector/item_inspector.h"

#include "core/review/box_review.h"
#include "widgets/inspector/object_inspector.h"
#include "widgets/inspector/remark_panel.h"
#include "widgets/inspector/sample_inspector.h"

namespace plumbline {

ItemInspector::ItemInspector(QWidget* parent)
    : QStackedWidget(parent),
      samples_(new SampleInspector(this)),
      objects_(new ObjectInspector(this)) {
  addWidget(samples_);
  addWidget(objects_);
  connect(samples_, &SampleInspector::detail_loaded, this, &ItemInspector::detail_loaded);
  connect(objects_, &ObjectInspector::detail_loaded, this, &ItemInspector::detail_loaded);
  for (RemarkPanel* panel : {samples_->remarks(), objects_->remarks()})
    connect(panel, &RemarkPanel::left, this, &ItemInspector::remark_left);
}

bool ItemInspector::shows_objects() const { return currentWidget() == objects_; }

void ItemInspector::set_review(RunReview* review) {
  const bool objects = review != nullptr && review->run().kind == &box_review();
  samples_->set_review(objects ? nullptr : review);
  objects_->set_review(objects ? review : nullptr);
  setCurrentWidget(objects ? static_cast<QWidget*>(objects_) : samples_);
}

void ItemInspector::set_remarks(Remarks* remarks) {
  samples_->remarks()->set_remarks(remarks);
  objects_->remarks()->set_remarks(remarks);
}

void ItemInspector::show_item(std::optional<ItemRef> item) {
  if (shows_objects())
    objects_->show_item(item);
  else
    samples_->show_item(item);
}

std::optional<ItemRef> ItemInspector::item() const {
  return shows_objects() ? objects_->item() : samples_->item();
}

std::shared_ptr<const SampleDetail> ItemInspector::detail() const {
  return shows_objects() ? objects_->detail() : samples_->detail();
}

bool ItemInspector::idle() const { return objects_->idle() && samples_->idle(); }

RemarkPanel* ItemInspector::remarks() const {
  return shows_objects() ? objects_->remarks() : samples_->remarks();
}

void ItemInspector::begin_remark(bool tag) {
  if (shows_objects())
    objects_->begin_remark(tag);
  else
    samples_->begin_remark(tag);
}

}  // namespace plumbline
