#include "core/report/search_figures.h"

#include <cmath>

#include <fmt/format.h>

#include "core/study/sittings.h"

namespace plumbline {

namespace {

constexpr double normal_95 = 1.959963984540054;

bool is_in_bits(const SearchInfo& search) { return search.text.tokens == "bytes"; }

ReportUnit loss_unit_of(const SearchInfo& search) {
  return is_in_bits(search) ? ReportUnit::bits_per_byte : ReportUnit::perplexity;
}

/// Of a median, from the quartiles of its repeats as if they were normal: its standard error is
/// 1.2533 σ / √n, and the quartiles are 1.349 σ apart.
double median_error(const MeasuredLatency& latency) {
  return latency.repeats > 0
             ? 1.2533 * latency.spread_ms / 1.349 / std::sqrt(static_cast<double>(latency.repeats))
             : 0;
}

void add_latency(ReportDraft& draft, const ReportedNetwork& network, ReportFigure figure) {
  if (!network.latency) return;
  const MeasuredLatency& own = network.latency->measured;
  const double error = normal_95 * median_error(own);
  figure.id = "network." + network.info.name + ".latency";
  figure.title = "latency of " + network.info.name;
  figure.definition =
      fmt::format("Median time of a step (one batch of segments) over {} repeats.", own.repeats);
  figure.unit = ReportUnit::milliseconds;
  figure.value = own.median_ms;
  if (error > 0) {
    figure.interval = Interval{own.median_ms - error, own.median_ms + error};
    figure.interval_kind = "95 %, of the median, from the quartiles of its repeats";
  }
  draft.add(figure);
  const MeasuredLatency& base = network.latency->baseline_measured;
  const auto fraction = latency_fraction(*network.latency, draft.planer->search.base);
  if (!fraction || own.median_ms <= 0) return;
  figure.id = "network." + network.info.name + ".fraction";
  figure.title = "latency of " + network.info.name + " as a multiple of the existing network's";
  figure.definition = "Both medians are of one measurement, in turns.";
  figure.unit = ReportUnit::times;
  figure.value = *fraction;
  const double relative =
      std::hypot(median_error(own) / own.median_ms, median_error(base) / base.median_ms);
  figure.interval.reset();
  if (relative > 0)
    figure.interval = Interval{*figure.value * (1 - normal_95 * relative),
                               *figure.value * (1 + normal_95 * relative)};
  draft.add(figure);
}

void add_energy(ReportDraft& draft, const ReportedNetwork& network, ReportFigure figure) {
  if (!network.energy) return;
  const TokenEnergy& own = network.energy->measured;
  figure.id = "network." + network.info.name + ".energy";
  figure.title = "energy of 1,000 tokens, " + network.info.name;
  figure.definition = fmt::format(
      "Median of {} windows of at least 2 s of steady work, which differ by {:.3g} J in their "
      "middle half, by {}; all that the device draws, of which {:.3g} J would have been drawn at "
      "rest in the same time.",
      own.repeats, own.spread, network.energy->source, own.idle);
  figure.unit = ReportUnit::joules;
  figure.value = own.joules;
  draft.add(figure);
  const auto fraction = energy_fraction(*network.energy, draft.planer->search.base);
  if (!fraction) return;
  figure.id = "network." + network.info.name + ".energy_fraction";
  figure.title = "energy of " + network.info.name + " as a multiple of the existing network's";
  figure.definition = "Both medians are of one measurement, in turns.";
  figure.unit = ReportUnit::times;
  figure.value = *fraction;
  draft.add(figure);
}

void add_loss(ReportDraft& draft, const ReportedNetwork& network, ReportFigure figure) {
  const SearchInfo& search = draft.planer->search;
  const auto& loss = network.info.validation;
  // A loss on another text is no measure of this search.
  if (!loss || !network.info.text || network.info.text->hash != search.text.hash) return;
  figure.id = "network." + network.info.name + ".loss";
  figure.title = loss_words(search) + " of " + network.info.name;
  figure.definition = fmt::format(
      "Mean loss on {} tokens of the text's validation part; chosen networks are the best of a "
      "few, so theirs is a validation figure, not a test figure.",
      grouped(loss->tokens));
  figure.unit = loss_unit_of(search);
  figure.n = loss->tokens;
  figure.value = shown_loss(search, loss->nats);
  if (loss->error > 0) {
    figure.interval = loss_interval(search, *loss);
    figure.interval_kind = "95 %, standard error over segments";
  }
  draft.add(figure);
  const ReportedNetwork* base = draft.planer->baseline();
  if (base == nullptr || base == &network || !base->info.validation || !is_in_bits(search)) return;
  figure.id = "network." + network.info.name + ".loss_difference";
  figure.title = "difference in bits per byte from the existing network, " + network.info.name;
  figure.definition = "Loss of this network minus that of the existing one, on the same text.";
  figure.difference = true;
  const MeasuredLoss& before = *base->info.validation;
  figure.value = shown_loss(search, loss->nats) - shown_loss(search, before.nats);
  figure.interval.reset();
  if (loss->error > 0 && before.error > 0) {
    const double error = normal_95 * shown_loss(search, std::hypot(loss->error, before.error));
    figure.interval = Interval{*figure.value - error, *figure.value + error};
    figure.interval_kind = "95 %, as if the losses were independent: wider than paired";
  }
  draft.add(figure);
}

}  // namespace

double shown_loss(const SearchInfo& search, double nats) {
  return is_in_bits(search) ? bits_per_token(nats) : perplexity(nats);
}

std::string loss_words(const SearchInfo& search) {
  return is_in_bits(search) ? "bits per byte" : "perplexity";
}

Interval loss_interval(const SearchInfo& search, const MeasuredLoss& loss) {
  const double error = normal_95 * loss.error;
  return {shown_loss(search, loss.nats - error), shown_loss(search, loss.nats + error)};
}

void add_search_figures(ReportDraft& draft) {
  const SearchFindings& found = *draft.planer;
  Provenance from;
  from.run = "search " + found.search.name;
  from.device = found.search.key.device;
  from.precision = found.search.key.precision;
  from.batch = static_cast<int>(found.search.key.batch);
  from.split = "validation part of the text";
  for (const ReportedNetwork& network : found.networks) {
    from.policy = network.role + " network " + network.info.name;
    ReportFigure figure;
    figure.provenance = draft.add(from);
    add_latency(draft, network, figure);
    add_energy(draft, network, figure);
    add_loss(draft, network, figure);
  }
}

}  // namespace plumbline
