#include "core/predictions/box_predictions.h"

#include <algorithm>
#include <cmath>

#include "core/types/class_index.h"

namespace plumbline {

namespace {

template <class T>
std::span<const T> box_values(const PredictionFile& file, std::string_view name) {
  const TensorView* view = file.tensors.find(name);
  return {reinterpret_cast<const T*>(view->data.data()), view->data.size() / sizeof(T)};
}

std::int64_t box_rows(const PredictionFile& file) {
  const TensorView* known = file.tensors.find("known");
  return known && !known->shape.empty() ? known->shape[0] : 0;
}

bool sound_box(const PredictedBox& box) {
  return box.left >= 0 && box.top >= 0 && box.right >= box.left && box.bottom >= box.top &&
         std::isfinite(box.right) && std::isfinite(box.bottom);
}

Result<void> check_box_file(const PredictionFile& file, const std::filesystem::path& where) {
  const auto count = file.envelope.count, classes = file.number("classes"), rows = box_rows(file);
  if (classes < 1 || classes > max_classes)
    return wrong_prediction_file(where, "has an impossible number of classes");
  if (rows < 1 || rows > 1'000'000 || !file.has("known", Dtype::u8, {rows, count}) ||
      !file.has("offsets", Dtype::i64, {rows * count + 1}))
    return wrong_prediction_file(where, "has no offsets of the expected shape");
  const auto offsets = box_values<std::int64_t>(file, "offsets");
  if (offsets.front() != 0 || !std::ranges::is_sorted(offsets))
    return wrong_prediction_file(where, "has offsets that do not increase from 0");
  const std::int64_t boxes = offsets.back();
  if (!file.has("boxes", Dtype::f32, {boxes, 4}) || !file.has("scores", Dtype::f32, {boxes}) ||
      !file.has("labels", Dtype::i32, {boxes}))
    return wrong_prediction_file(where,
                                 "lacks boxes, scores or labels, or has different numbers of them");
  const auto possible = [&](std::int32_t label) { return label >= 0 && label < classes; };
  if (!std::ranges::all_of(box_values<std::int32_t>(file, "labels"), possible))
    return wrong_prediction_file(where, "names classes that do not exist");
  if (!std::ranges::all_of(box_values<PredictedBox>(file, "boxes"), sound_box))
    return wrong_prediction_file(where, "has impossible boxes");
  if (!std::ranges::all_of(box_values<float>(file, "scores"),
                           [](float score) { return score >= 0 && score <= 1; }))
    return wrong_prediction_file(where, "has scores that are not between 0 and 1");
  return {};
}

template <class T>
TensorView box_tensor(std::string name, Dtype dtype, std::vector<std::int64_t> shape,
                      const std::vector<T>& values) {
  return {std::move(name), dtype, std::move(shape), std::as_bytes(std::span(values))};
}

}  // namespace

const PredictionSchema& box_schema() {
  static constexpr PredictionSchema schema = {"boxes", 1, check_box_file};
  return schema;
}

void end_sample(BoxPredictions& predictions, bool known) {
  predictions.offsets.push_back(static_cast<std::int64_t>(predictions.boxes.size()));
  predictions.known.push_back(known ? 1 : 0);
}

PredictionDraft draft_of(const BoxPredictions& predictions) {
  const auto rows = static_cast<std::int64_t>(predictions.voters.size());
  const auto boxes = static_cast<std::int64_t>(predictions.boxes.size());
  PredictionDraft draft;
  draft.envelope = {"boxes", box_schema().version, predictions.first, predictions.count,
                    predictions.voters};
  draft.facts = {{"classes", std::to_string(predictions.classes)}};
  draft.tensors = {
      box_tensor("offsets", Dtype::i64, {rows * predictions.count + 1}, predictions.offsets),
      box_tensor("boxes", Dtype::f32, {boxes, 4}, predictions.boxes),
      box_tensor("scores", Dtype::f32, {boxes}, predictions.scores),
      box_tensor("labels", Dtype::i32, {boxes}, predictions.labels),
      box_tensor("known", Dtype::u8, {rows, predictions.count}, predictions.known)};
  return draft;
}

Result<BoxPredictionFile> BoxPredictionFile::open(const std::filesystem::path& path,
                                                  std::int64_t first, std::int64_t count) {
  auto file = open_checked_predictions(path, first, count, box_schema());
  TRY(file);
  BoxPredictionFile result(std::move(*file));
  result.rows_ = static_cast<int>(box_rows(result.file_));
  result.classes_ = static_cast<int>(result.file_.number("classes"));
  result.offsets_ = box_values<std::int64_t>(result.file_, "offsets");
  result.known_ = box_values<std::uint8_t>(result.file_, "known");
  result.boxes_ = box_values<PredictedBox>(result.file_, "boxes");
  result.scores_ = box_values<float>(result.file_, "scores");
  result.labels_ = box_values<std::int32_t>(result.file_, "labels");
  return result;
}

BoxPredictionFile::Sample BoxPredictionFile::sample(int row, std::int64_t sample) const {
  const auto cell = static_cast<std::size_t>(row * count() + sample);
  const auto begin = static_cast<std::size_t>(offsets_[cell]);
  const auto many = static_cast<std::size_t>(offsets_[cell + 1]) - begin;
  return {known_[cell] != 0, boxes_.subspan(begin, many), scores_.subspan(begin, many),
          labels_.subspan(begin, many)};
}

}  // namespace plumbline
