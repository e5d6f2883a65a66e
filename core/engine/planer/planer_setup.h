#pragma once
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/engine/engine.h"
#include "core/engine/error_cause.h"
#include "core/engine/inference/device.h"
#include "core/engine/planer/latency_profile.h"
#include "core/engine/planer/token_lanes.h"
#include "core/engine/planer/weight_trainer.h"
#include "core/planer/backbone_config.h"
#include "core/study/planer_records.h"
#include "core/study/study.h"
#include "core/study/text_parts.h"

namespace plumbline {

/// A text as a job uses it: what it is, its tokens on the device, its parts.
struct PlanerText {
  TextReference reference;
  at::Tensor tokens;
  std::int64_t vocabulary = 0;
  std::vector<std::string> words;  ///< by token; empty: tokens are no words
  bool own_numbering = false;      ///< `words` were numbered by the text itself
  TextParts parts;
};
/// `words`: as words_for (network_words.h) has them. Errors: those of reading; more tokens in the
/// text's vocabulary than the backbone has.
Result<PlanerText> open_text(const PlanerTextRequest& request, const BackboneConfig& config,
                             std::vector<std::string> words, c10::Device device);
/// The same, the words found by words_for.
Result<PlanerText> open_text(const PlanerTextRequest& request, const BackboneConfig& config,
                             const Study& study, const NetworkInfo* network, c10::Device device);

/// Notes in the settings that a job's files must agree on how words are numbered. What the text
/// numbers itself is said by the text's hash, as it was before words were kept.
void add_numbering(nlohmann::ordered_json& settings, const PlanerText& text);

/// A course's request with what was left open filled in from the configuration.
struct CourseSettings {
  std::int64_t steps = 0, batch = 0, validation_tokens = 0;
  SegmentShape shape;
  std::uint64_t seed = 1;
  double learning_rate = 0;
  double distillation = 0;  ///< weight of the teacher's probabilities in the loss
  Precision precision = Precision::fp32;
  c10::Device device{c10::kCPU};

  WeightTrainerSettings trainer(std::int64_t course_steps, std::uint64_t stream) const;
};
/// Errors (usage): what is out of its range, by option.
Result<CourseSettings> course_settings(const PlanerCourseRequest& request,
                                       const BackboneConfig& config);
nlohmann::ordered_json describe(const CourseSettings& settings);

/// Likewise the step whose latency counts.
Result<StepSettings> step_settings(const PlanerShapeRequest& request, const BackboneConfig& config);

/// Prepares this process for a job that must repeat to the bit.
void configure_planer(c10::Device device, Precision precision);

/// A name of a network or a search: as models', and none that leaves its folder.
Result<void> check_planer_name(const std::string& name);

/// What `body` returns, or throws as an error.
template <class Body>
Result<nlohmann::ordered_json> tried_planer_job(const std::string& name, Body body) {
  try {
    return body();
  } catch (const std::exception& exception) {
    return fail(ErrorKind::device, error_cause(exception), name,
                "what was reached is kept: remove the cause, then go on with --resume");
  }
}

/// Runs `body` as the job that the request describes: its last event is the summary or the error,
/// and what LibTorch throws (no memory left, say) is an error too.
template <class Body>
Result<nlohmann::ordered_json> as_planer_job(const JobOptions& options, const std::string& name,
                                             Body body) {
  return run_job(options,
                 [&](Job& job) { return tried_planer_job(name, [&] { return body(job); }); });
}

/// Evaluates a part of the text with the configuration's evaluation shape: every token that has one
/// before it in the part, or the first `most_tokens` of them (0: all).
Result<MeasuredLoss> evaluate_part(LanguageModel& model, const Architecture& architecture,
                                   const PlanerText& text, const TokenRange& part,
                                   std::int64_t most_tokens, Job& job, const std::string& phase);

}  // namespace plumbline
