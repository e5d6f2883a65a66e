#include "core/engine/planer/evaluate_networks.h"

#include <memory>

#include <fmt/format.h>

#include "core/engine/planer/energy_profile.h"
#include "core/engine/planer/measure_and_keep.h"
#include "core/engine/planer/network_files.h"
#include "core/engine/planer/network_words.h"
#include "core/engine/planer/planer_setup.h"
#include "core/study/network_summary.h"
#include "core/study/sittings.h"
#include "core/study/study.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

struct Candidate {
  NetworkInfo info;
  std::unique_ptr<LanguageModel> model;
  std::optional<MeasuredLoss> loss;
  std::string tokens;  ///< of the text on which it was measured
};

/// What of a text depends on the network that reads it.
struct Reading {
  std::filesystem::path file;
  std::string tokens;
  std::int64_t vocabulary = 0;
  std::vector<std::string> words;  ///< that were given
  friend bool operator==(const Reading&, const Reading&) = default;
};

Result<void> measure_losses(const PlanerEvaluateRequest& request, std::vector<Candidate>& all,
                            Study& study, const StepSettings& step, Job& job) {
  // A text is read once for all that share it.
  std::optional<PlanerText> text;
  Reading opened;
  for (Candidate& candidate : all) {
    const PlanerTextRequest wanted = text_or_own(request.text, candidate.info);
    if (wanted.file.empty()) continue;
    auto words = words_for(wanted, candidate.info.config, study, &candidate.info);
    if (!words) return tl::unexpected(words.error());
    Reading reading{wanted.file, wanted.tokens, candidate.info.config.vocabulary,
                    std::move(*words)};
    if (!text || reading != opened) {
      auto read = open_text(wanted, candidate.info.config, reading.words, step.device);
      if (!read) return tl::unexpected(read.error());
      text = std::move(*read);
      opened = std::move(reading);
    }
    const bool test = request.part == "test";
    auto loss = evaluate_part(*candidate.model, candidate.info.architecture, *text,
                              test ? text->parts.test : text->parts.validation, request.tokens, job,
                              request.part + " " + candidate.info.name);
    if (!loss) return tl::unexpected(loss.error());
    candidate.loss = *loss;
    candidate.tokens = wanted.tokens;
    // Of what is its own text from now on the numbers must stay known.
    if (auto kept = keep_words(study, candidate.info, opened.words); !kept) return kept;
    if (test) continue;
    // Networks are compared on what is kept: a part of the text does not take its place.
    const auto& known = candidate.info.validation;
    if (known && loss->tokens < known->tokens) {
      job.warning(
          "validation",
          fmt::format("the loss over {} tokens is shown but not kept: the study has one over {}",
                      loss->tokens, known->tokens),
          candidate.info.name);
      continue;
    }
    if (auto kept = study.set_validation(candidate.info.name, text->reference, *loss); !kept)
      return kept;
  }
  return {};
}

/// What the networks draw, measured in turns, or why that is not known.
struct EvaluatedEnergies {
  std::vector<TokenEnergy> networks;  ///< empty: `missing` says why
  double idle_watts = 0;
  std::string source, missing;
};

/// A device that does not tell is no error: losses and latencies are there all the same.
Result<EvaluatedEnergies> measure_energies(const std::vector<MeasuredNetwork>& networks,
                                           const StepSettings& step,
                                           const StepMeterOpener& open_meter, Job& job) {
  EvaluatedEnergies energies;
  const auto without = [&](const Error& error) -> Result<EvaluatedEnergies> {
    if (error.kind == ErrorKind::cancelled) return tl::unexpected(error);
    energies.missing = to_string(error);
    job.warning("energy", "no energy is measured: " + energies.missing, device_name(step.device));
    return energies;
  };
  const auto meter = open_meter(step.device, job);
  if (!meter) return without(meter.error());
  job.progress("energy", 0, 1, "measurements");
  auto measured = measure_network_energies(networks, step, *meter);
  if (!measured) return without(measured.error());
  job.progress("energy", 1, 1, "measurements");
  energies.networks = std::move(*measured);
  energies.idle_watts = meter->idle_watts;
  energies.source = meter->meter.counter.source;
  return energies;
}

