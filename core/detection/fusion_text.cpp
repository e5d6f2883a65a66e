#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/data/file_handle.h"
#include "core/detection/fusion.h"
#include "core/detection/fusion_methods.h"
#include "core/types/json_object.h"
#include "core/types/list_text.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::size_t most_fused_voters = 64;
constexpr double greatest_weight = 1e6;
constexpr std::uint64_t largest_weight_file = 16U << 20;

const FusionParameter iou_parameter = {"iou",
                                       "boxes that overlap by more than this belong together",
                                       FusionParameterType::number,
                                       0,
                                       1,
                                       0.55,
                                       {}};
const FusionParameter skip_parameter = {
    "skip", "boxes of a lower score are left out", FusionParameterType::number, 0, 1, 0, {}};
const FusionParameter vote_parameter = {
    "vote",
    "how many voters must support a box: any, more than half, or all",
    FusionParameterType::word,
    0,
    0,
    0,
    {"affirmative", "consensus", "unanimous"}};
const FusionParameter weights_parameter = {
    "weights", "one weight per voter", FusionParameterType::weights, 0, greatest_weight, 1, {}};
const FusionParameter class_weights_parameter = {
    "class_weights",
    "a JSON file, {\"person\": [2, 1], …}: the weights of classes that have their own",
    FusionParameterType::file,
    0,
    0,
    0,
    {}};
const FusionParameter count_parameter = {
    "count",
    "voters: each voter's best score once, never above 1; boxes: the rule of ensemble-boxes, in "
    "which a voter's second box counts too and weights can raise a score above 1",
    FusionParameterType::word,
    0,
    0,
    0,
    {"voters", "boxes"}};

/// With another default.
FusionParameter by_default(FusionParameter parameter, double value) {
  parameter.default_value = value;
  return parameter;
}

const FusionParameter* parameter_named(const FusionKind& kind, std::string_view name) {
  const auto found = std::ranges::find(kind.parameters, name, &FusionParameter::name);
  return found == kind.parameters.end() ? nullptr : &*found;
}

std::string names_of_fusions() {
  std::string names;
  for (const FusionKind& kind : fusion_kinds())
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

std::string names_of_parameters(const FusionKind& kind) {
  std::string names;
  for (const auto& p : kind.parameters) names += (names.empty() ? "" : ", ") + std::string(p.name);
  return "parameters: " + names;
}

FusionValue default_value(const FusionParameter& parameter) {
  switch (parameter.type) {
    case FusionParameterType::number: return parameter.default_value;
    case FusionParameterType::word: return std::string(parameter.words.front());
    case FusionParameterType::weights: return std::vector<double>();
    case FusionParameterType::file: return std::string();
  }
  return 0.0;
}

Result<FusionValue> read_fusion_value(const FusionKind& kind, const FusionParameter& parameter,
                                      std::string_view text) {
  const auto wrong = [&] {
    return usage_error(fmt::format("{} of the fusion '{}' is {}, but must be {}", parameter.name,
                                   kind.name, text, range_text(parameter)),
                       "--fusion");
  };
  const auto is_within = [&](double value) {
    return value >= parameter.minimum && value <= parameter.maximum;
  };
  switch (parameter.type) {
    case FusionParameterType::number: {
      const auto value = parse_number(text);
      if (!value || !is_within(*value)) return wrong();
      return FusionValue(*value);
    }
    case FusionParameterType::word:
      if (std::ranges::find(parameter.words, text) == parameter.words.end()) return wrong();
      return FusionValue(std::string(text));
    case FusionParameterType::weights: {
      std::vector<double> weights;
      for (const std::string_view part : parts_between(text, ':')) {
        const auto value = parse_number(part);
        if (!value || !is_within(*value)) return wrong();
        weights.push_back(*value);
      }
      return FusionValue(std::move(weights));
    }
    case FusionParameterType::file: return FusionValue(std::string(text));
  }
  return wrong();
}

Result<void> check_weights(std::span<const double> weights, std::size_t voters,
                           const std::string& where, ErrorKind kind) {
  if (weights.size() != voters)
    return fail(kind, fmt::format("{} weights are given for {} voters", weights.size(), voters),
                where);
  for (const double weight : weights)
    if (!(weight >= 0 && weight <= greatest_weight))
      return fail(kind, "a weight is a number from 0 to 1000000", where);
  if (std::ranges::all_of(weights, [](double weight) { return weight == 0; }))
    return fail(kind, "all weights are 0", where);
  return {};
}

Result<std::vector<std::vector<double>>> read_class_weights(
    const std::string& file, std::size_t voters, std::span<const BoxCategory> categories) {
  const auto content = read_whole_file(file, largest_weight_file);
  TRY(content);
  const auto document =
      parse_json({reinterpret_cast<const char*>(content->data()), content->size()}, file);
  TRY(document);
  if (!document->is_object())
    return bad_input("is not an object of classes and their weights", file, "{\"person\": [2, 1]}");
  std::vector<std::vector<double>> weights(categories.size());
  for (const auto& [name, list] : document->items()) {
    const auto category = std::ranges::find(categories, name, &BoxCategory::name);
    if (category == categories.end())
      return bad_input(fmt::format("the data set has no class '{}'", name), file);
    if (!list.is_array() || !std::ranges::all_of(list, [](const auto& w) { return w.is_number(); }))
      return bad_input(fmt::format("the weights of '{}' are not a list of numbers", name), file);
    auto& of_class = weights[static_cast<std::size_t>(category - categories.begin())];
    of_class = list.get<std::vector<double>>();
    TRY(check_weights(of_class, voters, fmt::format("{}: '{}'", file, name), ErrorKind::bad_input));
  }
  return weights;
}

}  // namespace

