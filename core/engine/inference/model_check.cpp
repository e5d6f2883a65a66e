#include "core/engine/inference/model_check.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/engine/error_cause.h"
#include "core/types/number.h"
#include "kernels/views/philox.h"

namespace plumbline {

namespace {

constexpr std::int64_t image_count = 3;

/// Of the largest value of the output, for what sums in another order or by another kernel changes.
double largest_change(Precision precision) {
  switch (precision) {
    case Precision::fp32: return 2e-4;
    case Precision::tf32:
    case Precision::fp16: return 1e-2;
    case Precision::bf16: return 5e-2;
  }
  return 2e-4;
}

constexpr std::string_view batch_hint =
    "export it with torch.jit.script, or trace a forward() that takes the batch size from its "
    "input: x.flatten(1) or x.reshape(x.shape[0], -1) instead of x.view(1, -1)";

/// Three unlike images as the card has them: grey levels of their own under noise that
/// is made of counters. Their contrast is moderate, so that nothing overflows that would not on
/// photographs.
at::Tensor test_images(const CardInput& input, c10::Device device, Precision precision) {
  constexpr std::array<double, image_count> levels = {96, 128, 168};
  constexpr double contrast = 40;
  const std::int64_t channels = input.channels, pixels = input.height * input.width;
  at::Tensor images = at::empty({image_count, channels, input.height, input.width}, at::kFloat);
  auto* value = images.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < image_count; ++i)
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto channel = static_cast<std::size_t>(c);
      const double mean = channel < input.mean.size() ? input.mean[channel] : 0;
      const double deviation = channel < input.std.size() ? input.std[channel] : 1;
      for (std::int64_t p = 0; p < pixels; ++p) {
        const auto random = views::philox(static_cast<std::uint32_t>(p),
                                          static_cast<std::uint64_t>(i * channels + c), 7);
        const double noise = 2.0 * static_cast<double>(random.word[0]) / 4294967296.0 - 1;
        const double level = levels[static_cast<std::size_t>(i)] + contrast * noise;
        *value++ = static_cast<float>((level * input.scale - mean) / deviation);
      }
    }
  return images.to(device, scalar_type(precision));
}

struct Answer {
  std::optional<NetworkOutput> output;
  std::string cause;  ///< why there is none
};

Answer ask(Network& network, const at::Tensor& images) {
  try {
    return {network.forward(images.contiguous(at::MemoryFormat::ChannelsLast)), {}};
  } catch (const std::exception& exception) {
    return {std::nullopt, error_cause(exception)};
  }
}

const at::Tensor* find_output(const NetworkOutput& output, const std::string& name) {
  const auto found = std::ranges::find(output.tensors(), name, &OutputTensor::name);
  return found == output.tensors().end() ? nullptr : &found->tensor;
}

bool has_rows(const at::Tensor& tensor, std::int64_t rows) {
  return tensor.dim() > 0 && tensor.size(0) == rows;
}

bool has_rows(const NetworkOutput& output, std::int64_t rows) {
  return std::ranges::any_of(output.tensors(),
                             [&](const OutputTensor& t) { return has_rows(t.tensor, rows); });
}

/// Whether the output is a list with an entry an image, as torchvision's detectors give it: rows of
/// its tensors are boxes, not images.
bool is_list_of_images(const NetworkOutput& of_two, const NetworkOutput& of_three) {
  return of_two.tensors().size() != of_three.tensors().size();
}

/// The only batch size that works, of some that people trace with.
std::optional<std::int64_t> working_batch(Network& network, const at::Tensor& images) {
  constexpr std::int64_t most_values = std::int64_t{1} << 26;
  std::optional<std::int64_t> works;
  for (const std::int64_t size : {1, 2, 3, 4, 5, 8, 10, 16, 32, 64}) {
    if (size * images[0].numel() > most_values) break;
    const auto batch = images[0].unsqueeze(0).expand({size, -1, -1, -1});
    const Answer answer = ask(network, batch);
    if (!answer.output || !has_rows(*answer.output, size)) continue;
    if (works) return {};
    works = size;
  }
  return works;
}

Result<void> fixed_batch(std::int64_t size, const std::string& where, const std::string& detail) {
  return bad_input(
      fmt::format("the model has a fixed batch size of {}, with which it was traced: {}", size,
                  detail),
      where, std::string(batch_hint));
}

