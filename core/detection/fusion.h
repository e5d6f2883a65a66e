#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/data/box_dataset.h"
#include "core/types/error.h"
#include "core/types/work_progress.h"

namespace plumbline {

enum class FusionParameterType {
  number,
  word,     ///< one of the parameter's words; the first is the default
  weights,  ///< a number a voter, written 2:1; empty for equal ones
  file,     ///< a path; may be empty
};

struct FusionParameter {
  std::string_view name, meaning;
  FusionParameterType type = FusionParameterType::number;
  double minimum = 0, maximum = 1, default_value = 0;
  std::vector<std::string_view> words;
};

struct VoterBox;
struct FusionSettings;

/// A way to make one list of boxes out of several voters'. An entry of `fusion_kinds()`.
struct FusionKind {
  std::string_view name, summary;
  std::vector<FusionParameter> parameters;
  /// Fuses one class of one image (fusion_methods.h).
  std::vector<VoterBox> (*fuse)(std::vector<VoterBox> boxes, const FusionSettings& settings);
};
std::span<const FusionKind> fusion_kinds();

/// Number, word or path, or weights.
using FusionValue = std::variant<double, std::string, std::vector<double>>;

/// A fusion as it is written: a kind, and a value of every parameter's type and range.
struct Fusion {
  const FusionKind* kind = nullptr;
  std::vector<FusionValue> values;

  double number(std::string_view parameter) const;  ///< 0 where the kind has no such parameter
  std::string_view word(std::string_view parameter) const;
};

/// Reads `name` or `name(parameter=value,…)`. Errors (usage) name the fusion or the parameter, and
/// what there is or its range.
Result<Fusion> parse_fusion(std::string_view text);
/// What `parse_fusion` reads back, every parameter written out.
std::string to_string(const Fusion& fusion);
std::string range_text(const FusionParameter& parameter);

/// Who has to agree on a box.
enum class FusionVote { affirmative, consensus, unanimous };

/// A fusion that knows its voters: what is computed.
struct BoundFusion {
  Fusion fusion;
  std::size_t voters = 0;
  FusionVote vote = FusionVote::affirmative;
  /// A weight a voter; of a class by its index where it has its own.
  std::vector<double> weights;
  std::vector<std::vector<double>> class_weights;  ///< empty for a class without its own

  std::span<const double> weights_of(std::size_t category) const;
};

/// Reads the file of class weights, {"person": [2, 1], …} by the classes' names. Errors (usage):
/// another number of weights than voters, or weights that are all 0; more than 64 voters. Errors
/// (bad input): a class that the data set lacks, or a file that says something else.
Result<BoundFusion> bind_fusion(const Fusion& fusion, std::size_t voters,
                                std::span<const BoxCategory> categories);

/// Fused boxes, and for each the voters behind it (bit v: voter v).
struct FusedDetections {
  DetectionSet set;
  std::vector<std::uint64_t> voters;
};

/// Fuses each class of each image for itself. Boxes are turned round where they are reversed,
/// limited to their image where its size is known, and left out where nothing remains or their
/// score lies below `skip`. Ordered by image, then by falling score, then by class. Deterministic,
/// on all cores. `progress`, which may be null, advances by the images.
FusedDetections fuse_detections(const BoxDataset& truth, std::span<const DetectionSet> voters,
                                const BoundFusion& fusion, WorkProgress* progress = nullptr);

}  // namespace plumbline