std::span<const FusionKind> fusion_kinds() {
  static const std::vector<FusionKind> kinds = {
      {"wbf",
       "weighted boxes fusion: overlapping boxes become one, at their mean weighted by score",
       {iou_parameter, skip_parameter, vote_parameter, count_parameter, weights_parameter,
        class_weights_parameter},
       fuse_weighted},
      {"nms",
       "non-maximum suppression: the most confident of overlapping boxes stays as it is",
       {by_default(iou_parameter, 0.5), skip_parameter, vote_parameter, weights_parameter,
        class_weights_parameter},
       suppress_boxes},
      {"soft_nms",
       "overlapping boxes lose score instead of being dropped",
       {by_default(iou_parameter, 0.5),
        {"sigma", "width of the Gaussian", FusionParameterType::number, 0.001, 100, 0.5, {}},
        {"method",
         "what a box keeps of its score: exp(−IoU²/sigma), or 1 − IoU above iou",
         FusionParameterType::word,
         0,
         0,
         0,
         {"gaussian", "linear"}},
        {"least",
         "boxes whose score has fallen to this are dropped",
         FusionParameterType::number,
         0,
         1,
         0.001,
         {}},
        skip_parameter,
        vote_parameter,
        weights_parameter,
        class_weights_parameter},
       soften_boxes},
      {"nmw",
       "non-maximum weighted: the mean of overlapping boxes, weighted by score and by overlap with "
       "the most confident",
       {iou_parameter, skip_parameter, vote_parameter, weights_parameter, class_weights_parameter},
       weigh_maxima}};
  return kinds;
}

std::string range_text(const FusionParameter& parameter) {
  switch (parameter.type) {
    case FusionParameterType::number:
      return fmt::format("a number from {} to {}", parameter.minimum, parameter.maximum);
    case FusionParameterType::word: return fmt::format("{}", fmt::join(parameter.words, " or "));
    case FusionParameterType::weights:
      return fmt::format("numbers from {} to {}, written 2:1", parameter.minimum,
                         parameter.maximum);
    case FusionParameterType::file: return "a file";
  }
  return {};
}

double Fusion::number(std::string_view parameter) const {
  const auto* found = parameter_named(*kind, parameter);
  if (found == nullptr) return 0;
  return std::get<double>(values[static_cast<std::size_t>(found - kind->parameters.data())]);
}

std::string_view Fusion::word(std::string_view parameter) const {
  const auto* found = parameter_named(*kind, parameter);
  if (found == nullptr) return {};
  return std::get<std::string>(values[static_cast<std::size_t>(found - kind->parameters.data())]);
}

