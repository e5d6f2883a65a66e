// A search for architectures: accuracy against latency, what was found, how, and where time goes.
#include <algorithm>

#include <fmt/format.h>

#include "core/report/search_figures.h"
#include "core/report/section_table.h"

namespace plumbline {

namespace {

constexpr std::size_t most_path_points = 400;

std::string network_id(const ReportedNetwork& network, const char* what) {
  return "network." + network.info.name + "." + what;
}

TableCell figure_cell(const ReportDraft& draft, const std::string& id,
                      FigurePart part = FigurePart::value, bool strong = false) {
  if (!draft.has(id)) return {part == FigurePart::value ? "–" : ""};
  return {draft.use(id, part), strong};
}

PlotLook look_of(const ReportedNetwork& network) {
  if (network.role == "existing") return PlotLook::baseline;
  if (network.role == "random") return PlotLook::third;
  if (network.role == "most parameters") return PlotLook::second;
  return PlotLook::chosen;
}

std::string network_provenance(const SearchFindings& found) {
  const StepKey& key = found.search.key;
  return fmt::format("search {} · {} · {}, batch {}, length {}, memory {} · validation part of {}",
                     found.search.name, key.device, key.precision, key.batch, key.length,
                     key.memory, std::filesystem::path(found.search.text.file).filename().string());
}

void say_search(const ReportDraft& draft, std::vector<ReportBlock>& blocks) {
  if (draft.request->provenance)
    blocks.emplace_back(
        paragraph(network_provenance(*draft.planer) + " · " + draft.report.date.substr(0, 10),
                  Paragraph::Role::small));
}

ReportTable networks_table(const ReportDraft& draft) {
  const SearchFindings& found = *draft.planer;
  ReportTable table{"networks",
                    "Networks, measured; the loss is that of the validation part, on which the "
                    "search chose too",
                    {"network", "", "latency", "95 % interval", "of the existing one",
                     loss_words(found.search), "95 % interval", "difference", "95 % interval"},
                    {false, false, true, true, true, true, true, true, true},
                    {}};
  const bool with_energies = found.has_energies();
  if (with_energies) {
    table.heads.insert(table.heads.end(), {"J per 1,000 tokens", "of the existing one"});
    table.numeric.insert(table.numeric.end(), {true, true});
  }
  for (const ReportedNetwork& network : found.networks) {
    TableRow row;
    row.cells.push_back({network.info.name});
    row.cells.push_back({network.role});
    row.cells.push_back(
        figure_cell(draft, network_id(network, "latency"), FigurePart::value, true));
    row.cells.push_back(figure_cell(draft, network_id(network, "latency"), FigurePart::interval));
    row.cells.push_back(figure_cell(draft, network_id(network, "fraction")));
    row.cells.push_back(figure_cell(draft, network_id(network, "loss"), FigurePart::value, true));
    row.cells.push_back(figure_cell(draft, network_id(network, "loss"), FigurePart::interval));
    const std::string difference = network_id(network, "loss_difference");
    const bool whole = draft.has(difference) && draft.figure(difference).interval;
    row.cells.push_back(whole ? figure_cell(draft, difference) : TableCell{"–"});
    row.cells.push_back(whole ? figure_cell(draft, difference, FigurePart::interval)
                              : TableCell{""});
    if (with_energies) {
      row.cells.push_back(figure_cell(draft, network_id(network, "energy")));
      row.cells.push_back(figure_cell(draft, network_id(network, "energy_fraction")));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// The figure that says which share of the existing network's cost is left, and what that is of.
const char* fraction_figure(const SearchFindings& found) {
  return found.search.cost == CostKind::energy ? "energy_fraction" : "fraction";
}

/// What came of it, no more surely than the intervals say: a sentence for each of the four fastest
/// networks that were found; the table below has all.
std::vector<Text> outcome_words(const ReportDraft& draft) {
  const SearchFindings& found = *draft.planer;
  const ReportedNetwork* existing = found.baseline();
  const char* share = fraction_figure(found);
  std::vector<const ReportedNetwork*> told;
  for (const ReportedNetwork& network : found.networks)
    if (network.role == "found" && draft.has(network_id(network, share)) &&
        draft.figure(network_id(network, share)).value &&
        draft.has(network_id(network, "loss_difference")) &&
        draft.figure(network_id(network, "loss_difference")).interval)
      told.push_back(&network);
  if (existing == nullptr) return {};
  std::ranges::stable_sort(told, {}, [&](const ReportedNetwork* network) {
    return *draft.figure(network_id(*network, share)).value;
  });
  constexpr std::size_t most_told = 4;
  if (told.size() > most_told) told.resize(most_told);
  std::vector<Text> sentences;
  for (const ReportedNetwork* network : told) {
    const std::string difference = network_id(*network, "loss_difference");
    const ReportFigure& figure = draft.figure(difference);
    const bool saves_energy = found.search.cost == CostKind::energy;
    Text text(network->info.name + (saves_energy ? " draws " : " takes "));
    text.add(draft.use(network_id(*network, share)))
        .add((saves_energy ? " the energy of " : " the time of ") + existing->info.name +
             ". Its loss (" + loss_words(found.search) + ") is ")
        .add(draft.use(network_id(*network, "loss")))
        .add(" against ")
        .add(draft.use(network_id(*existing, "loss")));
    text.add(is_finding(figure) ? ", a difference of "
                                : ", which is not a difference beyond chance: ")
        .add(draft.use(difference))
        .add(" (95 % interval ")
        .add(draft.use(difference, FigurePart::interval))
        .add(").");
    sentences.push_back(std::move(text));
  }
  return sentences;
}

Result<std::vector<ReportBlock>> write_accuracy(ReportDraft& draft) {
  const SearchFindings& found = *draft.planer;
  ReportPlot plot;
  const bool saves_energy = found.search.cost == CostKind::energy;
  plot.key = saves_energy ? "accuracy-energy" : "accuracy-latency";
  plot.title = saves_energy ? "Accuracy against energy" : "Accuracy against latency";
  plot.x_label = saves_energy ? "energy of 1,000 tokens (J)" : "latency of a step (ms)";
  plot.y_label = loss_words(found.search) + " (lower is better)";
  double low = 1e300, high = -1e300, right = 0;
  for (const ReportedNetwork& network : found.networks) {
    const ReportFigure &cost =
                           draft.figure(network_id(network, saves_energy ? "energy" : "latency")),
                       &loss = draft.figure(network_id(network, "loss"));
    if (!cost.value || !loss.value) continue;
    plot.marks.push_back(
        {*cost.value, *loss.value, network.info.name, look_of(network), loss.interval});
    low = std::min(low, loss.interval ? loss.interval->low : *loss.value);
    high = std::max(high, loss.interval ? loss.interval->high : *loss.value);
    right = std::max(right, *cost.value);
  }
  std::vector<ReportBlock> blocks;
  if (found.front) {
    PlotSeries front{"predicted by the surrogate", PlotLook::others, PlotSeries::Shape::steps, {}};
    for (const FrontPoint& point : found.front->front.points()) {
      const double loss =
          shown_loss(found.search, found.front->calibration.expected_nats(point.loss));
      // Far beyond what was measured a prediction says nothing, and would flatten the plot.
      if (!plot.marks.empty() && loss > high + (high - low)) continue;
      front.points.emplace_back(point.cost, loss);
    }
    plot.series.push_back(std::move(front));
  } else {
    blocks.emplace_back(
        paragraph("No predicted front: " + found.why_no_front + ".", Paragraph::Role::missing));
  }
  for (const std::string& damaged : found.damaged)
    blocks.emplace_back(paragraph("Damaged: " + damaged + ".", Paragraph::Role::missing));
  if (plot.marks.empty() && plot.series.empty()) {
    blocks.emplace_back(
        paragraph("No network of the search was measured yet.", Paragraph::Role::missing));
    return blocks;
  }
  for (Text& sentence : outcome_words(draft))
    blocks.emplace_back(paragraph(std::move(sentence), Paragraph::Role::lead));
  if (right > 0) plot.x_range = Interval{0, right * 1.1};
  blocks.emplace_back(PlotRow{{std::move(plot)}});
  if (found.front)
    blocks.emplace_back(paragraph(
        fmt::format("The line is predicted from loss increments and {} of single options, {}; it "
                    "is not a measurement. Bars are 95 % intervals of the measured loss.",
                    saves_energy ? "energies" : "latencies",
                    calibration_text(found.front->calibration)),
        Paragraph::Role::small));
  if (!found.networks.empty()) blocks.emplace_back(networks_table(draft));
  if (std::ranges::none_of(found.networks, [](const auto& n) { return n.role == "random"; }))
    blocks.emplace_back(
        paragraph("No random architectures of equal latency were trained for comparison (planer "
                  "search --random), so nothing says what the search itself gains.",
                  Paragraph::Role::missing));
  say_search(draft, blocks);
  return blocks;
}

std::string without_networks(const ReportDraft& draft) {
  if (!draft.planer) return without_search(draft);
  return draft.planer->networks.empty() ? "The search has no network yet." : "";
}

Result<std::vector<ReportBlock>> write_architectures(ReportDraft& draft) {
  ReportTable table{"architectures",
                    "One option per slot, first slot first: A attention with its heads, F "
                    "feed-forward (F½ of half, F2 of double width), M mixture of experts with the "
                    "number that a token uses (m of half width), – nothing",
                    {"network", "", "parameters", "slots"},
                    {false, false, true, false},
                    {}};
  for (const ReportedNetwork& network : draft.planer->networks)
    table.rows.push_back(
        {{{network.info.name},
          {network.role},
          {grouped(count_parameters(network.info.config, network.info.architecture).all)},
          {strip_text(network.info.architecture)}},
         {}});
  std::vector<ReportBlock> blocks;
  blocks.emplace_back(std::move(table));
  return blocks;
}

std::string without_course(const ReportDraft& draft) {
  if (!draft.planer) return without_search(draft);
  return draft.planer->points.empty() ? "The search has no course yet." : "";
}

Result<std::vector<ReportBlock>> write_course(ReportDraft& draft) {
  const SearchFindings& found = *draft.planer;
  ReportPlot plot;
  plot.key = "course";
  plot.title = "The search's course";
  const bool saves_energy = found.search.cost == CostKind::energy;
  plot.x_label =
      saves_energy ? "estimated energy of 1,000 tokens (J)" : "estimated latency of a step (ms)";
  plot.y_label = loss_words(found.search) + ", shared weights";
  constexpr PlotLook looks[] = {PlotLook::chosen, PlotLook::second, PlotLook::third,
                                PlotLook::fourth};
  std::vector<double> targets;
  for (const SearchPoint& point : found.points)
    if (std::ranges::find(targets, point.target) == targets.end()) targets.push_back(point.target);
  for (std::size_t t = 0; t < targets.size(); ++t) {
    PlotSeries path{fmt::format("target {:.2f}×", targets[t]),
                    looks[t % std::size(looks)],
                    PlotSeries::Shape::path,
                    {}};
    std::vector<const SearchPoint*> points;
    for (const SearchPoint& point : found.points)
      if (point.target == targets[t]) points.push_back(&point);
    const std::size_t step = points.size() / most_path_points + 1;
    for (std::size_t i = 0; i < points.size(); i += step)
      path.points.emplace_back(points[i]->cost, shown_loss(found.search, points[i]->loss));
    plot.series.push_back(std::move(path));
  }
  std::vector<ReportBlock> blocks;
  blocks.emplace_back(PlotRow{{std::move(plot)}});
  blocks.emplace_back(
      paragraph(fmt::format("Estimates during the search, from the {} table and the shared "
                            "weights: not measurements of any network.",
                            cost_name(found.search.cost)),
                Paragraph::Role::small));
  say_search(draft, blocks);
  return blocks;
}

std::string without_table(const ReportDraft& draft) {
  if (!draft.planer) return without_search(draft);
  if (!draft.planer->front) return "No shares of time: " + draft.planer->why_no_front + ".";
  return draft.planer->front->table ? "" : "No latency table of the search's step was measured.";
}

Result<std::vector<ReportBlock>> write_time(ReportDraft& draft) {
  const SearchFindings& found = *draft.planer;
  ReportTable table{"time",
                    "Where the time of a step goes, estimated from the latency table (ms)",
                    {"network", "attention", "feed-forward", "experts", "norm, residual",
                     "embedding", "softmax", "total"},
                    {false, true, true, true, true, true, true, true},
                    {}};
  Provenance from;
  from.run = "search " + found.search.name;
  from.policy = "estimated from the latency table of " + found.front->table->measured_at;
  from.device = found.search.key.device;
  from.precision = found.search.key.precision;
  from.batch = static_cast<int>(found.search.key.batch);
  const std::size_t provenance = draft.add(from);
  for (const ReportedNetwork& network : found.networks) {
    const auto shares = latency_shares(*found.front->table, network.info.architecture);
    if (!shares) continue;
    TableRow row;
    row.cells.push_back({network.info.name});
    const std::pair<const char*, double> parts[] = {
        {"attention", shares->attention}, {"feed_forward", shares->feed_forward},
        {"experts", shares->experts},     {"norm", shares->norm},
        {"embedding", shares->embedding}, {"softmax", shares->softmax},
        {"total", shares->total()}};
    for (const auto& [part, ms] : parts) {
      ReportFigure figure;
      figure.id = network_id(network, "time.") + part;
      figure.title = std::string(part) + " of " + network.info.name;
      figure.definition = "Estimated share of a step's time.";
      figure.unit = ReportUnit::milliseconds;
      figure.value = ms;
      figure.provenance = provenance;
      row.cells.push_back({draft.add(std::move(figure)), part == std::string_view("total")});
    }
    table.rows.push_back(std::move(row));
  }
  std::vector<ReportBlock> blocks;
  blocks.emplace_back(std::move(table));
  say_search(draft, blocks);
  return blocks;
}

}  // namespace

extern const ReportSection planer_accuracy_section, planer_architectures_section,
    planer_course_section, planer_time_section;
const ReportSection planer_accuracy_section = {.key = "planer-accuracy",
                                               .group = "planer",
                                               .title = "Accuracy against latency",
                                               .missing = without_search,
                                               .write = write_accuracy};
const ReportSection planer_architectures_section = {.key = "planer-architectures",
                                                    .group = "planer",
                                                    .title = "Architectures",
                                                    .missing = without_networks,
                                                    .write = write_architectures};
const ReportSection planer_course_section = {.key = "planer-course",
                                             .group = "planer",
                                             .title = "The search's course",
                                             .missing = without_course,
                                             .write = write_course};
const ReportSection planer_time_section = {.key = "planer-time",
                                           .group = "planer",
                                           .title = "Where the time goes",
                                           .missing = without_table,
                                           .write = write_time};

}  // namespace plumbline
