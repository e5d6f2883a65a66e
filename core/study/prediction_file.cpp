#include "core/study/prediction_file.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "core/types/number.h"

namespace plumbline {

namespace {

// float16 as the compiler has it: -Wpedantic knows no such type.
__extension__ typedef _Float16 Half;  // NOLINT(modernize-use-using)
static_assert(sizeof(Half) == 2);

constexpr std::string_view format_name = "plumbline predictions 1";

template <class T>
TensorView tensor(std::string name, Dtype dtype, std::vector<std::int64_t> shape,
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

TopEntries top_entries(const ShardContent& content) {
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

}  // namespace

void allocate(ShardContent& content) {
  const auto cells = content.voters.size() * static_cast<std::size_t>(content.count);
  content.predicted.assign(cells, -1);
  content.confidence.assign(cells, 0);
  content.log_prob_label.assign(cells, std::numeric_limits<float>::quiet_NaN());
  content.log_probs.assign(cells * static_cast<std::size_t>(content.classes),
                           -std::numeric_limits<float>::infinity());
}

Result<void> write_prediction_file(const std::filesystem::path& file, const ShardContent& content) {
  const auto voters = static_cast<std::int64_t>(content.voters.size());
  std::string names;
  for (const Voter& voter : content.voters) names += (names.empty() ? "" : ",") + to_string(voter);
  const SafetensorsMetadata metadata = {{"format", std::string(format_name)},
                                        {"first", std::to_string(content.first)},
                                        {"count", std::to_string(content.count)},
                                        {"classes", std::to_string(content.classes)},
                                        {"voters", names}};
  std::vector<TensorView> tensors = {
      tensor("class", Dtype::i32, {voters, content.count}, content.predicted),
      tensor("confidence", Dtype::f32, {voters, content.count}, content.confidence),
      tensor("log_prob_label", Dtype::f32, {voters, content.count}, content.log_prob_label)};
  std::vector<Half> half;
  TopEntries top;
  if (content.classes <= float32_classes) {
    tensors.push_back(tensor("log_probs", Dtype::f32, {voters, content.count, content.classes},
                             content.log_probs));
  } else if (content.classes <= float16_classes) {
    half = to_half(content.log_probs);
    tensors.push_back(
        tensor("log_probs", Dtype::f16, {voters, content.count, content.classes}, half));
  } else {
    top = top_entries(content);
    tensors.push_back(
        tensor("top_classes", Dtype::i32, {voters, content.count, top_classes}, top.classes));
    tensors.push_back(
        tensor("top_log_probs", Dtype::f16, {voters, content.count, top_classes}, top.log_probs));
  }
  return write_safetensors(file, metadata, tensors);
}

Result<PredictionFile> PredictionFile::open(const std::filesystem::path& file, std::int64_t first,
                                            std::int64_t count) {
  auto opened = SafetensorsFile::open(file);
  if (!opened) {
    Error error = opened.error();
    if (error.hint.empty())
      error.hint = "this prediction file is needed; restore it, or remove the run and run again";
    return tl::unexpected(std::move(error));
  }
  const auto wrong = [&](std::string_view what) {
    return bad_input(fmt::format("the prediction file {}", what), file.string(),
                     "it was changed or belongs to another study");
  };
  PredictionFile result(std::move(*opened));
  const auto number = [&](std::string_view key) {
    const std::string* text = result.file_.find_metadata(key);
    return text ? parse_integer(*text).value_or(-1) : -1;
  };
  const std::string* format = result.file_.find_metadata("format");
  if (!format || *format != format_name) return wrong("is of an unknown format");
  if (number("first") != first || number("count") != count)
    return wrong("holds another range of samples");
  const auto classes = number("classes");
  if (classes < 1 || classes > max_classes) return wrong("has an impossible number of classes");
  const TensorView* predicted = result.file_.find("class");
  if (!predicted || predicted->dtype != Dtype::i32 || predicted->shape.size() != 2 ||
      predicted->shape[1] != count || predicted->shape[0] < 1 || predicted->shape[0] > 1'000'000)
    return wrong("has no classes of the expected shape");
  const std::int64_t rows = predicted->shape[0];
  const auto has = [&](std::string_view name, Dtype dtype, const std::vector<std::int64_t>& shape) {
    const TensorView* view = result.file_.find(name);
    return view && view->dtype == dtype && view->shape == shape &&
           reinterpret_cast<std::uintptr_t>(view->data.data()) % bytes_per_value(dtype) == 0;
  };
  if (!has("class", Dtype::i32, {rows, count}) || !has("confidence", Dtype::f32, {rows, count}) ||
      !has("log_prob_label", Dtype::f32, {rows, count}))
    return wrong("lacks confidences or has them in another shape");
  const bool whole = has("log_probs", Dtype::f32, {rows, count, classes}) ||
                     has("log_probs", Dtype::f16, {rows, count, classes});
  const bool top = has("top_classes", Dtype::i32, {rows, count, top_classes}) &&
                   has("top_log_probs", Dtype::f16, {rows, count, top_classes});
  if (!whole && !top) return wrong("lacks log-probabilities or has them in another shape");
  result.count_ = count;
  result.rows_ = static_cast<int>(rows);
  result.classes_ = static_cast<int>(classes);
  return result;
}

std::span<const std::int32_t> PredictionFile::predicted(int row) const {
  return row_of<std::int32_t>(file_.find("class"), row, count_);
}

std::span<const float> PredictionFile::confidence(int row) const {
  return row_of<float>(file_.find("confidence"), row, count_);
}

std::span<const float> PredictionFile::log_prob_label(int row) const {
  return row_of<float>(file_.find("log_prob_label"), row, count_);
}

void PredictionFile::log_probs(int row, std::int64_t begin, std::int64_t end, int width,
                               float* out) const {
  const TensorView* whole = file_.find("log_probs");
  const auto spread = [&]<class T>(const T* values) {
    const T* source = values + (static_cast<std::int64_t>(row) * count_ + begin) * classes_;
    for (std::int64_t i = begin; i < end; ++i, source += classes_, out += width) {
      std::transform(source, source + classes_, out, [](T v) { return static_cast<float>(v); });
      std::fill(out + classes_, out + width, -std::numeric_limits<float>::infinity());
    }
  };
  if (whole && whole->dtype == Dtype::f32)
    return spread(reinterpret_cast<const float*>(whole->data.data()));
  if (whole) return spread(reinterpret_cast<const Half*>(whole->data.data()));
  const auto* classes =
      reinterpret_cast<const std::int32_t*>(file_.find("top_classes")->data.data());
  const auto* values = reinterpret_cast<const Half*>(file_.find("top_log_probs")->data.data());
  const auto offset = (static_cast<std::int64_t>(row) * count_ + begin) * top_classes;
  classes += offset;
  values += offset;
  for (std::int64_t i = begin; i < end; ++i, out += width) {
    std::fill(out, out + width, -std::numeric_limits<float>::infinity());
    for (int k = 0; k < top_classes; ++k, ++classes, ++values)
      if (*classes >= 0 && *classes < width) out[*classes] = static_cast<float>(*values);
  }
}

}  // namespace plumbline
