#include "core/predictions/class_predictions.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace plumbline {

namespace {

// float16 as the compiler has it: -Wpedantic knows no such type.
__extension__ typedef _Float16 Half;  // NOLINT(modernize-use-using)
static_assert(sizeof(Half) == 2);

template <class T>
TensorView class_tensor(std::string name, Dtype dtype, std::vector<std::int64_t> shape,
                        const std::vector<T>& values) {
  return {std::move(name), dtype, std::move(shape), std::as_bytes(std::span(values))};
}

std::vector<Half> to_half(std::span<const float> values) {
  std::vector<Half> half(values.size());
  // float16 has no value between the smallest and −inf that matters: exp(−65504) is 0 all the same.
  std::ranges::transform(values, half.begin(), [](float v) { return static_cast<Half>(v); });
  return half;
}

struct TopEntries {
  std::vector<std::int32_t> classes;
  std::vector<Half> log_probs;
};

TopEntries top_entries(const ClassPredictions& content) {
  TopEntries top;
  const auto width = static_cast<std::size_t>(content.classes);
  const std::size_t rows = content.log_probs.size() / width;
  std::vector<std::int32_t> order(width);
  for (std::size_t row = 0; row < rows; ++row) {
    const float* values = content.log_probs.data() + row * width;
    std::iota(order.begin(), order.end(), 0);
    // Equal values by the lower class, so that the bytes do not depend on the algorithm.
    std::partial_sort(order.begin(), order.begin() + top_classes, order.end(),
                      [&](std::int32_t a, std::int32_t b) {
                        return values[a] != values[b] ? values[a] > values[b] : a < b;
                      });
    for (int k = 0; k < top_classes; ++k) {
      const auto c = order[static_cast<std::size_t>(k)];
      top.classes.push_back(c);
      top.log_probs.push_back(static_cast<Half>(values[c]));
    }
  }
  return top;
}

template <class T>
std::span<const T> row_of(const TensorView* view, int row, std::int64_t count) {
  const auto* values = reinterpret_cast<const T*>(view->data.data());
  return {values + static_cast<std::int64_t>(row) * count, static_cast<std::size_t>(count)};
}

/// The number of rows; 0 where there is no table of classes.
std::int64_t class_rows(const PredictionFile& file) {
  const TensorView* predicted = file.tensors.find("class");
  return predicted && !predicted->shape.empty() ? predicted->shape[0] : 0;
}

Result<void> check_class_file(const PredictionFile& file, const std::filesystem::path& where) {
  const auto count = file.envelope.count, classes = file.number("classes"), rows = class_rows(file);
  if (classes < 1 || classes > max_classes)
    return wrong_prediction_file(where, "has an impossible number of classes");
  if (rows < 1 || rows > 1'000'000 || !file.has("class", Dtype::i32, {rows, count}))
    return wrong_prediction_file(where, "has no classes of the expected shape");
  if (!file.has("confidence", Dtype::f32, {rows, count}) ||
      !file.has("log_prob_label", Dtype::f32, {rows, count}))
    return wrong_prediction_file(where, "lacks confidences or has them in another shape");
  const bool whole = file.has("log_probs", Dtype::f32, {rows, count, classes}) ||
                     file.has("log_probs", Dtype::f16, {rows, count, classes});
  const bool top = file.has("top_classes", Dtype::i32, {rows, count, top_classes}) &&
                   file.has("top_log_probs", Dtype::f16, {rows, count, top_classes});
  if (!whole && !top)
    return wrong_prediction_file(where, "lacks log-probabilities or has them in another shape");
  return {};
}

template <class T>
std::shared_ptr<const std::vector<T>> keep_values(PredictionDraft& draft, std::vector<T> values) {
  auto kept = std::make_shared<const std::vector<T>>(std::move(values));
  draft.memory.push_back(kept);
  return kept;
}

}  // namespace

const PredictionSchema& class_schema() {
  static constexpr PredictionSchema schema = {"classes", 1, check_class_file};
  return schema;
}

void allocate(ClassPredictions& content) {
  const auto cells = content.voters.size() * static_cast<std::size_t>(content.count);
  content.predicted.assign(cells, -1);
  content.confidence.assign(cells, 0);
  content.log_prob_label.assign(cells, std::numeric_limits<float>::quiet_NaN());
  content.log_probs.assign(cells * static_cast<std::size_t>(content.classes),
                           -std::numeric_limits<float>::infinity());
}

