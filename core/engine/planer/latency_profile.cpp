#include "core/engine/planer/latency_profile.h"

#include <memory>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "core/engine/inference/repeated_work.h"
#include "core/engine/inference/stopwatch.h"
#include "core/engine/planer/inference_step.h"
#include "core/types/utc_time.h"

namespace plumbline {

namespace {

/// Of one option in a chain, and of embedding and softmax in a row.
constexpr std::int64_t chain = 8;

/// Inference needs not repeat to the bit, and deterministic algorithms take longer.
class FastestAlgorithms {
 public:
  FastestAlgorithms()
      : deterministic_(at::globalContext().deterministicAlgorithms()),
        warn_only_(at::globalContext().deterministicAlgorithmsWarnOnly()) {
    at::globalContext().setDeterministicAlgorithms(false, false);
  }
  ~FastestAlgorithms() {
    at::globalContext().setDeterministicAlgorithms(deterministic_, warn_only_);
  }
  FastestAlgorithms(const FastestAlgorithms&) = delete;
  FastestAlgorithms& operator=(const FastestAlgorithms&) = delete;

 private:
  bool deterministic_, warn_only_;
};

/// A network with what its step needs to be repeated.
struct Measurable {
  std::unique_ptr<LanguageModel> model;
  std::unique_ptr<InferenceStep> step;
  at::Tensor tokens, hidden;
};

at::Tensor some_tokens(const BackboneConfig& config, const StepSettings& settings) {
  auto generator = at::detail::createCPUGenerator(7);
  return at::randint(0, config.vocabulary, {settings.batch, settings.length}, generator, at::kLong)
      .to(settings.device);
}

Measurable make(const BackboneConfig& config, const Architecture& architecture,
                const StepSettings& settings) {
  Measurable made;
  made.model = std::make_unique<LanguageModel>(config, options_of(architecture), 1, settings.device,
                                               scalar_type(settings.precision));
  made.step = std::make_unique<InferenceStep>(*made.model, architecture, settings.batch,
                                              settings.length, settings.memory);
  made.tokens = some_tokens(config, settings);
  made.hidden = made.step->embed(made.tokens);
  return made;
}

MeasuredLatency divided(MeasuredLatency latency, double by) {
  latency.median_ms /= by;
  latency.spread_ms /= by;
  return latency;
}

}  // namespace

LatencyKey StepSettings::key() const {
  return {device_name(device), batch, length, memory, std::string(to_string(precision))};
}

bool is_measurable(const BackboneConfig& config, OptionIndex option, const StepSettings& settings) {
  if (slot_option(option).kind != OptionKind::experts || !settings.device.is_cuda()) return true;
  const bool half = settings.precision == Precision::bf16 || settings.precision == Precision::fp16;
  return half && config.d_model % 8 == 0 && inner_width(config, slot_option(option)) % 8 == 0;
}

LatencyTable measure_latency_table(const BackboneConfig& config, const StepSettings& settings,
                                   const std::function<void(int, int)>& progress,
                                   const std::function<bool()>& stop) {
  const c10::InferenceMode inference;
  const FastestAlgorithms fastest;
  LatencyTable table;
  table.key = settings.key();
  table.config = config;
  table.cuda_graph = settings.device.is_cuda();
  table.options.resize(slot_options().size());
  table.options[skip_option] = MeasuredLatency{};

  // The chains need no vocabulary.
  BackboneConfig short_config = config;
  short_config.layers = chain / 2;
  short_config.vocabulary = 256;
  short_config.cutoffs.clear();
  short_config.d_embed = 0;
  std::vector<OptionIndex> options;
  for (const OptionIndex option : usable_options(config))
    if (option != skip_option && is_measurable(config, option, settings)) options.push_back(option);
  const int total = static_cast<int>(options.size()) + 3;
  int done = 0;
  std::vector<Measurable> kept;
  std::vector<RepeatedWork> works;
  const auto add = [&](std::function<void()> work) {
    progress(done++, total);
    works.emplace_back(settings.device, std::move(work));
  };
  for (const OptionIndex option : options) {
    kept.push_back(make(short_config, Architecture(chain, option), settings));
    InferenceStep* step = kept.back().step.get();
    add([step, x = kept.back().hidden] { step->slots(x); });
  }
  ParameterSet norm_parameters(1, settings.device, scalar_type(settings.precision));
  const ResidualNorm norm = ResidualNorm::make(norm_parameters, "", config);
  norm_parameters.refresh();
  add([norm, x = kept.front().hidden] {
    at::Tensor y = x;
    for (std::int64_t i = 0; i < chain; ++i) y = norm.after(x, norm.before(y));
  });
  kept.push_back(make(config, baseline_architecture(config), settings));
  const Measurable& whole = kept.back();
  add([step = whole.step.get(), tokens = whole.tokens] {
    for (std::int64_t i = 0; i < chain; ++i) step->embed(tokens);
  });
  add([step = whole.step.get(), hidden = whole.hidden] { step->log_probabilities(hidden); });
  add([step = whole.step.get(), tokens = whole.tokens] { step->forward(tokens); });

  const auto measured = measure_interleaved(settings.device, works, {.seconds = 20}, stop);
  std::size_t at = 0;
  for (const OptionIndex option : options)
    table.options[option] = divided(measured[at++], static_cast<double>(chain));
  table.norm = divided(measured[at++], static_cast<double>(chain));
  table.embedding = divided(measured[at++], static_cast<double>(chain));
  table.softmax = measured[at++];
  table.baseline = measured[at++];
  table.measured_at = now_in_utc();
  return table;
}

std::vector<MeasuredLatency> measure_networks(const std::vector<MeasuredNetwork>& networks,
                                              const StepSettings& settings,
                                              const std::function<bool()>& stop) {
  const c10::InferenceMode inference;
  const FastestAlgorithms fastest;
  std::vector<std::unique_ptr<InferenceStep>> steps;
  std::vector<RepeatedWork> works;
  for (const MeasuredNetwork& network : networks) {
    steps.push_back(std::make_unique<InferenceStep>(
        *network.model, network.architecture, settings.batch, settings.length, settings.memory));
    works.emplace_back(settings.device, [step = steps.back().get(),
                                         tokens = some_tokens(network.model->config(), settings)] {
      step->forward(tokens);
    });
  }
  return measure_interleaved(settings.device, works, {.fewest = 30, .seconds = 10}, stop);
}

Result<MeasuredEnergy> measure_step_energy(const BackboneConfig& config,
                                           const Architecture& architecture,
                                           const StepSettings& settings, const EnergyMeter& meter) {
  const c10::InferenceMode inference;
  const FastestAlgorithms fastest;
  for (const OptionIndex option : architecture)
    if (!is_measurable(config, option, settings))
      return fail(ErrorKind::device,
                  "experts are measured in bf16 and fp16 only, with widths that 8 divides",
                  fmt::format("{}, {}", to_string(settings.precision), slot_option(option).name),
                  "choose another --precision, or a network of such widths");
  const Measurable made = make(config, architecture, settings);
  RepeatedWork work(settings.device, [&] { made.step->forward(made.tokens); });
  Stopwatch watch(settings.device);
  return measure_work_energy(
      meter.counter,
      [&](std::int64_t times) -> Result<void> {
        watch.start();
        for (std::int64_t i = 0; i < times; ++i) work.run();
        watch.stop();
        static_cast<void>(watch.take());  // waits for the device
        return {};
      },
      settings.batch * settings.length, meter.windows);
}

}  // namespace plumbline
