#pragma once
#include <optional>

#include "core/report/draft.h"

namespace plumbline {

/// Adds what was measured of the search's networks: "network.NAME.latency", ".fraction", ".energy",
/// ".energy_fraction", ".loss", ".loss_difference" (to the existing network), ".predicted".
void add_search_figures(ReportDraft& draft);

/// A loss in nats per token as it is shown: bits per byte for bytes, else perplexity.
double shown_loss(const SearchInfo& search, double nats);
/// "bits per byte" or "perplexity".
std::string loss_words(const SearchInfo& search);
/// The 95 % interval of a measured loss, as it is shown.
Interval loss_interval(const SearchInfo& search, const MeasuredLoss& loss);

}  // namespace plumbline
