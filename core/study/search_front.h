#pragma once
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/planer/front/prediction.h"
#include "core/study/study.h"

namespace plumbline {

/// What a search makes of every target: the surrogate's front from its increments and its table
/// of costs, and how far predictions were off for the networks that it really retrained. The
/// command `planer front` and the workbench show the same.
struct SearchFront {
  SearchInfo search;
  CostTable costs;                    ///< of latencies, or of energies where it saves those
  std::optional<LatencyTable> table;  ///< of the same key: where time goes
  SurrogateFront front;
  PredictionErrors errors;
  FrontCalibration calibration;  ///< that of front_calibration()
  /// The backbone as published, estimated from the table as the front is: what a fraction is of.
  double baseline_cost = 0;
  /// Which tables of the other kind of cost cannot be read, why, and what to do: the front does
  /// without them. Whole sentences, without a full stop.
  std::vector<std::string> damaged = {};
};

/// What the front of an existing network is calibrated on, everywhere the same: the networks that
/// `search` found, or where it is empty any search that began with `existing`. They count if their
/// loss was measured on `text`. Those that were trained further do not, since their loss is of
/// another course.
FrontCalibration front_calibration(const LossIncrements& increments, const NetworkInfo& existing,
                                   const std::string& search, const TextReference& text,
                                   const std::vector<NetworkInfo>& networks);

/// From what a study has. Networks count that name the search, were judged on its text and have a
/// validation loss. Errors: the search has no increments yet; there is no table of its key and
/// configuration, or it lacks the baseline's options. `energies`: tables, for searches that save
/// energy, and of latencies for those that save time.
Result<SearchFront> make_search_front(const SearchInfo& search,
                                      const std::vector<LatencyTable>& tables,
                                      const std::vector<EnergyTable>& energies,
                                      const std::vector<NetworkInfo>& networks);
/// Errors besides: the search, networks, or the tables of its own kind of cost cannot be read.
/// Where those of the other kind are damaged, it goes on without them and says so.
Result<SearchFront> load_search_front(const Study& study, std::string_view search);

/// search, base, cost, device, batch, length, memory, precision, baseline_ms, measured_baseline_ms,
/// estimate_error, fastest_ms, points [{latency_ms, fraction, predicted_loss, expected_loss,
/// bits_per_byte or perplexity, architecture}], networks [{name, predicted_loss, validation_loss,
/// error, calibrated_error}], mean_absolute_error, calibration {networks, existing_network, offset,
/// slope}, calibrated_mean_absolute_error. A point's expected_loss is its predicted_loss
/// calibrated, bits per byte or perplexity are of the former; the calibration of a search without
/// retrained networks is null, and then both are equal. Losses and errors in nats per token; what
/// is not known is null. Of a search that saves energy there are baseline_joules_per_1000_tokens,
/// measured_baseline_joules_per_1000_tokens, least_joules_per_1000_tokens and, of a point,
/// joules_per_1000_tokens in place of milliseconds. `damaged`: a list of texts, as above.
nlohmann::ordered_json to_json(const SearchFront& front);

}  // namespace plumbline
