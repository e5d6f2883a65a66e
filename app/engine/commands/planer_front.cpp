#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/planer_summary.h"
#include "core/study/search_front.h"

namespace plumbline {

namespace {

struct FrontOptions {
  std::string study, name;
  bool json = false;
};

std::string loss_text(double nats, const std::string& tokens) {
  return tokens == "bytes" ? fmt::format("{:.4f} bits per byte", bits_per_token(nats))
                           : fmt::format("perplexity {:.2f}", perplexity(nats));
}

/// A front has thousands of points; people are shown the best at every twentieth of the baseline.
void print_front(const SearchFront& found) {
  const auto& tokens = found.search.text.tokens;
  const StepKey& key = found.costs.key;
  const char* unit = found.costs.kind == CostKind::latency ? "ms" : "J";
  fmt::print("{}: {}, batch {}, length {}, memory {}, {}; baseline {} as estimated\n",
             found.search.name, key.device, key.batch, key.length, key.memory, key.precision,
             cost_with_unit(found.costs.kind, found.baseline_cost));
  fmt::print("losses are {}\n", calibration_text(found.calibration));
  const FrontPoint* last = nullptr;
  constexpr int steps_of_baseline = 20;
  const double slowest = found.front.points().back().cost / found.baseline_cost;
  const int last_step = std::max(
      steps_of_baseline, static_cast<int>(std::min(200.0, slowest * steps_of_baseline)) + 1);
  for (int step = 1; step <= last_step; ++step) {
    const double fraction = static_cast<double>(step) / steps_of_baseline;
    const FrontPoint* point = found.front.within(fraction * found.baseline_cost);
    if (point == nullptr || point == last) continue;
    last = point;
    fmt::print("  ≤ {:.2f}  {:10.4f} {}  {}  {}\n", fraction, point->cost, unit,
               loss_text(found.calibration.expected_nats(point->loss), tokens),
               strip_text(point->architecture));
  }
  const PredictionErrors& errors = found.errors;
  if (errors.networks.empty()) {
    fmt::print("no network of this search has been retrained: predictions are not yet checked\n");
    return;
  }
  fmt::print("predictions before calibration, of networks that were retrained:\n");
  for (const PredictionError& network : errors.networks) {
    fmt::print("  {}: predicted {}, retrained {}, error {:+.4f} nats", network.name,
               loss_text(network.predicted, tokens), loss_text(network.measured, tokens),
               network.error);
    if (network.calibrated_error) fmt::print(", calibrated {:+.4f}", *network.calibrated_error);
    fmt::print("\n");
  }
  fmt::print("mean absolute error {:.4f} nats", errors.mean_absolute.value_or(0));
  if (errors.calibrated_mean_absolute)
    fmt::print(", after a line through the other networks {:.4f}",
               *errors.calibrated_mean_absolute);
  fmt::print("\n");
}

Result<void> front_command(const FrontOptions& options) {
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  const auto front = load_search_front(*study, options.name);
  TRY(front);
  warn_of_damaged(front->damaged);
  if (options.json)
    fmt::print("{}\n",
               to_json(*front).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  else
    print_front(*front);
  return {};
}

}  // namespace

void add_planer_front(CLI::App& planer, CommandContext& context) {
  auto* command = planer.add_subcommand(
      "front",
      "the best architecture for every latency, or energy, as a search's measurements predict it, "
      "calibrated on the networks that it retrained");
  auto options = std::make_shared<FrontOptions>();
  command->add_option("STUDY", options->study, "the study's folder")->required();
  command->add_option("--name", options->name, "search")->required();
  command->add_flag("--json", options->json, "print JSON");
  command->callback([&context, options] { context.result = front_command(*options); });
}

}  // namespace plumbline
