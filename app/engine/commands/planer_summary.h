#pragma once
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/planer_options.h"
#include "core/types/error.h"

/// How summaries of the commands `planer …` are printed: "–" for what is not there or null.
namespace plumbline {

std::string text_of(const nlohmann::ordered_json& summary, const char* key);
/// A whole number.
std::string count_of(const nlohmann::ordered_json& summary, const char* key);
/// A number with `digits` digits behind the point.
std::string figure_of(const nlohmann::ordered_json& summary, const char* key, int digits);
/// "2.345 bits per byte" or "perplexity 23.45", whichever there is; else the loss in nats.
std::string loss_of(const nlohmann::ordered_json& summary);
/// "12.34 ± 0.05 ms", of latency_ms and latency_spread_ms
std::string latency_of(const nlohmann::ordered_json& summary);
/// "1.931 J", of joules_per_1000_tokens: for 1,000 tokens
std::string energy_of(const nlohmann::ordered_json& summary);
/// The strip of "architecture": the names of its options, or an object that has them.
std::string strip_of(const nlohmann::ordered_json& summary);
/// Prints a line: name, latency and its fraction of the baseline's, likewise energy where it was
/// measured, loss, parameters, strip, and whether a target is met, with the baseline's energy where
/// the target is of that: "target 0.48 × of 1.93 J per 1,000 tokens met".
void print_network(const nlohmann::ordered_json& network);

/// Says on standard error what was left out, since it is damaged: a line each.
void warn_of_damaged(const std::vector<std::string>& damaged);

/// Prints the summary as it was asked for: as JSON, not at all beside events, or by `print`.
template <class Print>
Result<void> print_outcome(const Result<nlohmann::ordered_json>& summary,
                           const PlanerCommon& common, Print print) {
  TRY(summary);
  // Of several ranks one speaks.
  if (summary->is_null()) return {};
  if (common.json) {
    // Why something is damaged may name what is not UTF-8.
    fmt::print("{}\n", summary->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } else if (!common.flags.events) {
    print(*summary);
  }
  return {};
}

}  // namespace plumbline