Result<Fusion> parse_fusion(std::string_view text) {
  const std::string_view whole = trimmed(text);
  const auto open = whole.find('(');
  const auto name = trimmed(whole.substr(0, std::min(open, whole.size())));
  const auto found = std::ranges::find(fusion_kinds(), name, &FusionKind::name);
  if (found == fusion_kinds().end())
    return usage_error(fmt::format("there is no fusion '{}'", name), "--fusion",
                       "fusions: " + names_of_fusions());
  Fusion fusion{&*found, {}};
  for (const FusionParameter& parameter : found->parameters)
    fusion.values.push_back(default_value(parameter));
  if (open == whole.npos) return fusion;
  if (!whole.ends_with(')'))
    return usage_error("a fusion is written name(parameter=value,…)", std::string(whole));
  const auto inside = trimmed(whole.substr(open + 1, whole.size() - open - 2));
  std::vector<std::string_view> seen;
  if (inside.empty()) return fusion;
  for (const std::string_view part : parts_between(inside, ',')) {
    const auto equals = part.find('=');
    if (equals == part.npos)
      return usage_error("a fusion is written name(parameter=value,…)", std::string(whole));
    const auto given = trimmed(part.substr(0, equals));
    const auto* parameter = parameter_named(*found, given);
    if (parameter == nullptr)
      return usage_error(fmt::format("the fusion '{}' has no parameter '{}'", name, given),
                         "--fusion", names_of_parameters(*found));
    if (std::ranges::find(seen, given) != seen.end())
      return usage_error(fmt::format("the parameter '{}' is given twice", given), "--fusion");
    seen.push_back(given);
    auto value = read_fusion_value(*found, *parameter, trimmed(part.substr(equals + 1)));
    TRY(value);
    fusion.values[static_cast<std::size_t>(parameter - found->parameters.data())] =
        std::move(*value);
  }
  return fusion;
}

std::string to_string(const Fusion& fusion) {
  std::string inside;
  for (std::size_t i = 0; i < fusion.values.size(); ++i) {
    std::string value;
    if (const auto* number = std::get_if<double>(&fusion.values[i])) {
      value = shortest(*number);
    } else if (const auto* word = std::get_if<std::string>(&fusion.values[i])) {
      value = *word;
    } else {
      for (const double weight : std::get<std::vector<double>>(fusion.values[i]))
        value += (value.empty() ? "" : ":") + shortest(weight);
    }
    // What is empty stands at its default, and would not be read back.
    if (value.empty()) continue;
    inside +=
        fmt::format("{}{}={}", inside.empty() ? "" : ",", fusion.kind->parameters[i].name, value);
  }
  return fmt::format("{}({})", fusion.kind->name, inside);
}

std::span<const double> BoundFusion::weights_of(std::size_t category) const {
  const bool own = category < class_weights.size() && !class_weights[category].empty();
  return own ? class_weights[category] : weights;
}

Result<BoundFusion> bind_fusion(const Fusion& fusion, std::size_t voters,
                                std::span<const BoxCategory> categories) {
  if (voters == 0 || voters > most_fused_voters)
    return usage_error(fmt::format("{} voters cannot be fused", voters), "--detections",
                       "between 1 and 64 are");
  BoundFusion bound{fusion, voters, FusionVote::affirmative, {}, {}};
  const std::string_view vote = fusion.word("vote");
  if (vote == "consensus") bound.vote = FusionVote::consensus;
  if (vote == "unanimous") bound.vote = FusionVote::unanimous;
  for (const FusionValue& value : fusion.values)
    if (const auto* weights = std::get_if<std::vector<double>>(&value)) bound.weights = *weights;
  if (bound.weights.empty()) bound.weights.assign(voters, 1);
  TRY(check_weights(bound.weights, voters, "--fusion", ErrorKind::usage));
  if (const std::string file(fusion.word("class_weights")); !file.empty()) {
    auto weights = read_class_weights(file, voters, categories);
    TRY(weights);
    bound.class_weights = std::move(*weights);
  }
  return bound;
}

}  // namespace plumbline
