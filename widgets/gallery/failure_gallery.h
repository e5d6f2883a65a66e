#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "widgets/decision/run_review.h"
#include "widgets/gallery/failure_query.h"
#include "widgets/gallery/gallery_content.h"
#include "widgets/gallery/name_index.h"

namespace plumbline {

/// The gallery's rows for a run under review: the samples of the last query, in its order, with the
/// verdicts of this moment.
class FailureGallery : public GalleryContent {
 public:
  FailureGallery() = default;
  /// Not owned; null: empty.
  void set_review(const RunReview* review);

  FailureQuery query = default_failure_query();
  void set_names(std::shared_ptr<const NameIndex> names) { names_ = std::move(names); }
  bool has_names() const { return names_ != nullptr; }
  void set_text(const std::string& text);
  const std::string& text() const { return text_; }

  void ask();  ///< makes the rows anew
  std::int64_t count(const FailureQuery& query, bool with_text) const;
  std::optional<std::size_t> row_of(std::uint32_t sample) const;

  std::size_t size() const override { return order_.size(); }
  std::uint32_t sample(std::size_t row) const override { return order_[row]; }
  GalleryCell cell(std::size_t row) const override;
  QString read_out(std::size_t row, const QString& file) const override;

 private:
  FailureColumns columns() const;

  const RunReview* review_ = nullptr;
  std::shared_ptr<const NameIndex> names_;
  std::string text_;
  std::vector<std::uint8_t> matches_;
  std::vector<std::uint32_t> order_;
};

}  // namespace plumbline
