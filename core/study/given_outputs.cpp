#include "core/study/given_outputs.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/data/npy.h"

namespace plumbline {

namespace {

/// What the split refers to.
struct GivenMemory {
  std::vector<ClassIndex> labels;
  struct Column {
    std::vector<ClassIndex> predicted;
    std::vector<float> confidence, log_prob_label;
    std::vector<double> given;
  };
  std::vector<Column> voters;
};

Result<std::vector<ClassIndex>> read_given_labels(const std::filesystem::path& file) {
  const auto array = read_npy(file);
  TRY(array);
  const bool is_column = array->shape.size() == 2 && array->shape[1] == 1;
  if (array->shape.size() != 1 && !is_column)
    return bad_input(fmt::format("labels are one number per sample, but this is {}",
                                 fmt::join(array->shape, " × ")),
                     file.string(), "for one-hot rows save array.argmax(1)");
  std::vector<ClassIndex> labels;
  for (std::size_t i = 0; i < array->values.size(); ++i) {
    const double value = array->values[i];
    if (value != std::floor(value) || value < -1 || value >= max_classes)
      return bad_input(fmt::format("label {} of row {} is not a class", value, i), file.string(),
                       "labels are whole numbers from 0, or −1 where the class is not known");
    labels.push_back(value < 0 ? no_class : static_cast<ClassIndex>(value));
  }
  if (labels.empty()) return bad_input("there is no sample", file.string());
  return labels;
}

/// Rows of any kind as probabilities.
void to_probabilities(std::span<double> row, OutputValues kind) {
  if (kind != OutputValues::probabilities) {
    const double top = *std::ranges::max_element(row);
    for (double& value : row) value = std::exp(value - top);
  }
  const double sum = std::accumulate(row.begin(), row.end(), 0.0);
  // As they were given where they sum to 1 as nearly as float32 does.
  if (kind == OutputValues::probabilities && std::abs(sum - 1) <= 1e-6) return;
  for (double& value : row) value /= sum;
}

Result<void> check_values(const NpyArray& array, std::size_t classes, const std::string& where) {
  for (std::size_t i = 0; i < array.values.size(); ++i)
    if (std::isnan(array.values[i]) || array.values[i] == HUGE_VAL)
      return bad_input(
          fmt::format("row {}, column {} is {}", i / classes, i % classes, array.values[i]), where,
          "leave out such samples, or find out where they come from");
  for (std::size_t row = 0; row * classes < array.values.size(); ++row)
    if (std::ranges::all_of(std::span(array.values).subspan(row * classes, classes),
                            [](double value) { return std::isinf(value); }))
      return bad_input(fmt::format("row {} has no finite number", row), where);
  return {};
}

}  // namespace

Result<GivenOutputs> read_given_outputs(std::span<const std::filesystem::path> outputs,
                                        const std::filesystem::path& labels,
                                        const std::string& kind, const std::string& name) {
  auto memory = std::make_shared<GivenMemory>();
  auto read_labels = read_given_labels(labels);
  TRY(read_labels);
  memory->labels = std::move(*read_labels);
  const std::size_t samples = memory->labels.size();
  GivenOutputs given;
  given.split.name = name;
  std::size_t classes = 0;
  HeldSplit::Block block{0, samples, 0, {}};
  for (const auto& file : outputs) {
    auto array = read_npy(file);
    TRY(array);
    const std::string where = file.string();
    if (array->shape.size() != 2 || array->shape[0] != static_cast<std::int64_t>(samples) ||
        array->shape[1] < 1 || array->shape[1] > max_classes ||
        (classes != 0 && array->shape[1] != static_cast<std::int64_t>(classes)))
      return bad_input(fmt::format("the array is {}, but must be {} samples × {}",
                                   fmt::join(array->shape, " × "), samples,
                                   classes == 0 ? "classes" : fmt::format("{} classes", classes)),
                       where, "as many rows as there are labels, and one column per class");
    classes = static_cast<std::size_t>(array->shape[1]);
    TRY(check_values(*array, classes, where));
    const auto told = told_kind(array->values, classes, kind, where);
    TRY(told);
    given.kinds.push_back(*told);
    GivenMemory::Column& column = memory->voters.emplace_back();
    for (std::size_t i = 0; i < samples; ++i) {
      const auto row = std::span(array->values).subspan(i * classes, classes);
      to_probabilities(row, *told);
      const auto top = std::ranges::max_element(row);
      column.predicted.push_back(static_cast<ClassIndex>(top - row.begin()));
      column.given.push_back(*top);
      column.confidence.push_back(static_cast<float>(*top));
      const ClassIndex truth = memory->labels[i];
      if (truth != no_class && truth >= classes)
        return bad_input(
            fmt::format("label {} of row {} is not one of the {} classes", truth, i, classes),
            labels.string());
      column.log_prob_label.push_back(
          static_cast<float>(truth == no_class ? 0 : std::log(row[truth])));
    }
    block.probabilities.push_back(
        std::make_shared<const std::vector<double>>(std::move(array->values)));
  }
  block.classes = classes;
  given.split.blocks.push_back(std::move(block));
  given.split.votes.labels = memory->labels;
  for (const GivenMemory::Column& column : memory->voters)
    given.split.votes.voters.push_back(
        {column.predicted, column.confidence, column.log_prob_label, column.given});
  given.memory = std::move(memory);
  return given;
}

}  // namespace plumbline
