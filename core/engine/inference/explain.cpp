#include "core/engine/inference/explain.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/data/image.h"
#include "core/data/npy.h"
#include "core/data/png_writer.h"
#include "core/engine/error_cause.h"
#include "core/engine/inference/batch_loader.h"
#include "core/engine/inference/shard_computer.h"
#include "core/engine/inference/synthesize_views.h"
#include "core/study/sample_place.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// Covered inputs that go through the network at once.
constexpr std::int64_t covered_at_once = 64;
/// A picture of fewer pixels is enlarged by a whole number.
constexpr int least_shown_side = 256;

/// What is explained: one sample, as one voter sees it.
struct Subject {
  ModelInfo model;
  Voter voter;
  std::string split;
  std::int64_t position = 0;
  std::vector<SampleInfo> sample;  ///< one
};

Result<Subject> find_subject(const Study& study, const ExplainRequest& request) {
  const auto run = study.run(request.run);
  TRY(run);
  const auto voters = parse_voters(request.voter);
  TRY(voters);
  if (voters->size() != 1) return usage_error("one voter is explained at a time", "--voter");
  auto model = study.model(voters->front().model);
  TRY(model);
  model->trusted = model->trusted || request.trust;
  if (model->file.empty())
    return usage_error(
        fmt::format("'{}' has imported predictions only: there is no network to ask", model->name),
        "--voter");
  if (!std::holds_alternative<ClassOutput>(model->card.output.details))
    return usage_error(fmt::format("'{}' does not give classes", model->name), "--voter",
                       "only the votes of classifiers can be explained");
  Subject subject{std::move(*model), voters->front(), {}, -1, {}};
  for (const std::string& split : run->splits) {
    if (!request.split.empty() && split != request.split) continue;
    const auto place = place_of_sample(study, run->dataset, split, request.sample);
    TRY(place);
    if (!*place) continue;
    subject.split = split;
    subject.position = **place;
    break;
  }
  if (subject.position < 0)
    return usage_error(fmt::format("the run '{}' has no sample '{}'", run->name, request.sample),
                       "--sample",
                       "give a file's name below its data set's folder, or a number from 0");
  auto sample = study.samples(run->dataset, subject.split, subject.position, 1);
  TRY(sample);
  subject.sample = std::move(*sample);
  return subject;
}

/// The network's input, [1, channels, height, width].
Result<at::Tensor> input_of(const Study& study, const RunInfo& run, const Subject& subject,
                            const ComputerSettings& settings) {
  const CardInput& input = subject.model.card.input;
  const auto divided = divide_view(input, subject.voter.view);
  TRY(divided);
  const auto reader = study.reader(run.dataset);
  TRY(reader);
  BatchLoader loader(*reader, subject.sample, subject.position, 1, {divided->canvas}, false);
  const auto loaded = loader.next();
  if (!loaded || !loaded->failures.empty())
    return bad_input(loaded ? loaded->failures.front().message : "cannot be read",
                     subject.sample.front().name);
  return synthesize_views(input, std::span(&divided->rest, 1),
                          {loaded->images.front().to(settings.device), loaded->valid.front(),
                           at::full({1}, subject.position, at::kLong)},
                          settings.precision)
      .select(0, 0);
}

at::Tensor log_probs_of(Network& network, const at::Tensor& inputs, const ClassOutput& kind) {
  const auto picked =
      network.forward(inputs.contiguous(at::MemoryFormat::ChannelsLast)).tensor(kind.tensor);
  TORCH_CHECK(picked, to_string(picked.error()));
  const at::Tensor values = picked->to(at::kDouble);
  return kind.probabilities ? values.log() : at::log_softmax(values, 1);
}

/// Where squares begin along a side: half a square apart, the last one at its end.
std::vector<std::int64_t> places(std::int64_t side, std::int64_t patch) {
  std::vector<std::int64_t> begins;
  for (std::int64_t begin = 0; begin + patch < side; begin += std::max<std::int64_t>(1, patch / 2))
    begins.push_back(begin);
  begins.push_back(std::max<std::int64_t>(0, side - patch));
  return begins;
}

/// float64 [height, width]
at::Tensor occlusion(Network& network, const at::Tensor& input, const ClassOutput& kind,
                     std::int64_t of_class, std::int64_t patch) {
  const std::int64_t height = input.size(2), width = input.size(3);
  std::vector<std::array<std::int64_t, 2>> squares;
  for (const std::int64_t top : places(height, patch))
    for (const std::int64_t left : places(width, patch)) squares.push_back({top, left});
  const double whole = log_probs_of(network, input, kind)[0][of_class].item<double>();
  at::Tensor sum = at::zeros({height, width}, at::kDouble), count = at::zeros_like(sum);
  for (std::size_t first = 0; first < squares.size(); first += covered_at_once) {
    const std::size_t n = std::min<std::size_t>(covered_at_once, squares.size() - first);
    const at::Tensor covered = input.repeat({static_cast<std::int64_t>(n), 1, 1, 1});
    const auto square_of = [&](const at::Tensor& plane, std::size_t i) {
      const auto [top, left] = squares[first + i];
      return plane.narrow(-2, top, std::min(patch, height - top))
          .narrow(-1, left, std::min(patch, width - left));
    };
    for (std::size_t i = 0; i < n; ++i) square_of(covered[static_cast<std::int64_t>(i)], i).zero_();
    const at::Tensor falls =
        (whole - log_probs_of(network, covered, kind).select(1, of_class)).to(at::kCPU);
    for (std::size_t i = 0; i < n; ++i) {
      square_of(sum, i).add_(falls[static_cast<std::int64_t>(i)]);
      square_of(count, i).add_(1);
    }
  }
  return sum / count;
}

