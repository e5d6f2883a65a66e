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
  /// Finds a tensor by its name without prefixes.
  const TensorView* find(const std::string& theirs) const;
  bool has(const std::string& theirs) const { return find(theirs) != nullptr; }
  /// Whether any tensor's name begins with it.
  bool has_any(std::string_view beginning) const;

  /// A problem with the config, in words: "positions must be learned".
  void refuse(std::string problem) { problems_.push_back(std::move(problem)); }
  /// What the user should know, though it fits.
  void note(std::string text) { notes_.push_back(std::move(text)); }

  /// Our tensor is the whole of theirs.
  void take(std::string ours, const std::string& theirs, Shape shape);
  /// Our tensor is a matrix [out, in], theirs is its transpose.
  void take_transposed(std::string ours, const std::string& theirs, Shape shape);
  /// Our tensor is shape[0] rows of theirs, which has `rows` of them (after transposing).
  void take_rows(std::string ours, const std::string& theirs, Shape shape, std::int64_t first,
                 std::int64_t rows, bool transpose = false);
  /// Our tensor is the first rows of theirs, which may have more.
  void take_first_rows(std::string ours, const std::string& theirs, Shape shape);
  /// Our tensor begins as zeros.
  void zeros(std::string ours, Shape shape);

  /// The tensor may be there, whatever it is: no tensor of ours is made from it.
  void ignore(const std::string& theirs);
  /// Where `copy` is there, it must be equal to `original`, in shape and every byte.
  void same(const std::string& copy, const std::string& original);

  /// The entries and notes, or an error with what is wrong.
  Result<KeyMap> finish(std::string_view map, const std::string& where);

 private:
  /// Null where it is missing or not as expected, which is then noted as a problem.
  const TensorView* checked(const std::string& theirs, const Shape& expected,
                            bool more_rows = false);

  const BackboneConfig& config_;
  std::map<std::string, const TensorView*, std::less<>> tensors_;
  std::map<std::string, bool, std::less<>> used_;
  std::vector<KeyMapEntry> entries_;
  std::vector<std::string> problems_, notes_;
};

/// The maps of published names, one a file.
void map_transformer_xl(KeySource& source);
void map_gpt2(KeySource& source);

}  // namespace plumbline
