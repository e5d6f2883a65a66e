#include "core/predictions/class_predictions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "kernels/vectorised.h"

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

/// One instruction for several values, where the processor has it: in software a block of a
/// thousand classes takes longer than a GPU computes it.
PLUMBLINE_VECTORISED void round_to_half(const float* values, Half* half, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) half[i] = static_cast<Half>(values[i]);
}

std::vector<Half> to_half(std::span<const float> values) {
  std::vector<Half> half(values.size());
  // float16 has no value between the smallest and −inf that matters: exp(−65504) is 0 all the same.
  round_to_half(values.data(), half.data(), values.size());
  return half;
}

template <class Stored>
struct TopEntries {
  std::vector<std::int32_t> classes;
  std::vector<Stored> values;
};

/// `values`: rows of all classes.
template <class Stored, class Given>
TopEntries<Stored> top_entries(const ClassPredictions& content, const std::vector<Given>& all) {
  TopEntries<Stored> top;
  const auto width = static_cast<std::size_t>(content.classes);
  const std::size_t rows = all.size() / width;
  std::vector<std::int32_t> order(width);
  for (std::size_t row = 0; row < rows; ++row) {
    const Given* values = all.data() + row * width;
    std::iota(order.begin(), order.end(), 0);
    // Equal values by the lower class, so that the bytes do not depend on the algorithm.
    std::partial_sort(order.begin(), order.begin() + top_classes, order.end(),
                      [&](std::int32_t a, std::int32_t b) {
                        return values[a] != values[b] ? values[a] > values[b] : a < b;
                      });
    for (int k = 0; k < top_classes; ++k) {
      const auto c = order[static_cast<std::size_t>(k)];
      top.classes.push_back(c);
      top.values.push_back(static_cast<Stored>(values[c]));
    }
  }
  return top;
}

/// Files of logarithms are as they always were, and say so; older programs read them.
constexpr int version_of_logarithms = 1, version_of_given = 2;

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

/// The names of further classes; nothing where they are none.
std::optional<FurtherClasses> further_of(const PredictionFile& file) {
  const std::string* text = file.tensors.find_metadata("further_classes");
  if (text == nullptr) return FurtherClasses();
  const auto most = std::max<std::int64_t>(file.number("classes"), 0);
  return parse_further(*text, static_cast<std::size_t>(most));
}

Result<void> check_class_file(const PredictionFile& file, const std::filesystem::path& where) {
  const auto count = file.envelope.count, classes = file.number("classes"), rows = class_rows(file);
  if (classes < 1 || classes > max_classes)
    return wrong_prediction_file(where, "has an impossible number of classes");
  if (rows < 1 || rows > 1'000'000 || !file.has("class", Dtype::i32, {rows, count}))
    return wrong_prediction_file(where, "has no classes of the expected shape");
  if (!file.has("confidence", Dtype::f32, {rows, count}) ||
      !file.has("log_prob_label", Dtype::f32, {rows, count}))
    return wrong_prediction_file(where, "lacks confidences, or has them in another shape");
  const bool whole = file.has("log_probs", Dtype::f32, {rows, count, classes}) ||
                     file.has("log_probs", Dtype::f16, {rows, count, classes});
  const bool top = file.has("top_classes", Dtype::i32, {rows, count, top_classes}) &&
                   file.has("top_log_probs", Dtype::f16, {rows, count, top_classes});
  const auto has_given = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
    return file.has(name, Dtype::f32, shape) || file.has(name, Dtype::f64, shape);
  };
  const bool given = has_given("probabilities", {rows, count, classes}) ||
                     (file.has("top_classes", Dtype::i32, {rows, count, top_classes}) &&
                      has_given("top_probabilities", {rows, count, top_classes}));
  if (!whole && !top && !given)
    return wrong_prediction_file(where, "lacks log-probabilities, or has them in another shape");
  if (!further_of(file)) return wrong_prediction_file(where, "names impossible further classes");
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
  static constexpr PredictionSchema schema = {"classes", version_of_given, check_class_file};
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

