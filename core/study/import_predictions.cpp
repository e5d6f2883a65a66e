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
#include "core/study/class_match.h"
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
Result<void> take_matrix(NpyArray& array, std::int64_t samples, std::int64_t least,
                         const std::string& where) {
  const auto found = shape_text(array.shape);
  auto& shape = array.shape;
  if (shape.size() > 2)
    for (auto side = shape.begin(); side != shape.end() && shape.size() > 2;)
      side = *side == 1 ? shape.erase(side) : side + 1;
  if (shape.size() == 2 && shape[0] == samples && shape[1] >= least && shape[1] <= max_classes)
    return {};
  std::string hint = "rows are the split's samples in order, columns its classes";
  if (shape.size() == 1 && shape[0] == samples)
    hint = "one number per sample is a list of labels: save the outputs of all classes";
  else if (shape.size() == 2 && shape[1] == samples)
    hint = fmt::format("{} may be transposed: save array.T", found);
  return bad_input(fmt::format("expected {} samples × {} classes, found {}", samples, least,
                               found.empty() ? "a single number" : found),
                   where, hint);
}

/// How the columns of a file stand to a data set's classes.
struct Columns {
  std::vector<std::size_t> place;  ///< of each column; the data set's class, or one behind them
  std::size_t classes = 0;         ///< places in all
  FurtherClasses further;
  std::vector<std::string> notes;
};

Result<Columns> match_columns(const DatasetInfo& dataset, std::size_t count,
                              const PredictionImport& request) {
  const std::size_t own = dataset.classes.size();
  Columns columns;
  columns.place.resize(count);
  if (request.names.empty()) {
    std::iota(columns.place.begin(), columns.place.end(), std::size_t{0});
    columns.classes = count;
    // A model without names calls its outputs so, too.
    for (std::size_t i = own; i < count; ++i) columns.further.push_back(std::to_string(i));
    if (count > own)
      columns.notes.push_back(fmt::format(
          "the file has {} columns and '{}' has {} classes: the first {} columns are taken for "
          "them, in their order; a vote for one of the other {} is never right (--classes names "
          "the columns)",
          count, dataset.name, own, own, count - own));
    return columns;
  }
  if (request.names.size() != count)
    return bad_input(fmt::format("{} names are given for {} columns", request.names.size(), count),
                     request.file.string(), "one name per column, in their order");
  auto match = match_classes(dataset.classes, request.names, count, request.file.string());
  TRY(match);
  columns.place.assign(match->to_dataset.begin(), match->to_dataset.end());
  columns.classes = own + match->further.size();
  columns.further = std::move(match->further);
  columns.notes = std::move(match->notes);
  if (!match->unreachable.empty())
    columns.notes.push_back(fmt::format(
        "{} of the data set's classes have no column ({}{}): their samples count as mispredicted",
        match->unreachable.size(), match->unreachable.front(),
        match->unreachable.size() > 1 ? ", …" : ""));
  return columns;
}

/// The values with each column at its place; what has no column is impossible.
void place_columns(NpyArray& array, const Columns& columns, OutputValues kind) {
  const std::size_t width = columns.place.size();
  bool in_order = width == columns.classes;
  for (std::size_t c = 0; c < width; ++c) in_order = in_order && columns.place[c] == c;
  if (in_order) return;
  const std::size_t rows = width == 0 ? 0 : array.values.size() / width;
  const double impossible =
      kind == OutputValues::probabilities ? 0 : -std::numeric_limits<double>::infinity();
  std::vector<double> placed(rows * columns.classes, impossible);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t c = 0; c < width; ++c)
      placed[i * columns.classes + columns.place[c]] = array.values[i * width + c];
  array.values = std::move(placed);
  array.shape[1] = static_cast<std::int64_t>(columns.classes);
}

/// Whether each row is sure of one class altogether.
bool is_one_hot(std::span<const double> values, std::size_t classes) {
  for (std::size_t at = 0; at < values.size(); at += classes)
    if (std::ranges::count(values.subspan(at, classes), 1.0) != 1 ||
        std::ranges::count(values.subspan(at, classes), 0.0) !=
            static_cast<std::ptrdiff_t>(classes) - 1)
      return false;
  return !values.empty();
}

ClassPredictions shard_of(const NpyArray& array, OutputValues kind, const PredictionImport& request,
                          const FurtherClasses& further, std::int64_t first,
                          std::span<const ClassIndex> labels) {
  ClassPredictions content;
  content.first = first;
  content.count = static_cast<std::int64_t>(labels.size());
  content.classes = static_cast<int>(array.shape[1]);
  content.voters = {{request.name, {}}};
  content.further = further;
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
  // With names some of the data set's classes may have no column.
  const auto least = request.names.empty() ? static_cast<std::int64_t>(dataset->classes.size()) : 1;
  TRY(take_matrix(*array, samples, least, where));
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
  auto columns = match_columns(*dataset, classes, request);
  TRY(columns);
  if (*kind == OutputValues::probabilities && is_one_hot(array->values, classes))
    columns->notes.push_back(
        "every row is one-hot, that is, a label without a probability: all confidences are 1, so "
        "thresholds, AUROC and ECE tell nothing, and the NLL is infinite");
  place_columns(*array, *columns, *kind);
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
    const auto content = shard_of(*array, *kind, request, columns->further, first,
                                  std::span(*labels).subspan(static_cast<std::size_t>(first),
                                                             static_cast<std::size_t>(count)));
    TRY(store.commit(std::span(&voter, 1), draft_of(content)));
  }
  // As a run does at its end: who opens the study first does not wait for it. A failure costs time.
  if (const auto whole = study.find_prediction_set(set->key); whole && *whole)
    static_cast<void>(read_votes(study, std::span(&**whole, 1), samples));
  return ImportedPredictions{
      std::string(to_string(*kind)), samples, static_cast<std::int64_t>(classes),
      static_cast<std::int64_t>(columns->further.size()), std::move(columns->notes)};
}

}  // namespace plumbline