/// Two batches of two and three images, of which one failed or has other rows than images.
Result<void> check_batch_sizes(Network& network, const at::Tensor& images, const Answer& two,
                               const Answer& three, const ModelCard& card,
                               const std::string& where) {
  if (!two.output || !three.output) {
    const std::string& cause = two.output ? three.cause : two.cause;
    if (const auto size = working_batch(network, images))
      return fixed_batch(*size, where,
                         fmt::format("a batch of {} fails ({})", two.output ? 3 : 2, cause));
    return bad_input(
        fmt::format("the model does not take the card's input of {} channels, {} × {}: {}",
                    card.input.channels, card.input.height, card.input.width, cause),
        where, "correct the model card or the model");
  }
  if (is_list_of_images(*two.output, *three.output)) return {};
  for (const OutputTensor& entry : two.output->tensors()) {
    const at::Tensor* other = find_output(*three.output, entry.name);
    if (other == nullptr || other->dim() == 0 || entry.tensor.dim() == 0) continue;
    const bool fixed = entry.tensor.size(0) == other->size(0);
    if (has_rows(entry.tensor, 2) && fixed)
      return fixed_batch(2, where, "it gives 2 rows for 3 images, which mixes them");
    if (!has_rows(*two.output, 2) && !has_rows(*three.output, 3) && fixed &&
        other->size(0) != card.input.channels)
      return fixed_batch(
          other->size(0), where,
          fmt::format("it gives {} rows for 2 and for 3 images, which mixes them", other->size(0)));
    if (has_rows(entry.tensor, 2) && !has_rows(*other, 3))
      return bad_input(fmt::format("the model gives {} rows for 3 images", other->size(0)), where,
                       std::string(batch_hint));
  }
  return {};
}

/// The largest difference of two tensors as a fraction of the largest value; 0 where they cannot
/// be compared. What is not finite in both is equal.
double change(const at::Tensor& a, const at::Tensor& b) {
  if (!a.is_floating_point() || a.sizes() != b.sizes() || a.numel() == 0) return 0;
  const at::Tensor x = at::nan_to_num(a.to(at::kCPU, at::kDouble), 0, 0, 0);
  const at::Tensor y = at::nan_to_num(b.to(at::kCPU, at::kDouble), 0, 0, 0);
  const double scale = std::max(x.abs().max().item<double>(), y.abs().max().item<double>());
  return scale > 0 ? (x - y).abs().max().item<double>() / scale : 0;
}

at::Tensor row_index(const std::vector<std::int64_t>& rows, c10::Device device) {
  return at::tensor(rows, at::kLong).to(device);
}

/// By how much the answers for images `rows` of the first batch differ from those of the second.
/// Tensors without a row for each image (boxes that are ragged) are not compared.
double largest_difference(const NetworkOutput& of_all, const std::vector<std::int64_t>& rows,
                          const NetworkOutput& of_some) {
  double largest = 0;
  for (const OutputTensor& entry : of_all.tensors()) {
    const at::Tensor* other = find_output(of_some, entry.name);
    if (other == nullptr || !has_rows(entry.tensor, image_count) ||
        !has_rows(*other, static_cast<std::int64_t>(rows.size())))
      continue;
    largest = std::max(
        largest,
        change(entry.tensor.index_select(0, row_index(rows, entry.tensor.device())), *other));
  }
  return largest;
}

/// What a detector gives for one image, and where: "1.0." of "1.0.boxes".
struct ListedBoxes {
  const at::Tensor *boxes, *scores, *labels;
  bool whole() const { return boxes != nullptr && scores != nullptr && labels != nullptr; }
};
ListedBoxes listed_boxes(const NetworkOutput& output, const std::string& prefix) {
  return {find_output(output, prefix + "boxes"), find_output(output, prefix + "scores"),
          find_output(output, prefix + "labels")};
}

/// The part of the boxes that the other answer lacks. 1 where nothing can be compared.
double share_that_is_missing(const ListedBoxes& of, const ListedBoxes& in, double tolerance) {
  constexpr std::int64_t most_pairs = 1 << 22;
  const std::int64_t count = of.boxes->size(0), others = in.boxes->size(0);
  if (count == 0) return 0;
  if (others == 0 || count * others > most_pairs) return 1;
  const auto far = [](const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kFloat).unsqueeze(1) - b.to(at::kFloat).unsqueeze(0)).abs();
  };
  const double side = std::max(1.0, of.boxes->abs().max().item<double>());
  const at::Tensor same = far(*of.boxes, *in.boxes)
                              .amax(2)
                              .le(tolerance * side)
                              .logical_and(far(*of.scores, *in.scores).le(tolerance))
                              .logical_and(far(*of.labels, *in.labels).eq(0));
  return 1 - same.any(1).to(at::kDouble).mean().item<double>();
}

/// Of boxes that are ranked and suppressed rounding decides which of two comes first whose scores
/// are nearly the same, and with it which of their neighbours stay: some may be others, most may
/// not.
bool are_most_the_same(const ListedBoxes& a, const ListedBoxes& b, double tolerance) {
  constexpr double most_missing = 0.1;
  const auto fits = [](const ListedBoxes& image) {
    return image.whole() && image.boxes->dim() == 2 && image.boxes->size(1) == 4 &&
           image.scores->sizes() == image.boxes->sizes().slice(0, 1) &&
           image.labels->sizes() == image.scores->sizes();
  };
  return fits(a) && fits(b) && share_that_is_missing(a, b, tolerance) <= most_missing &&
         share_that_is_missing(b, a, tolerance) <= most_missing;
}

