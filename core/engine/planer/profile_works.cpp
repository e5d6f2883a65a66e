#include "core/engine/planer/profile_works.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "core/engine/planer/slot_family.h"

namespace plumbline {

namespace {

/// Of one option in a chain, and of embedding and softmax in a row.
constexpr std::int64_t chain = 8;

}  // namespace

FastestAlgorithms::FastestAlgorithms()
    : deterministic_(at::globalContext().deterministicAlgorithms()),
      warn_only_(at::globalContext().deterministicAlgorithmsWarnOnly()) {
  at::globalContext().setDeterministicAlgorithms(false, false);
}

FastestAlgorithms::~FastestAlgorithms() {
  at::globalContext().setDeterministicAlgorithms(deterministic_, warn_only_);
}

at::Tensor some_tokens(const BackboneConfig& config, const StepSettings& settings) {
  auto generator = at::detail::createCPUGenerator(7);
  return at::randint(0, config.vocabulary, {settings.batch, settings.length}, generator, at::kLong)
      .to(settings.device);
}

MeasurableStep make_measurable_step(const BackboneConfig& config, const Architecture& architecture,
                                    const StepSettings& settings) {
  MeasurableStep made;
  made.model = std::make_unique<LanguageModel>(config, options_of(architecture), 1, settings.device,
                                               scalar_type(settings.precision));
  made.step = std::make_unique<InferenceStep>(*made.model, architecture, settings.batch,
                                              settings.length, settings.memory);
  made.tokens = some_tokens(config, settings);
  made.hidden = made.step->embed(made.tokens);
  return made;
}

NetworkWorks works_of(const std::vector<MeasuredNetwork>& networks, const StepSettings& settings) {
  NetworkWorks made;
  for (const MeasuredNetwork& network : networks) {
    made.steps.push_back(std::make_unique<InferenceStep>(
        *network.model, network.architecture, settings.batch, settings.length, settings.memory));
    made.works.emplace_back(
        settings.device,
        [step = made.steps.back().get(), tokens = some_tokens(network.model->config(), settings)] {
          step->forward(tokens);
        });
  }
  return made;
}

ProfileWorks::ProfileWorks(const BackboneConfig& config, const StepSettings& settings,
                           const std::function<void(int, int)>& progress) {
  // The chains need no vocabulary.
  BackboneConfig short_config = config;
  short_config.layers = chain / 2;
  short_config.vocabulary = 256;
  short_config.cutoffs.clear();
  short_config.d_embed = 0;
  for (const OptionIndex option : usable_options(config))
    if (option != skip_option && is_measurable(config, option, settings))
      options_.push_back(option);
  const int total = static_cast<int>(options_.size()) + 3;
  int done = 0;
  const auto add = [&](std::function<void()> work) {
    progress(done++, total);
    works_.emplace_back(settings.device, std::move(work));
  };
  for (const OptionIndex option : options_) {
    kept_.push_back(make_measurable_step(short_config, Architecture(chain, option), settings));
    InferenceStep* step = kept_.back().step.get();
    add([step, x = kept_.back().hidden] { step->slots(x); });
  }
  norm_parameters_ =
      std::make_unique<ParameterSet>(1, settings.device, scalar_type(settings.precision));
  const ResidualNorm norm = ResidualNorm::make(*norm_parameters_, "", config);
  norm_parameters_->refresh();
  add([norm, x = kept_.front().hidden] {
    at::Tensor y = x;
    for (std::int64_t i = 0; i < chain; ++i) y = norm.after(x, norm.before(y));
  });
  kept_.push_back(make_measurable_step(config, baseline_architecture(config), settings));
  const MeasurableStep& whole = kept_.back();
  add([step = whole.step.get(), tokens = whole.tokens] {
    for (std::int64_t i = 0; i < chain; ++i) step->embed(tokens);
  });
  add([step = whole.step.get(), hidden = whole.hidden] { step->log_probabilities(hidden); });
  add([step = whole.step.get(), tokens = whole.tokens] { step->forward(tokens); });
}

std::int64_t ProfileWorks::parts(std::size_t work) const { return work <= embedding() ? chain : 1; }

}  // namespace plumbline