Result<ordered_json> evaluate(const PlanerEvaluateRequest& request, std::vector<Candidate> all,
                              const StepSettings& step, const StepMeterOpener& open_meter,
                              Study& study, Job& job) {
  configure_planer(step.device, step.precision);
  for (Candidate& candidate : all) {
    auto model = load_network(study, candidate.info, step.device, scalar_type(step.precision));
    if (!model) return tl::unexpected(model.error());
    candidate.model = std::move(*model);
  }
  if (auto losses = measure_losses(request, all, study, step, job); !losses)
    return tl::unexpected(losses.error());
  std::vector<MeasuredNetwork> networks;
  for (const Candidate& candidate : all)
    networks.push_back({candidate.model.get(), candidate.info.architecture});
  job.progress("latency", 0, 1, "measurements");
  bool cancelled = false;
  const auto latencies =
      measure_networks(networks, step, [&] { return cancelled = job.should_stop(); });
  if (cancelled) return tl::unexpected(cancelled_error("measure again"));
  job.progress("latency", 1, 1, "measurements");
  std::optional<EvaluatedEnergies> energies;
  if (request.energy) {
    auto measured = measure_energies(networks, step, open_meter, job);
    TRY(measured);
    energies = std::move(*measured);
  }
  const auto which = request.replace ? KeptSitting::newer : KeptSitting::quieter;
  const auto searches = study.searches();
  TRY(searches);
  std::vector<ordered_json> summaries;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const NetworkInfo& info = all[i].info;
    const NetworkLatency latency{info.name, step.key(), latencies[i], all[0].info.name,
                                 latencies[0]};
    const auto kept = keep_latency(study, job, latency, which);
    TRY(kept);
    ordered_json summary = summarize(info);
    summary["part"] = request.part;
    if (all[i].loss) add_loss(summary, *all[i].loss, all[i].tokens);
    add_latency(summary, step.key(), latencies[i]);
    if (i > 0) summary["fraction"] = latencies[i].median_ms / latencies[0].median_ms;
    const std::string existing = existing_network_of(info, *searches);
    add_verdict(summary, latency, existing);
    summary["latency_kept"] = *kept;
    if (energies && !energies->networks.empty()) {
      const NetworkEnergy energy{info.name,
                                 step.key(),
                                 energies->networks[i],
                                 all[0].info.name,
                                 energies->networks[0],
                                 energies->idle_watts,
                                 energies->source};
      const auto energy_kept = keep_energy(study, job, energy, which);
      TRY(energy_kept);
      add_energy(summary, energy);
      add_verdict(summary, energy, existing);
      summary["energy_kept"] = *energy_kept;
    } else if (energies) {
      summary["joules_per_1000_tokens"] = nullptr;
      summary["null_reasons"]["joules_per_1000_tokens"] = energies->missing;
    }
    summaries.push_back(std::move(summary));
  }
  if (summaries.size() == 1) return summaries.front();
  return ordered_json(summaries);
}

}  // namespace

Result<ordered_json> evaluate_networks(const PlanerEvaluateRequest& request) {
  return evaluate_networks(request, open_step_meter);
}

Result<ordered_json> evaluate_networks(const PlanerEvaluateRequest& request,
                                       const StepMeterOpener& open_meter) {
  if (request.names.empty()) return usage_error("a network is needed", "--name");
  if (request.part != "validation" && request.part != "test")
    return usage_error(fmt::format("the text has no part '{}'", request.part), "--part",
                       "validation or test");
  auto study = Study::open(request.study, Access::read_write);
  if (!study) return tl::unexpected(study.error());
  std::vector<Candidate> all;
  for (const std::string& name : request.names) {
    auto info = study->network(name);
    if (!info) return tl::unexpected(info.error());
    all.push_back({std::move(*info), nullptr, {}});
  }
  const auto step = step_settings(request.shape, all[0].info.config);
  if (!step) return tl::unexpected(step.error());
  return as_planer_job(request.job, request.names.front(), [&](Job& job) {
    return evaluate(request, std::move(all), *step, open_meter, *study, job);
  });
}

}  // namespace plumbline