namespace {

bool are_float32(const std::vector<double>& values) {
  return std::ranges::all_of(
      values, [](double v) { return static_cast<double>(static_cast<float>(v)) == v; });
}

template <class Stored>
void add_given(const ClassPredictions& content, Dtype dtype, PredictionDraft& draft) {
  const auto rows = static_cast<std::int64_t>(content.voters.size());
  if (content.classes > float16_classes) {
    auto top = top_entries<Stored>(content, content.probabilities);
    const auto classes = keep_values(draft, std::move(top.classes));
    const auto values = keep_values(draft, std::move(top.values));
    draft.tensors.push_back(
        class_tensor("top_classes", Dtype::i32, {rows, content.count, top_classes}, *classes));
    draft.tensors.push_back(
        class_tensor("top_probabilities", dtype, {rows, content.count, top_classes}, *values));
    return;
  }
  std::vector<Stored> values(content.probabilities.size());
  std::ranges::transform(content.probabilities, values.begin(),
                         [](double v) { return static_cast<Stored>(v); });
  const auto kept = keep_values(draft, std::move(values));
  draft.tensors.push_back(
      class_tensor("probabilities", dtype, {rows, content.count, content.classes}, *kept));
}

}  // namespace

PredictionDraft draft_of(const ClassPredictions& content) {
  const auto rows = static_cast<std::int64_t>(content.voters.size());
  const auto count = content.count;
  PredictionDraft draft;
  const bool given = !content.probabilities.empty();
  draft.envelope = {"classes", given ? version_of_given : version_of_logarithms, content.first,
                    count, content.voters};
  draft.facts = {{"classes", std::to_string(content.classes)}};
  if (!content.further.empty())
    draft.facts.emplace_back("further_classes", further_text(content.further));
  draft.tensors = {
      class_tensor("class", Dtype::i32, {rows, count}, content.predicted),
      class_tensor("confidence", Dtype::f32, {rows, count}, content.confidence),
      class_tensor("log_prob_label", Dtype::f32, {rows, count}, content.log_prob_label)};
  if (given) {
    if (are_float32(content.probabilities))
      add_given<float>(content, Dtype::f32, draft);
    else
      add_given<double>(content, Dtype::f64, draft);
  } else if (content.classes <= float32_classes) {
    draft.tensors.push_back(
        class_tensor("log_probs", Dtype::f32, {rows, count, content.classes}, content.log_probs));
  } else if (content.classes <= float16_classes) {
    const auto half = keep_values(draft, to_half(content.log_probs));
    draft.tensors.push_back(
        class_tensor("log_probs", Dtype::f16, {rows, count, content.classes}, *half));
  } else {
    auto top = top_entries<Half>(content, content.log_probs);
    const auto classes = keep_values(draft, std::move(top.classes));
    const auto log_probs = keep_values(draft, std::move(top.values));
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
  result.further_ = further_of(result.file_).value_or(FurtherClasses());
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

namespace {

template <class T>
const T* values_in(const TensorView& tensor) {
  return reinterpret_cast<const T*>(tensor.data.data());
}

/// Calls `use(place in the row, value)` for all that is stored of one cell of a file.
template <class T, class Use>
void for_each_class(const TensorView& values, const TensorView* top_places, std::int64_t cell,
                    std::int64_t width, const Use& use) {
  const T* value = values_in<T>(values) + cell * width;
  if (!top_places) {
    for (std::int64_t c = 0; c < width; ++c) use(c, value[c]);
    return;
  }
  const auto* place = values_in<std::int32_t>(*top_places) + cell * width;
  for (std::int64_t k = 0; k < width; ++k) use(std::int64_t{place[k]}, value[k]);
}

/// What a file holds of whole distributions.
struct StoredDistributions {
  const TensorView* values;
  const TensorView* top_places;  ///< null where all classes are stored
  bool given;                    ///< probabilities, else logarithms

  explicit StoredDistributions(const SafetensorsFile& tensors) {
    given = tensors.find("probabilities") || tensors.find("top_probabilities");
    values = tensors.find(given ? "probabilities" : "log_probs");
    top_places = values ? nullptr : tensors.find("top_classes");
    if (!values) values = tensors.find(given ? "top_probabilities" : "top_log_probs");
  }

  template <class Use>
  void for_each(std::int64_t cell, std::int64_t classes, const Use& use) const {
    const std::int64_t width = top_places ? top_classes : classes;
    if (values->dtype == Dtype::f16)
      for_each_class<Half>(*values, top_places, cell, width,
                           [&](std::int64_t c, Half v) { use(c, static_cast<double>(v)); });
    else if (values->dtype == Dtype::f32)
      for_each_class<float>(*values, top_places, cell, width,
                            [&](std::int64_t c, float v) { use(c, static_cast<double>(v)); });
    else
      for_each_class<double>(*values, top_places, cell, width, use);
  }
};

/// Takes back what rounding did to a row: see `probabilities`. The rest of 1 is known as well as
/// the confidence, to float32's rounding, so that small chances beside a sure class are left alone.
/// Where only the top ones are stored, those that are not have what is left.
void take_back_rounding(std::span<double> row, std::size_t top, double confidence, bool whole) {
  constexpr double slack = 6e-8;
  constexpr int most_rounds = 8;  // each holds down further classes; one is enough but for ties
  row[top] = 0;
  for (int round = 0; round < most_rounds; ++round) {
    double free = 0, held = 0;
    for (double& p : row) {
      p = std::min(p, confidence);
      (p < confidence ? free : held) += p;
    }
    const double wanted = std::max(1 - confidence - held, 0.0);
    const double target = std::clamp(free, whole ? wanted - slack : 0.0, wanted + slack);
    if (free <= 0 || std::abs(target - free) < 1e-12) break;
    for (double& p : row)
      if (p < confidence) p *= target / free;
  }
  // What is as great as the confidence is not greater, but the lower class would win.
  for (std::size_t c = 0; c < top; ++c)
    if (row[c] >= confidence) row[c] = std::nextafter(confidence, 0.0);
  for (std::size_t c = top + 1; c < row.size(); ++c) row[c] = std::min(row[c], confidence);
  row[top] = confidence;
}

}  // namespace

void ClassPredictionFile::log_probs(int row, std::int64_t begin, std::int64_t end, int width,
                                    float* out) const {
  const StoredDistributions stored(file_.tensors);
  for (std::int64_t i = begin; i < end; ++i, out += width) {
    std::fill(out, out + width, -std::numeric_limits<float>::infinity());
    stored.for_each(static_cast<std::int64_t>(row) * count() + i, classes_,
                    [&](std::int64_t c, double v) {
                      if (c < 0 || c >= width) return;
                      out[c] = static_cast<float>(stored.given ? std::log(v) : v);
                    });
  }
}

void ClassPredictionFile::probabilities(int row, std::int64_t begin, std::int64_t end, int width,
                                        double* out) const {
  const StoredDistributions stored(file_.tensors);
  const auto classes = predicted(row);
  const auto sure = confidence(row);
  for (std::int64_t i = begin; i < end; ++i, out += width) {
    std::fill(out, out + width, 0.0);
    const auto sample = static_cast<std::size_t>(i);
    const std::int32_t top = classes[sample];
    if (top < 0 || top >= width) continue;
    stored.for_each(static_cast<std::int64_t>(row) * count() + i, classes_,
                    [&](std::int64_t c, double v) {
                      if (c >= 0 && c < width) out[c] = stored.given ? v : std::exp(v);
                    });
    if (!stored.given)
      take_back_rounding({out, static_cast<std::size_t>(width)}, static_cast<std::size_t>(top),
                         static_cast<double>(sure[sample]), stored.top_places == nullptr);
  }
}

double ClassPredictionFile::given_confidence(int row, std::int64_t sample) const {
  const auto place = static_cast<std::size_t>(sample);
  double confidence = static_cast<double>(this->confidence(row)[place]);
  const StoredDistributions stored(file_.tensors);
  if (!stored.given || stored.values->dtype != Dtype::f64) return confidence;
  const std::int32_t top = predicted(row)[place];
  stored.for_each(static_cast<std::int64_t>(row) * count() + sample, classes_,
                  [&](std::int64_t c, double v) {
                    if (c == top) confidence = v;
                  });
  return confidence;
}

}  // namespace plumbline
