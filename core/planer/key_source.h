#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/planer/key_map.h"

namespace plumbline {

/// Collects a map's entries and all that is wrong with the file's tensors, for the maps' own files.
class KeySource {
 public:
  using Shape = std::vector<std::int64_t>;

  KeySource(std::span<const TensorView> tensors, const BackboneConfig& config);

  const BackboneConfig& config() const { return config_; }
  /// By the name without prefixes.
  const TensorView* find(const std::string& theirs) const;
  bool has(const std::string& theirs) const { return find(theirs) != nullptr; }
  /// Whether any name begins so.
  bool has_any(std::string_view beginning) const;

  /// A problem with the config, in words: "positions must be learned".
  void refuse(std::string problem) { problems_.push_back(std::move(problem)); }

  /// Ours is theirs, whole.
  void take(std::string ours, const std::string& theirs, Shape shape);
  /// Ours is a matrix [out, in], theirs its transpose.
  void take_transposed(std::string ours, const std::string& theirs, Shape shape);
  /// Ours is shape[0] rows of theirs, which has `rows` of them (after transposing).
  void take_rows(std::string ours, const std::string& theirs, Shape shape, std::int64_t first,
                 std::int64_t rows, bool transpose = false);
  /// Ours is the first rows of theirs, which may have more.
  void take_first_rows(std::string ours, const std::string& theirs, Shape shape);
  /// Ours begins as zeros.
  void zeros(std::string ours, Shape shape);

  /// Nothing of ours: the tensor may be there, whatever it is.
  void ignore(const std::string& theirs);
  /// Where `copy` is there, it must be equal to `original`, in shape and every byte.
  void same(const std::string& copy, const std::string& original);

  /// The entries, or an error with what is wrong.
  Result<std::vector<KeyMapEntry>> finish(std::string_view map, const std::string& where);

 private:
  /// Null where it is not there, or not as expected; then that is a problem.
  const TensorView* checked(const std::string& theirs, const Shape& expected,
                            bool more_rows = false);

  const BackboneConfig& config_;
  std::map<std::string, const TensorView*, std::less<>> tensors_;
  std::map<std::string, bool, std::less<>> used_;
  std::vector<KeyMapEntry> entries_;
  std::vector<std::string> problems_;
};

/// The published names' maps, one a file.
void map_transformer_xl(KeySource& source);
void map_gpt2(KeySource& source);

}  // namespace plumbline
