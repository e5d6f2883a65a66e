#pragma once
#include <array>
#include <optional>
#include <vector>

#include "core/review/comparison.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/gallery_content.h"
#include "widgets/gallery/object_captions.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

/// The gallery's rows of a comparison: items with the chosen changes, the second run's surest first
/// (by its baseline's confidence, or by its score where it has none). Frames show the second
/// verdict, captions first label → second label.
class CompareGallery : public GalleryContent {
 public:
  using Chosen = std::array<bool, change_kinds>;

  /// Not owned; null: empty.
  void set_reviews(const RunReview* first, const RunReview* second, const Comparison* comparison);
  void ask(const Chosen& chosen, std::optional<ClassIndex> truth);
  std::optional<std::size_t> row_of(ItemRef item) const;

  /// What is compared: images, or objects.
  JudgedItem judged_item() const {
    return is_of_objects() ? JudgedItem::object : JudgedItem::sample;
  }
  GalleryCells cells() const override {
    return is_of_objects() ? GalleryCells::objects : GalleryCells::images;
  }
  int caption_width() const override { return caption_width_; }
  std::size_t size() const override { return order_.size(); }
  ItemRef item(std::size_t row) const override { return items_[row]; }
  std::optional<PixelRect> crop(std::size_t row) const override;
  GalleryCell cell(std::size_t row) const override;
  QString read_out(std::size_t row, const QString& file) const override;

 private:
  bool is_of_objects() const;

  ObjectCaptions captions_;  ///< of a run of boxes
  int caption_width_ = 0;
  const RunReview *first_ = nullptr, *second_ = nullptr;
  const Comparison* comparison_ = nullptr;
  std::vector<std::uint32_t> order_;  ///< rows of the comparison: of the second run's table
  std::vector<ItemRef> items_;        ///< of these rows
};

}  // namespace plumbline
