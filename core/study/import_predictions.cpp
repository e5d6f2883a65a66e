#include "core/study/import_predictions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/data/hash.h"
#include "core/data/npy.h"
#include "core/predictions/class_predictions.h"
#include "core/study/output_kind.h"
#include "core/study/study_prediction_store.h"
#include "core/study/vote_cache.h"

namespace plumbline {

namespace {

/// Probabilities as they were given where they sum to 1 as nearly as float32 does, so that a 0.6
/// stays 0.6; what is further away is divided by its sum.
void take_probabilities(std::span<const double> row, double* out) {
  constexpr double rounding = 1e-6;
  const double sum = std::accumulate(row.begin(), row.end(), 0.0);
  const double divisor = std::abs(sum - 1) <= rounding ? 1 : sum;
  std::ranges::transform(row, out, [&](double v) { return v / divisor; });
}

/// Log-probabilities whose exponentials sum to 1, whatever the row held.
void normalise(std::span<const double> row, float* out) {
  const double top = *std::ranges::max_element(row);
  double sum = 0;
  for (const double v : row) sum += std::exp(v - top);
  const double shift = top + std::log(sum);
  std::ranges::transform(row, out, [&](double v) { return static_cast<float>(v - shift); });
}

std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("{}", fmt::join(shape, " × "));
}

/// Makes an array samples × columns: sides of 1 are left out. Errors say what the array looks like.
Result<void> take_matrix(NpyArray& array, std::int64_t samples, const DatasetInfo& dataset,
                         const std::string& where) {
  const auto least = static_cast<std::int64_t>(dataset.classes.size());
  const auto found = shape_text(array.shape);
  auto& shape = array.shape;
  if (shape.size() > 2)
    for (auto side = shape.begin(); side != shape.end() && shape.size() > 2;)
      side = *side == 1 ? shape.erase(side) : side + 1;
  if (shape.size() == 2 && shape[0] == samples && shape[1] >= least && shape[1] <= max_classes)
    return {};
  std::string hint = "rows are the split's samples in order, columns its classes";
  if (shape.size() == 1 && shape[0] == samples)
    hint = "one number a sample is a list of labels: save the outputs of all classes";
  else if (shape.size() == 2 && shape[1] == samples)
    hint = fmt::format("{} may be transposed: save array.T", found);
  return bad_input(fmt::format("expected {} samples × {} classes, found {}", samples, least,
                               found.empty() ? "a single number" : found),
                   where, hint);
}

ClassPredictions shard_of(const NpyArray& array, OutputValues kind, const PredictionImport& request,
                          std::int64_t first, std::span<const ClassIndex> labels) {
  ClassPredictions content;
  content.first = first;
  content.count = static_cast<std::int64_t>(labels.size());
  content.classes = static_cast<int>(array.shape[1]);
  content.voters = {{request.name, {}}};
  allocate(content);
  const bool given = kind == OutputValues::probabilities;
  if (given) {
    content.probabilities.resize(content.log_probs.size());
    content.log_probs = {};
  }
  const auto classes = static_cast<std::size_t>(array.shape[1]);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = std::span<const double>(array.values)
                         .subspan((static_cast<std::size_t>(first) + i) * classes, classes);
    if (given) {
      double* out = content.probabilities.data() + i * classes;
      take_probabilities(row, out);
      const double* top = std::max_element(out, out + classes);
      content.predicted[i] = static_cast<std::int32_t>(top - out);
      content.confidence[i] = static_cast<float>(*top);
      if (labels[i] < classes)
        content.log_prob_label[i] = static_cast<float>(std::log(out[labels[i]]));
      continue;
    }
    float* out = content.log_probs.data() + i * classes;
    normalise(row, out);
    const float* top = std::max_element(out, out + classes);
    content.predicted[i] = static_cast<std::int32_t>(top - out);
    content.confidence[i] = std::exp(*top);
    if (labels[i] < classes) content.log_prob_label[i] = out[labels[i]];
  }
  return content;
}

}  // namespace

Result<ImportedPredictions> import_predictions(Study& study, const PredictionImport& request) {
  const std::string where = request.file.string();
  const auto dataset = study.dataset(request.dataset);
  TRY(dataset);
  const auto labels = study.labels(dataset->id, request.split);
  TRY(labels);
  auto array = read_npy(request.file);
  TRY(array);
  const auto samples = static_cast<std::int64_t>(labels->size());
  TRY(take_matrix(*array, samples, *dataset, where));
  const auto classes = static_cast<std::size_t>(array->shape[1]);
  for (std::size_t i = 0; i < array->values.size(); ++i) {
    const double v = array->values[i];
    // −inf is a probability of 0; anything else that is not finite is a mistake.
    if (!std::isfinite(v) && v != -std::numeric_limits<double>::infinity())
      return bad_input(fmt::format("row {}, column {} is not a number", i / classes, i % classes),
                       where);
  }
  const auto kind = told_kind(array->values, classes, request.kind, where);
  TRY(kind);
  const auto hash = hash_file(request.file);
  TRY(hash);

  // The card says what the voter's outputs mean; there is no network behind it.
  nlohmann::ordered_json card = {{"schema", 1},
                                 {"name", request.name},
                                 {"task", "classification"},
                                 {"input",
                                  {{"channels", 1},
                                   {"height", 1},
                                   {"width", 1},
                                   {"resize", {{"kind", "none"}}},
                                   {"scale", 1},
                                   {"mean", {0}},
                                   {"std", {1}}}},
                                 {"output", {{"kind", "probabilities"}}},
                                 {"classes", dataset->classes}};
  const auto parsed = parse_model_card(
      card.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), request.name);
  TRY(parsed);
  TRY(study.add_model(request.name, {}, "imported", *parsed));
  RunInfo run;
  run.dataset = dataset->id;
  const auto set =
      study.prediction_set(prediction_key(run, request.split, {request.name, {}}, true));
  TRY(set);
  if (set->committed > 0)
    return bad_input(
        fmt::format("'{}' has predictions for the split '{}' already", request.name, request.split),
        where, "import them under another name");
  const VoterKey voter = voter_key(set->key, dataset->name);
  StudyPredictionStore store(study);
  for (std::int64_t first = 0; first < samples; first += shard_samples) {
    const auto count = std::min(shard_samples, samples - first);
    const auto content = shard_of(*array, *kind, request, first,
                                  std::span(*labels).subspan(static_cast<std::size_t>(first),
                                                             static_cast<std::size_t>(count)));
    TRY(store.commit(std::span(&voter, 1), draft_of(content)));
  }
  // As a run does at its end: who opens the study first does not wait for it. A failure costs time.
  if (const auto whole = study.find_prediction_set(set->key); whole && *whole)
    static_cast<void>(read_votes(study, std::span(&**whole, 1), samples));
  return ImportedPredictions{std::string(to_string(*kind)), samples,
                             static_cast<std::int64_t>(classes),
                             static_cast<std::int64_t>(classes - dataset->classes.size())};
}

}  // namespace plumbline
