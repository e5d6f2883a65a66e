#include <algorithm>
#include <limits>
#include <map>

#include <ATen/Functions.h>
#include <fmt/format.h>

#include "core/engine/inference/heads/box_decoder.h"

namespace plumbline {

namespace {

constexpr float no_box = -std::numeric_limits<float>::infinity();

/// "1.0.boxes": what comes before the last word, and that word.
std::pair<std::string_view, std::string_view> divided_name(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == name.npos) return {{}, name};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

/// The place of an image in its list: the number at the end of "1.0".
std::int64_t place_in_list(std::string_view group) {
  const auto digits = group.substr(group.rfind('.') + 1);
  std::int64_t place = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9' || place > 1'000'000) return -1;
    place = 10 * place + (c - '0');
  }
  return digits.empty() ? -1 : place;
}

struct ListedImage {
  at::Tensor boxes, scores, labels;
  bool whole() const {
    return boxes.defined() && scores.defined() && labels.defined() && boxes.dim() == 2 &&
           boxes.size(1) == 4 && scores.dim() == 1 && labels.dim() == 1 &&
           scores.size(0) == boxes.size(0) && labels.size(0) == boxes.size(0);
  }
};

tl::unexpected<Error> no_boxes(const NetworkOutput& output, std::int64_t batch) {
  return bad_input(
      fmt::format("the model should give boxes, scores and labels for {} images, but gives {}",
                  batch, output.names()),
      "",
      "a torchvision detector gives a dict of 'boxes' (n × 4), 'scores' and 'labels' for each "
      "image, or batched ones");
}

/// A dict an image, as torchvision gives them: as many boxes as each has. They are put into one
/// tensor, the places that are left over without a score.
Result<BoxParts> join_images(const NetworkOutput& output, std::int64_t batch) {
  std::map<std::int64_t, ListedImage> images;
  for (const OutputTensor& entry : output.tensors()) {
    const auto [group, word] = divided_name(entry.name);
    const std::int64_t place = place_in_list(group);
    if (place < 0) continue;
    if (word == "boxes") images[place].boxes = entry.tensor;
    if (word == "scores") images[place].scores = entry.tensor;
    if (word == "labels") images[place].labels = entry.tensor;
  }
  const auto whole = [](const auto& entry) { return entry.second.whole(); };
  if (static_cast<std::int64_t>(images.size()) != batch || images.rbegin()->first != batch - 1 ||
      !std::ranges::all_of(images, whole))
    return no_boxes(output, batch);
  std::int64_t most = 1;
  for (const auto& [place, image] : images) most = std::max(most, image.boxes.size(0));
  const auto options = images.at(0).boxes.options().dtype(at::kFloat);
  BoxParts parts{at::zeros({batch, most, 4}, options),
                 {},
                 {},
                 at::full({batch, most}, no_box, options),
                 at::zeros({batch, most}, options.dtype(at::kInt)),
                 false};
  for (const auto& [place, image] : images) {
    const std::int64_t n = image.boxes.size(0);
    parts.boxes[place].narrow(0, 0, n).copy_(image.boxes);
    parts.scores[place].narrow(0, 0, n).copy_(image.scores);
    parts.labels[place].narrow(0, 0, n).copy_(image.labels);
  }
  return parts;
}

/// Boxes, scores and labels of a whole batch, padded with scores of 0.
Result<BoxParts> read_batched(const NetworkOutput& output, std::int64_t batch) {
  BoxParts parts;
  for (const OutputTensor& entry : output.tensors()) {
    const auto word = divided_name(entry.name).second;
    if (word == "boxes") parts.boxes = entry.tensor.to(at::kFloat);
    if (word == "scores") parts.scores = entry.tensor.to(at::kFloat);
    if (word == "labels") parts.labels = entry.tensor.to(at::kInt);
  }
  const bool whole = parts.boxes.defined() && parts.scores.defined() && parts.labels.defined() &&
                     parts.boxes.dim() == 3 && parts.boxes.size(2) == 4 &&
                     parts.scores.sizes() == parts.boxes.sizes().slice(0, 2) &&
                     parts.labels.sizes() == parts.scores.sizes();
  if (!whole) return no_boxes(output, batch);
  return parts;
}

/// Boxes in pixels of the input, with one score and class each.
Result<BoxParts> read_boxes_xyxy(const NetworkOutput& output, const ModelCard&,
                                 std::int64_t batch) {
  if (auto parts = read_batched(output, batch)) return parts;
  return join_images(output, batch);
}

}  // namespace

const BoxDecoder& boxes_xyxy_decoder() {
  static constexpr BoxDecoder decoder = {"boxes-xyxy", read_boxes_xyxy};
  return decoder;
}

}  // namespace plumbline