/// The same where each image has tensors of its own, by the number in their names: "1.0.boxes".
double difference_of_lists(const NetworkOutput& of_all, const std::vector<std::int64_t>& rows,
                           const NetworkOutput& of_some, double tolerance) {
  double largest = 0;
  for (const OutputTensor& entry : of_some.tensors()) {
    const auto dot = entry.name.rfind('.');
    if (dot == entry.name.npos) continue;
    const auto before = entry.name.rfind('.', dot - 1);
    const std::size_t begin = before == entry.name.npos ? 0 : before + 1;
    const auto image = parse_integer(entry.name.substr(begin, dot - begin));
    if (!image || *image < 0 || *image >= static_cast<std::int64_t>(rows.size())) continue;
    const std::string in_all =
        entry.name.substr(0, begin) + std::to_string(rows[static_cast<std::size_t>(*image)]) + ".";
    const at::Tensor* other = find_output(of_all, in_all + entry.name.substr(dot + 1));
    const bool comparable = other != nullptr && other->sizes() == entry.tensor.sizes();
    const double difference = comparable ? change(*other, entry.tensor) : 1;
    if (difference > tolerance &&
        are_most_the_same(listed_boxes(of_all, in_all),
                          listed_boxes(of_some, entry.name.substr(0, dot + 1)), tolerance))
      continue;
    largest = std::max(largest, difference);
  }
  return largest;
}

/// Where the first batch had a row for each image, the other must have one, too: squeeze() in a
/// trace takes away the dimension of a batch of one.
Result<void> check_rows(const NetworkOutput& of_all, const NetworkOutput& of_some,
                        std::int64_t rows, const std::string& where) {
  for (const OutputTensor& entry : of_all.tensors()) {
    const at::Tensor* other = find_output(of_some, entry.name);
    if (!has_rows(entry.tensor, image_count) || other == nullptr) continue;
    if (!has_rows(*other, rows) || other->dim() != entry.tensor.dim())
      return bad_input(fmt::format("the model's output has {} dimensions for a batch of {}, and {} "
                                   "for a batch of {}",
                                   entry.tensor.dim(), image_count, other->dim(), rows),
                       where,
                       "squeeze() drops a batch of one: name the dimension, as in squeeze(-1)");
  }
  return {};
}

/// The images of a further batch, and what it means where their answers are not as before.
struct Asked {
  std::span<const std::int64_t> rows;
  std::string_view otherwise, hint;
};

constexpr std::array<std::int64_t, 3> as_they_stand = {0, 1, 2}, turned = {2, 1, 0};
constexpr std::array<std::int64_t, 2> without_last = {0, 1};
constexpr std::array<std::int64_t, 1> first_alone = {0}, last_alone = {2};
constexpr std::string_view by_chance =
    "the model gives a different answer when it is asked again: it depends on chance, as with "
    "dropout that is traced in training mode";
constexpr std::string_view by_neighbours =
    "the model's answer for an image depends on the others in its batch, as with batch "
    "normalisation that is traced in training mode";
constexpr std::string_view evaluation_hint =
    "export it after model.eval(); dynamic quantisation needs fixed scales";

constexpr std::array<Asked, 5> further_questions = {{{as_they_stand, by_chance, evaluation_hint},
                                                     {turned, by_neighbours, evaluation_hint},
                                                     {without_last, by_neighbours, evaluation_hint},
                                                     {first_alone, by_neighbours, evaluation_hint},
                                                     {last_alone, by_neighbours, evaluation_hint}}};

}  // namespace

Result<void> check_answers(Network& network, const ModelCard& card, c10::Device device,
                           const std::string& where, Precision precision) {
  const at::Tensor images = test_images(card.input, device, precision);
  const Answer two = ask(network, images.narrow(0, 0, 2)), first = ask(network, images);
  TRY(check_batch_sizes(network, images, two, first, card, where));
  TRY(check_against_card(network, card, device, precision, where));
  const bool listed = is_list_of_images(*two.output, *first.output);
  for (const Asked& asked : further_questions) {
    const std::vector<std::int64_t> rows(asked.rows.begin(), asked.rows.end());
    const Answer answer = ask(network, images.index_select(0, row_index(rows, device)));
    if (!answer.output)
      return bad_input(
          fmt::format("the model fails with a batch of {}: {}", rows.size(), answer.cause), where,
          std::string(batch_hint));
    if (!listed)
      TRY(check_rows(*first.output, *answer.output, static_cast<std::int64_t>(rows.size()), where));
    const double tolerance = largest_change(precision);
    const double difference =
        listed ? difference_of_lists(*first.output, rows, *answer.output, tolerance)
               : largest_difference(*first.output, rows, *answer.output);
    if (difference > tolerance)
      return bad_input(
          fmt::format("{} (it changes by {:.2g} %)", asked.otherwise, 100 * difference), where,
          std::string(asked.hint));
  }
  return {};
}

}  // namespace plumbline