PredictionDraft draft_of(const ClassPredictions& content) {
  const auto rows = static_cast<std::int64_t>(content.voters.size());
  const auto count = content.count;
  PredictionDraft draft;
  draft.envelope = {"classes", class_schema().version, content.first, count, content.voters};
  draft.facts = {{"classes", std::to_string(content.classes)}};
  draft.tensors = {
      class_tensor("class", Dtype::i32, {rows, count}, content.predicted),
      class_tensor("confidence", Dtype::f32, {rows, count}, content.confidence),
      class_tensor("log_prob_label", Dtype::f32, {rows, count}, content.log_prob_label)};
  if (content.classes <= float32_classes) {
    draft.tensors.push_back(
        class_tensor("log_probs", Dtype::f32, {rows, count, content.classes}, content.log_probs));
  } else if (content.classes <= float16_classes) {
    const auto half = keep_values(draft, to_half(content.log_probs));
    draft.tensors.push_back(
        class_tensor("log_probs", Dtype::f16, {rows, count, content.classes}, *half));
  } else {
    TopEntries top = top_entries(content);
    const auto classes = keep_values(draft, std::move(top.classes));
    const auto log_probs = keep_values(draft, std::move(top.log_probs));
    draft.tensors.push_back(
        class_tensor("top_classes", Dtype::i32, {rows, count, top_classes}, *classes));
    draft.tensors.push_back(
        class_tensor("top_log_probs", Dtype::f16, {rows, count, top_classes}, *log_probs));
  }
  return draft;
}

Result<void> write_class_predictions(const std::filesystem::path& file,
                                     const ClassPredictions& predictions) {
  return write_predictions(file, draft_of(predictions));
}

Result<ClassPredictionFile> ClassPredictionFile::open(const std::filesystem::path& path,
                                                      std::int64_t first, std::int64_t count) {
  auto file = open_checked_predictions(path, first, count, class_schema());
  TRY(file);
  ClassPredictionFile result(std::move(*file));
  result.rows_ = static_cast<int>(class_rows(result.file_));
  result.classes_ = static_cast<int>(result.file_.number("classes"));
  return result;
}

std::span<const std::int32_t> ClassPredictionFile::predicted(int row) const {
  return row_of<std::int32_t>(file_.tensors.find("class"), row, count());
}

std::span<const float> ClassPredictionFile::confidence(int row) const {
  return row_of<float>(file_.tensors.find("confidence"), row, count());
}

std::span<const float> ClassPredictionFile::log_prob_label(int row) const {
  return row_of<float>(file_.tensors.find("log_prob_label"), row, count());
}

void ClassPredictionFile::log_probs(int row, std::int64_t begin, std::int64_t end, int width,
                                    float* out) const {
  const TensorView* whole = file_.tensors.find("log_probs");
  const auto spread = [&]<class T>(const T* values) {
    const T* source = values + (static_cast<std::int64_t>(row) * count() + begin) * classes_;
    for (std::int64_t i = begin; i < end; ++i, source += classes_, out += width) {
      std::transform(source, source + classes_, out, [](T v) { return static_cast<float>(v); });
      std::fill(out + classes_, out + width, -std::numeric_limits<float>::infinity());
    }
  };
  if (whole && whole->dtype == Dtype::f32)
    return spread(reinterpret_cast<const float*>(whole->data.data()));
  if (whole) return spread(reinterpret_cast<const Half*>(whole->data.data()));
  const auto* classes =
      reinterpret_cast<const std::int32_t*>(file_.tensors.find("top_classes")->data.data());
  const auto* values =
      reinterpret_cast<const Half*>(file_.tensors.find("top_log_probs")->data.data());
  const auto offset = (static_cast<std::int64_t>(row) * count() + begin) * top_classes;
  classes += offset;
  values += offset;
  for (std::int64_t i = begin; i < end; ++i, out += width) {
    std::fill(out, out + width, -std::numeric_limits<float>::infinity());
    for (int k = 0; k < top_classes; ++k, ++classes, ++values)
      if (*classes >= 0 && *classes < width) out[*classes] = static_cast<float>(*values);
  }
}

}  // namespace plumbline