/// The input in grey, with the values over it.
Image picture_of(const at::Tensor& input, const CardInput& card, const at::Tensor& saliency) {
  at::Tensor levels = at::zeros({input.size(2), input.size(3)}, at::kDouble);
  const at::Tensor host = input.select(0, 0).to(at::kCPU, at::kDouble);
  for (std::int64_t c = 0; c < host.size(0); ++c) {
    const auto channel = static_cast<std::size_t>(c);
    levels += (host[c] * card.std[channel] + card.mean[channel]) / card.scale /
              static_cast<double>(host.size(0));
  }
  levels = levels.clamp(0, 255).contiguous();
  const at::Tensor values = saliency.contiguous();
  const double largest = std::max(values.abs().max().item<double>(), 1e-12);
  const int height = static_cast<int>(levels.size(0)), width = static_cast<int>(levels.size(1));
  const int factor = std::max(1, least_shown_side / std::max(width, height));
  // Okabe and Ito's vermilion and blue, as verdicts have them.
  constexpr std::array<double, 3> for_class = {0xD5, 0x5E, 0x00}, against = {0x00, 0x72, 0xB2};
  Image image{width * factor, height * factor, 3, {}};
  image.pixels.reserve(static_cast<std::size_t>(image.width) * image.height * 3);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const auto at_pixel = static_cast<std::size_t>(y / factor) * width + x / factor;
      const double grey = levels.const_data_ptr<double>()[at_pixel];
      const double value = values.const_data_ptr<double>()[at_pixel] / largest;
      for (std::size_t c = 0; c < 3; ++c) {
        const double colour = value > 0 ? for_class[c] : against[c];
        const double mixed = grey + (colour - grey) * std::abs(value);
        image.pixels.push_back(static_cast<std::uint8_t>(std::lround(mixed)));
      }
    }
  return image;
}

Result<void> write_saliency(const ExplainRequest& request, const at::Tensor& input,
                            const CardInput& card, const at::Tensor& saliency) {
  if (request.output.extension() == ".npy") {
    const at::Tensor values = saliency.to(at::kFloat).contiguous();
    const std::string header = npy_header({values.size(0), values.size(1)});
    const std::array<std::span<const std::byte>, 2> pieces = {
        std::as_bytes(std::span(header)),
        std::span(static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes())};
    return write_output(request.output, pieces);
  }
  const auto png = encode_png(picture_of(input, card, saliency));
  TRY(png);
  const std::span<const std::byte> bytes(*png);
  return write_output(request.output, std::span(&bytes, 1));
}

Result<std::int64_t> chosen_class(const ExplainRequest& request, const ModelCard& card,
                                  const at::Tensor& log_probs) {
  if (request.of_class.empty()) return log_probs[0].argmax().item<std::int64_t>();
  const auto found = std::ranges::find(card.classes, request.of_class);
  if (found == card.classes.end())
    return usage_error(fmt::format("the model has no class '{}'", request.of_class), "--class");
  return found - card.classes.begin();
}

}  // namespace

Result<ordered_json> explain_vote(const ExplainRequest& request) {
  const c10::InferenceMode inference;
  const auto study = Study::open(request.study, Access::read_only);
  TRY(study);
  const auto subject = find_subject(*study, request);
  TRY(subject);
  const auto run = study->run(request.run);
  TRY(run);
  const auto precision = parse_precision(run->precision);
  TRY(precision);
  const auto device = parse_device(request.device == "auto" ? run->device_kind : request.device);
  TRY(device);
  configure_device(*device, *precision);
  const ComputerSettings settings{*run, *device, *precision};
  const auto network = load_checked_network(subject->model, settings);
  TRY(network);
  const ModelCard& card = subject->model.card;
  const auto& kind = std::get<ClassOutput>(card.output.details);
  try {
    const auto input = input_of(*study, *run, *subject, settings);
    TRY(input);
    const std::int64_t shorter = std::min(input->size(2), input->size(3));
    const std::int64_t patch = request.patch > 0 ? std::min<std::int64_t>(request.patch, shorter)
                                                 : std::max<std::int64_t>(1, shorter / 8);
    const at::Tensor whole = log_probs_of(**network, *input, kind).to(at::kCPU);
    const auto of_class = chosen_class(request, card, whole);
    TRY(of_class);
    const at::Tensor saliency = occlusion(**network, *input, kind, *of_class, patch);
    TRY(write_saliency(request, *input, card.input, saliency));
    const auto index = static_cast<std::size_t>(*of_class);
    const std::int64_t strongest = saliency.argmax().item<std::int64_t>();
    return ordered_json{
        {"run", run->name},
        {"sample", subject->sample.front().name},
        {"split", subject->split},
        {"voter", to_string(subject->voter)},
        {"class", index < card.classes.size() ? card.classes[index] : std::to_string(index)},
        {"probability", std::exp(whole[0][*of_class].item<double>())},
        {"method", "occlusion"},
        {"patch", patch},
        {"height", input->size(2)},
        {"width", input->size(3)},
        {"strongest_nats", saliency.max().item<double>()},
        {"strongest_x", strongest % input->size(3)},
        {"strongest_y", strongest / input->size(3)},
        {"decoder", run->decoder == "raw" ? ordered_json() : ordered_json(decoder_name())},
        {"run_decoder", run->decoder},
        {"file", request.output.string()}};
  } catch (const std::exception& exception) {
    return fail(ErrorKind::device, error_cause(exception), subject->model.file.string());
  }
}

}  // namespace plumbline
