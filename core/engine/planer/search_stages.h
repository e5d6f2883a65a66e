#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/engine/engine.h"
#include "core/engine/planer/planer_setup.h"
#include "core/engine/planer/step_meter.h"
#include "core/jobs/job.h"
#include "core/study/study.h"

namespace plumbline {

/// What a search is to do, checked.
struct SearchPlan {
  std::string name;
  NetworkInfo base;
  CostKind cost = CostKind::latency;  ///< what the search saves
  std::vector<double> targets;        ///< fractions of the baseline's cost
  PlanerTextRequest text;
  CourseSettings course;
  std::int64_t warm_up_steps = 0, search_steps = 0;
  StepSettings step;
  int random = 0;
  bool free = false;
  std::vector<OptionIndex> without;  ///< by rising index
};
Result<SearchPlan> plan_search(const PlanerSearchRequest& request, const Study& study);

/// searches/NAME below the study: the warm super-network, checkpoints, and what is finished.
std::filesystem::path search_folder(const Study& study, const std::string& name);

/// The stages of a search. Each looks first whether it is done; what it makes is kept before the
/// next one begins.
class SearchStages {
 public:
  /// References live as long as this. `meter`: null where latency is saved.
  SearchStages(const SearchPlan& plan, Study& study, Job& job, const CostTable& costs,
               const StepMeter* meter, PlanerText text);
  ~SearchStages();

  /// Reads what is finished and names the search in the study.
  Result<void> begin();
  /// Trains the super-network's options along single paths; measures the loss increments.
  Result<void> warm_up();
  /// Searches, measures and retrains for a target; returns the networks' summaries, the found one
  /// first.
  Result<std::vector<nlohmann::ordered_json>> target(double target);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumbline
