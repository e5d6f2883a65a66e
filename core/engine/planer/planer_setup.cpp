#include "core/engine/planer/planer_setup.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <ATen/Context.h>
#include <fmt/format.h>

#include "core/data/text_tokens.h"
#include "core/data/word_list.h"
#include "core/engine/planer/loss_evaluation.h"
#include "core/engine/planer/network_words.h"
#include "core/types/number.h"
#include "core/types/plain_name.h"
#include "core/types/precision_names.h"

namespace plumbline {

namespace {

/// Lanes of an evaluation: many enough to fill a device, few enough that their beginnings, which
/// have no memory, do not count.
constexpr std::int64_t evaluation_lanes = 16;

Result<void> in_range(std::int64_t value, std::int64_t least, std::int64_t most,
                      std::string_view option) {
  if (value >= least && value <= most) return {};
  return usage_error(fmt::format("{} is out of range", value), std::string(option),
                     fmt::format("from {} to {}", least, most));
}

}  // namespace

Result<PlanerText> open_text(const PlanerTextRequest& request, const BackboneConfig& config,
                             std::vector<std::string> words, c10::Device device) {
  if (request.file.empty()) return usage_error("a text is needed", "--text");
  const bool given = !words.empty();
  TokenOptions options;
  options.words = std::move(words);
  // Of numbers alone a text does not say how many there are.
  if (request.tokens == "uint16") options.vocabulary = config.vocabulary;
  auto read = read_tokens(request.file, request.tokens, options);
  if (!read) return tl::unexpected(read.error());
  if (read->vocabulary() > config.vocabulary)
    return bad_input(
        fmt::format("the text has {} different tokens, but the backbone '{}' knows {}",
                    read->vocabulary(), config.name, config.vocabulary),
        request.file.string(),
        "choose a configuration with that vocabulary (a JSON file), or --tokens bytes");
  PlanerText text;
  std::error_code code;
  text.reference.file = std::filesystem::weakly_canonical(request.file, code).string();
  text.reference.hash = read->hash();
  text.reference.tokens = request.tokens;
  text.vocabulary = read->vocabulary();
  text.words = read->words();
  text.own_numbering = !given && !text.words.empty();
  text.tokens = tokens_on(*read, device);
  text.parts = split_text(text.reference, read->size());
  return text;
}

Result<PlanerText> open_text(const PlanerTextRequest& request, const BackboneConfig& config,
                             const Study& study, const NetworkInfo* network, c10::Device device) {
  if (request.file.empty()) return usage_error("a text is needed", "--text");
  auto words = words_for(request, config, study, network);
  if (!words) return tl::unexpected(words.error());
  return open_text(request, config, std::move(*words), device);
}

void add_numbering(nlohmann::ordered_json& settings, const PlanerText& text) {
  if (!text.words.empty() && !text.own_numbering) settings["words"] = word_list_hash(text.words);
}

Result<CourseSettings> course_settings(const PlanerCourseRequest& request,
                                       const BackboneConfig& config) {
  CourseSettings settings;
  settings.steps = request.steps;
  // Some 10,000 tokens a step for a network that needs a GPU, 1,000 for one that does not.
  settings.batch = request.batch > 0 ? request.batch : config.d_model <= 256 ? 16 : 24;
  settings.shape = config.train;
  if (request.length > 0) settings.shape.length = request.length;
  if (request.memory >= 0) settings.shape.memory = request.memory;
  if (config.positions == Positions::learned) settings.shape.memory = 0;
  settings.seed = request.seed;
  // Narrow networks take larger steps.
  settings.learning_rate =
      request.learning_rate > 0 ? request.learning_rate : 0.2 / static_cast<double>(config.d_model);
  settings.validation_tokens = request.validation_tokens;
  // Of what is no number neither comparison is true.
  const bool in_unit = request.distillation >= 0 && request.distillation <= 1;
  if (!in_unit)
    return usage_error(fmt::format("{:.4g} is out of range", request.distillation), "--distill",
                       "from 0 to 1");
  settings.distillation = request.distillation;
  for (const auto& checked : {in_range(settings.steps, 1, 100'000'000, "--steps"),
                              in_range(settings.batch, 1, 65'536, "--batch"),
                              in_range(settings.shape.length, 1, 65'536, "--length"),
                              in_range(settings.shape.memory, 0, 65'536, "--memory")})
    if (!checked) return tl::unexpected(checked.error());
  // A teacher's probabilities are all kept for a step, and the network's own beside them.
  constexpr std::int64_t most_probabilities = std::int64_t{1} << 29;
  if (settings.distillation > 0 &&
      settings.batch * settings.shape.length > most_probabilities / config.vocabulary)
    return usage_error(
        fmt::format(
            "{} tokens per step, each with the probabilities of {} tokens, take more than 2 GiB",
            settings.batch * settings.shape.length, config.vocabulary),
        "--distill", "choose a smaller --batch, or train without --distill");
  if (config.positions == Positions::learned && settings.shape.length > config.train.length)
    return usage_error(
        fmt::format("the backbone has positions for {} tokens only", config.train.length),
        "--length");
  auto precision = parse_precision(request.precision);
  if (!precision) return tl::unexpected(precision.error());
  if (*precision == Precision::fp16)
    return usage_error(fmt::format("networks are trained in {}", training_precisions_text),
                       "--precision");
  settings.precision = *precision;
  auto device = parse_device(request.device);
  if (!device) return tl::unexpected(device.error());
  settings.device = *device;
  return settings;
}

nlohmann::ordered_json describe(const CourseSettings& settings) {
  nlohmann::ordered_json described = {{"steps", settings.steps},
                                      {"batch", settings.batch},
                                      {"length", settings.shape.length},
                                      {"memory", settings.shape.memory},
                                      {"seed", settings.seed},
                                      {"learning_rate", settings.learning_rate},
                                      {"precision", to_string(settings.precision)},
                                      {"device", device_name(settings.device)}};
  if (settings.distillation > 0) described["distillation"] = settings.distillation;
  return described;
}

WeightTrainerSettings CourseSettings::trainer(std::int64_t course_steps,
                                              std::uint64_t stream) const {
  WeightTrainerSettings trainer;
  trainer.steps = course_steps;
  trainer.warm_up = std::min<std::int64_t>(400, course_steps / 10);
  trainer.memory = shape.memory;
  trainer.seed = mixed_seed(seed, stream);
  trainer.learning_rate = learning_rate;
  return trainer;
}

Result<StepSettings> step_settings(const PlanerShapeRequest& request,
                                   const BackboneConfig& config) {
  StepSettings settings;
  settings.batch = request.batch > 0 ? request.batch : 1;
  settings.length = request.length > 0 ? request.length : config.evaluation.length;
  settings.memory = request.memory >= 0 ? request.memory : config.evaluation.memory;
  if (config.positions == Positions::learned) {
    settings.memory = 0;
    settings.length = std::min(settings.length, config.train.length);
  }
  for (const auto& checked : {in_range(settings.batch, 1, 65'536, "--batch"),
                              in_range(settings.length, 1, 65'536, "--length"),
                              in_range(settings.memory, 0, 65'536, "--memory")})
    if (!checked) return tl::unexpected(checked.error());
  auto precision = parse_precision(request.precision);
  if (!precision) return tl::unexpected(precision.error());
  settings.precision = *precision;
  auto device = parse_device(request.device);
  if (!device) return tl::unexpected(device.error());
  settings.device = *device;
  if (settings.precision == Precision::fp16 && !device->is_cuda())
    return usage_error("fp16 is computed on a GPU only", "--precision", "fp32 or bf16");
  return settings;
}

void configure_planer(c10::Device device, Precision precision) {
  configure_device(device, precision);
  // cuBLAS repeats only with workspaces of its own; read when its handle is made.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  // Sums in an order that does not depend on time. Attention asks for it only where nothing else is
  // tolerated.
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  at::globalContext().setDeterministicFillUninitializedMemory(false);
}

Result<void> check_planer_name(const std::string& name) {
  return check_plain_name(name, "a network or search", "--name");
}

Result<MeasuredLoss> evaluate_part(LanguageModel& model, const Architecture& architecture,
                                   const PlanerText& text, const TokenRange& part,
                                   std::int64_t most_tokens, Job& job, const std::string& phase) {
  const BackboneConfig& config = model.config();
  TokenRange judged = part;
  if (most_tokens > 0) judged.count = std::min(part.count, most_tokens + 1);
  const std::int64_t lanes_wanted =
      std::clamp<std::int64_t>(judged.count / (4 * config.evaluation.length), 1, evaluation_lanes);
  const auto lanes = TokenLanes::whole(text.tokens, judged, lanes_wanted, config.evaluation.length,
                                       text.reference.file);
  if (!lanes) return tl::unexpected(lanes.error());
  const std::int64_t memory = config.positions == Positions::learned ? 0 : config.evaluation.memory;
  bool cancelled = false;
  const MeasuredLoss loss = evaluate_loss(model, architecture, *lanes, memory, 0,
                                          [&](std::int64_t done, std::int64_t total) {
                                            if (done % 8 == 0 || done == total)
                                              job.progress(phase, done, total, "segments");
                                            return cancelled = job.should_stop();
                                          });
  if (cancelled) return tl::unexpected(cancelled_error("go on with --resume"));
  return loss;
}

}  // namespace plumbline
