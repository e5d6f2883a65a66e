#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

struct StudyConnection;

/// Tags and notes of a split.
struct SampleRemarks {
  std::map<std::string, std::vector<std::uint32_t>> tags;  ///< samples rising
  std::map<std::uint32_t, std::string> notes;
};

/// Tags and notes: what a user says about samples.
class StudyRemarks {
 public:
  explicit StudyRemarks(std::shared_ptr<StudyConnection> connection)
      : state_(std::move(connection)) {}

  /// Of one split, tags by name. Empty in a read-only study of a version that had none.
  Result<SampleRemarks> remarks(std::int64_t dataset, const std::string& split) const;
  /// Puts a tag on samples or takes it off; a tag that no sample has is forgotten. The name is
  /// trimmed and 1 to 64 bytes long. Samples outside the split are an error.
  Result<void> set_tag(std::int64_t dataset, const std::string& split, const std::string& tag,
                       std::span<const std::uint32_t> samples, bool on);
  /// An empty text removes the note. At most 64 KiB.
  Result<void> set_note(std::int64_t dataset, const std::string& split, std::uint32_t sample,
                        const std::string& text);

 private:
  std::shared_ptr<StudyConnection> state_;
};

}  // namespace plumbline
