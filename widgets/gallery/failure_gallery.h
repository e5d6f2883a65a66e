#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "core/review/item_remarks.h"
#include "core/review/name_index.h"
#include "core/review/query.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/gallery_content.h"
#include "widgets/gallery/object_captions.h"

namespace plumbline {

/// The gallery's rows for a run under review: the items of the last query, in its order, with the
/// verdicts of this moment.
class FailureGallery : public GalleryContent {
 public:
  FailureGallery() = default;
  /// Not owned; null: empty.
  void set_review(const RunReview* review);

  ReviewQuery query = default_review_query();
  void set_names(std::shared_ptr<const NameIndex> names) { names_ = std::move(names); }
  bool has_names() const { return names_ != nullptr; }
  std::shared_ptr<const NameIndex> names() const { return names_; }
  void set_text(const std::string& text);
  /// Per row of table() 1 where the tag filter lets it through; empty: no such filter.
  void set_tag_matches(std::vector<std::uint8_t> matches) { tag_matches_ = std::move(matches); }
  bool has_tag_filter() const { return !tag_matches_.empty(); }
  /// Items that the text is found in besides those whose sample's name has it (in their notes).
  void set_also(const std::vector<ItemRef>& items);
  const std::string& text() const { return text_; }

  /// What is marked in cells; not owned, null: nothing.
  void set_remarks(const ItemRemarks* remarks) { remarks_ = remarks; }
  /// How many items with the query's verdicts there are of each class, behind how many in all; of
  /// their true class or of the decided one.
  std::vector<std::int64_t> truth_counts() const;
  std::vector<std::int64_t> label_counts() const;

  void ask();  ///< makes the rows anew
  std::int64_t count(const ReviewQuery& query, bool with_text, bool with_tag = true) const;
  /// How many items there are to filter: all; of objects those of the query's verdicts, since what
  /// a threshold rejects is no item of anybody's.
  std::int64_t offered() const;
  std::optional<std::size_t> row_of(ItemRef item) const;
  /// What the query is asked of; empty without a review.
  ReviewTable table() const;

  /// Of a run of boxes.
  bool is_of_objects() const;
  /// What a run is opened with: undetected ones, surest first; of objects those that most voters
  /// found, then the largest.
  ReviewQuery first_query() const;
  /// How many of the items of the query's verdicts are found by 0, 1, … voters.
  std::vector<std::int64_t> finder_counts() const;

  GalleryCells cells() const override {
    return is_of_objects() ? GalleryCells::objects : GalleryCells::images;
  }
  int caption_width() const override { return caption_width_; }
  std::size_t size() const override { return order_.size(); }
  ItemRef item(std::size_t row) const override {
    return items_.empty() ? ItemRef(order_[row]) : items_[row];
  }
  std::optional<PixelRect> crop(std::size_t row) const override;
  GalleryCell cell(std::size_t row) const override;
  QString read_out(std::size_t row, const QString& file) const override;

 private:
  GalleryCell plain_cell(std::size_t row) const;

  const RunReview* review_ = nullptr;
  const ItemRemarks* remarks_ = nullptr;
  ObjectCaptions captions_;
  int caption_width_ = 0;
  std::shared_ptr<const NameIndex> names_;
  std::string text_;
  std::vector<std::uint8_t> matches_, tag_matches_;
  std::vector<std::uint32_t> order_;  ///< rows of table()
  std::vector<ItemRef> items_;        ///< of these rows; empty where they are samples
};

}  // namespace plumbline
