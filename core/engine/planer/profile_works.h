#pragma once
#include <functional>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/inference/repeated_work.h"
#include "core/engine/planer/inference_step.h"
#include "core/engine/planer/latency_profile.h"
#include "core/engine/planer/parameters.h"

namespace plumbline {

/// Inference needs not repeat to the bit, and deterministic algorithms take longer: as long as this
/// is there the fastest ones are used.
class FastestAlgorithms {
 public:
  FastestAlgorithms();
  ~FastestAlgorithms();
  FastestAlgorithms(const FastestAlgorithms&) = delete;
  FastestAlgorithms& operator=(const FastestAlgorithms&) = delete;

 private:
  bool deterministic_, warn_only_;
};

/// int64 [batch, length], the same each time.
at::Tensor some_tokens(const BackboneConfig& config, const StepSettings& settings);

/// A network of drawn weights with what its step needs to be repeated.
struct MeasurableStep {
  std::unique_ptr<LanguageModel> model;
  std::unique_ptr<InferenceStep> step;
  at::Tensor tokens, hidden;
};
MeasurableStep make_measurable_step(const BackboneConfig& config, const Architecture& architecture,
                                    const StepSettings& settings);

/// The steps of whole networks, to be repeated in turns. To be used in inference mode.
struct NetworkWorks {
  std::vector<std::unique_ptr<InferenceStep>> steps;
  std::vector<RepeatedWork> works;
};
NetworkWorks works_of(const std::vector<MeasuredNetwork>& networks, const StepSettings& settings);

/// What is measured for a table, of latencies or of energies: every usable option as a chain of
/// several with weights of their own, so that a cache holds no more of them than in a whole
/// network; what residual and normalisation take; embedding; softmax; the whole baseline. To be
/// used in inference mode.
class ProfileWorks {
 public:
  ProfileWorks(const BackboneConfig& config, const StepSettings& settings,
               const std::function<void(int done, int total)>& progress);

  /// Those that can be measured, skip left out. Their works are the first ones, in this order.
  const std::vector<OptionIndex>& options() const { return options_; }
  std::vector<RepeatedWork>& works() { return works_; }
  std::size_t norm() const { return options_.size(); }
  std::size_t embedding() const { return options_.size() + 1; }
  std::size_t softmax() const { return options_.size() + 2; }
  std::size_t baseline() const { return options_.size() + 3; }
  /// How many of one thing a work does in a row.
  std::int64_t parts(std::size_t work) const;

 private:
  std::vector<OptionIndex> options_;
  std::vector<MeasurableStep> kept_;
  std::unique_ptr<ParameterSet> norm_parameters_;
  std::vector<RepeatedWork> works_;
};

}  // namespace plumbline
