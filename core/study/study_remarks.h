#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/types/error.h"
#include "core/types/item_ref.h"

namespace plumbline {

struct StudyConnection;

/// Tags and notes of the items of a split, as they are kept.
struct StoredRemarks {
  std::map<std::string, std::vector<ItemRef>> tags;  ///< items rising
  std::map<ItemRef, std::string> notes;
};

/// Tags and notes: what a user says about samples and their objects.
class StudyRemarks {
 public:
  explicit StudyRemarks(std::shared_ptr<StudyConnection> connection)
      : state_(std::move(connection)) {}

  /// Of one split, tags by name. Empty in a read-only study of a version that had none.
  Result<StoredRemarks> remarks(std::int64_t dataset, const std::string& split) const;
  /// Puts a tag on items or takes it off; a tag that no item has is forgotten. The name is trimmed
  /// and 1 to 64 bytes long. Samples outside the split are an error, and then nothing is written;
  /// which objects a sample has is not known here.
  Result<void> set_tag(std::int64_t dataset, const std::string& split, const std::string& tag,
                       std::span<const ItemRef> items, bool on);
  /// An empty text removes the note. At most 64 KiB.
  Result<void> set_note(std::int64_t dataset, const std::string& split, ItemRef item,
                        const std::string& text);

 private:
  std::shared_ptr<StudyConnection> state_;
};

}  // namespace plumbline
