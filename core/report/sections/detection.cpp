// Detectors: figures by COCO's ways, what stays undetected at equal false
// detections, kinds of errors, and by how many voters each object is found.
#include <algorithm>

#include <fmt/format.h>

#include "core/detection/tide.h"
#include "core/metrics/bootstrap.h"
#include "core/metrics/resample.h"
#include "core/report/section_table.h"
#include "core/review/box_figures.h"
#include "core/types/count_text.h"

namespace plumbline {

namespace {

constexpr int detection_resamples = 200;
constexpr std::size_t most_resampled_boxes = 400'000;

std::string without_detection(const ReportDraft& draft) {
  if (!draft.run) return without_run(draft);
  return draft.run->reviewed->boxes ? ""
                                    : fmt::format("The run '{}' predicts {}, not boxes.",
                                                  draft.run->run.name, draft.run->kind);
}

/// Who is judged: the decision's fusion, or one detector alone.
struct JudgedBoxes {
  std::string id, title;
  const DetectionSet* boxes = nullptr;
};

ReportFigure box_figure(const ReportDraft& draft, std::string id, std::string title,
                        ReportUnit unit, std::optional<double> figure_value,
                        std::size_t provenance) {
  ReportFigure figure;
  figure.id = std::move(id);
  figure.title = std::move(title);
  figure.unit = unit;
  figure.value = figure_value;
  figure.n = static_cast<std::int64_t>(draft.run->reviewed->boxes->flat->images);
  figure.provenance = provenance;
  return figure;
}

/// −1 stands for a figure that no class has.
std::optional<double> coco_value(double raw) { return raw < 0 ? std::nullopt : std::optional(raw); }

/// APs of resamples of the images, the same ones for every list.
std::vector<double> resampled_ap(const BoxRun& run, const DetectionSet& boxes) {
  std::vector<double> values;
  if (boxes.boxes.size() > most_resampled_boxes) return values;
  const CocoRules rules = CocoRules::pycocotools();
  const auto matched = match_boxes(run.truth, boxes, rules);
  std::vector<ResampleCount> counts(run.images());
  std::vector<std::int32_t> weights(run.images());
  for (int r = 0; r < detection_resamples; ++r) {
    draw_resample(1, static_cast<std::uint64_t>(r), counts);
    std::ranges::copy(counts, weights.begin());
    values.push_back(coco_figures(matched, rules, weights).values[0]);
  }
  return values;
}

std::optional<Interval> percentiles_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  return Interval{quantile_of_sorted(values, 0.025), quantile_of_sorted(values, 0.975)};
}

std::string resamples_of_images() {
  return fmt::format("95 %, percentiles of {} resamples of the images", detection_resamples);
}

ReportTable precision_table(ReportDraft& draft, const std::vector<JudgedBoxes>& judged,
                            std::size_t best, std::size_t provenance) {
  const BoxRun& run = *draft.run->reviewed->boxes->run;
  constexpr std::string_view titles[] = {"AP", "AP50", "AP75", "AP small", "AP medium", "AP large"};
  ReportTable table{
      "average-precision",
      "Average precision: pycocotools' to the last bit, and corrected where "
      "pycocotools leaves its own definition",
      {"", "AP", "95 % interval", "AP50", "AP75", "small", "medium", "large", "AP corrected"},
      {false, true, true, true, true, true, true, true, true},
      {}};
  std::vector<double> own_resamples, best_resamples;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    const JudgedBoxes& one = judged[i];
    const CocoRules strict = CocoRules::pycocotools(), corrected = CocoRules::corrected();
    const CocoFigures figures = coco_figures(match_boxes(run.truth, *one.boxes, strict), strict);
    TableRow row;
    row.cells.push_back({one.title});
    for (std::size_t k = 0; k < std::size(titles); ++k) {
      ReportFigure figure =
          box_figure(draft, fmt::format("{}.{}", one.id, coco_figure_keys[k]),
                     fmt::format("{} of {}", titles[k], one.title), ReportUnit::fraction,
                     coco_value(figures.values[k]), provenance);
      figure.definition = "As pycocotools 2.0.11 computes it.";
      if (k == 0 && (i == 0 || i == best)) {
        auto resamples = resampled_ap(run, *one.boxes);
        figure.interval = percentiles_of(resamples);
        if (figure.interval) figure.interval_kind = resamples_of_images();
        (i == 0 ? own_resamples : best_resamples) = std::move(resamples);
      }
      const FigureUse use = draft.add(std::move(figure));
      row.cells.push_back({use, k == 0 && i == 0});
      if (k == 0) row.cells.push_back({FigureUse{use.figure, FigurePart::interval}});
    }
    ReportFigure figure = box_figure(
        draft, one.id + ".ap_corrected", "corrected AP of " + one.title, ReportUnit::fraction,
        coco_value(
            coco_figures(match_boxes(run.truth, *one.boxes, corrected), corrected).values[0]),
        provenance);
    figure.definition =
        "With an object of id 0 found, equal scores as one "
        "point, no limit below the number of "
        "objects, ignored objects neither found nor missed.";
    row.cells.push_back({draft.add(std::move(figure))});
    table.rows.push_back(std::move(row));
  }
  if (best > 0 && own_resamples.size() == best_resamples.size() && !own_resamples.empty()) {
    ReportFigure figure = box_figure(
        draft, "detection.ap_difference", "difference in AP from the best detector alone",
        ReportUnit::fraction,
        *draft.figure("detection.AP").value - *draft.figure(judged[best].id + ".AP").value,
        provenance);
    figure.definition =
        "AP of the decision minus that of the best detector, on the same resamples.";
    figure.difference = true;
    for (std::size_t r = 0; r < own_resamples.size(); ++r) own_resamples[r] -= best_resamples[r];
    figure.interval = percentiles_of(own_resamples);
    figure.interval_kind = resamples_of_images();
    draft.add(std::move(figure));
  }
  return table;
}

ReportTable errors_table(ReportDraft& draft, const std::vector<JudgedBoxes>& judged,
                         std::size_t provenance) {
  const BoxRun& run = *draft.run->reviewed->boxes->run;
  ReportTable table{
      "tide",
      "Kinds of errors (TIDE): what correcting all errors of a kind would gain in AP50",
      {"", "AP50"},
      {false, true},
      {}};
  for (const std::string_view name : tide_names) {
    table.heads.emplace_back(name);
    table.numeric.push_back(true);
  }
  for (const JudgedBoxes& one : judged) {
    const TideResult result = tide(run.truth, *one.boxes);
    TableRow row;
    row.cells.push_back({one.title});
    const auto add = [&](const std::string& key, double points) {
      ReportFigure figure =
          box_figure(draft, one.id + ".tide_" + key, "TIDE " + key + " of " + one.title,
                     ReportUnit::fraction, points / 100, provenance);
      figure.definition = "As tidecv 1.0.1 computes it, of all boxes, whatever their score.";
      row.cells.push_back({draft.add(std::move(figure))});
    };
    add("ap50", result.ap50);
    for (std::size_t kind = 0; kind < tide_errors; ++kind)
      add(std::string(tide_names[kind]), result.dap[kind]);
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Objects found, and what stays undetected at as many false detections.
void add_counts(ReportDraft& draft, const BoxesReviewed& boxes, const BestDetector& best,
                std::size_t provenance, std::vector<ReportBlock>& blocks) {
  const std::int64_t objects = boxes.found + boxes.undetected;
  const auto add = [&](const char* id, const char* title, const char* definition,
                       std::int64_t count) {
    ReportFigure figure = box_figure(draft, std::string("detection.") + id, title,
                                     ReportUnit::count, static_cast<double>(count), provenance);
    figure.definition = definition;
    figure.n = objects;
    if (objects > 0 && count <= objects && std::string_view(id) != "false_detections" &&
        std::string_view(id) != "objects") {
      const Interval share = wilson_interval(count, objects);
      figure.interval = Interval{share.low * static_cast<double>(objects),
                                 share.high * static_cast<double>(objects)};
      figure.interval_kind = "95 %, Wilson, as if objects were independent";
    }
    return draft.add(std::move(figure));
  };
  add("objects", "objects", "Objects that count: no crowd, not ignored.", objects);
  const FigureUse found = add("found", "objects found", "By an accepted fused box.", boxes.found);
  const FigureUse missed = add("undetected", "undetected objects",
                               "No accepted fused box finds them.", boxes.undetected);
  const FigureUse wrong = add("false_detections", "false detections",
                              "Accepted fused boxes that find nothing.", boxes.false_detections);
  const PricePoint& at = at_price(best.figures.prices, static_cast<double>(boxes.false_detections));
  const FigureUse single =
      add("best_undetected", "undetected objects of the best detector alone",
          "At the score where it has at most as many false detections.", at.undetected);
  const std::string& name = to_string(draft.run->run.voters[best.voter]);
  Text text(draft.run->own.words + " finds ");
  text.add(found)
      .add(fmt::format(" of {} objects and leaves ", grouped(objects)))
      .add(missed)
      .add(" undetected (95 % interval ")
      .add(FigureUse{missed.figure, FigurePart::interval})
      .add("), with ")
      .add(wrong)
      .add(
          " false detections. With at most as many false detections the best "
          "detector alone, " +
          name + ", leaves ")
      .add(single)
      .add(" undetected (")
      .add(FigureUse{single.figure, FigurePart::interval})
      .add(
          "). The two are not compared with a paired interval, so their difference is not a "
          "finding by itself.");
  blocks.emplace_back(paragraph(std::move(text), Paragraph::Role::lead));
}

PlotSeries price_series(const std::vector<PricePoint>& prices, std::string name, PlotLook look) {
  PlotSeries series{std::move(name), look, PlotSeries::Shape::line, {}};
  const std::size_t step = prices.size() / 300 + 1;
  for (std::size_t i = 0; i < prices.size(); i += step)
    series.points.emplace_back(prices[i].false_detections, prices[i].undetected);
  return series;
}

Result<std::vector<ReportBlock>> write_detection(ReportDraft& draft) {
  const RunFindings& findings = *draft.run;
  const BoxesReviewed& boxes = *findings.reviewed->boxes;
  const BoxRun& run = *boxes.run;
  const std::size_t provenance = draft.add(draft.run_provenance(findings.own.words));
  const BestDetector best = best_detector(run, boxes.overlap);
  std::vector<JudgedBoxes> judged{{"detection", findings.own.words, &boxes.fused->set}};
  std::size_t best_place = 0;
  for (std::size_t v = 0; v < run.voters.size(); ++v) {
    if (v == best.voter) best_place = judged.size();
    judged.push_back(
        {fmt::format("detector.{}", v + 1), to_string(findings.run.voters[v]), &run.voters[v]});
  }
  std::vector<ReportBlock> blocks;
  add_counts(draft, boxes, best, provenance, blocks);
  blocks.emplace_back(precision_table(draft, judged, best_place, provenance));
  if (draft.has("detection.ap_difference")) {
    Text text(is_finding(draft.figure("detection.ap_difference"))
                  ? "Against the best detector alone AP changes by "
                  : "Against the best detector alone AP does not change by "
                    "more than chance: ");
    text.add(draft.use("detection.ap_difference"))
        .add(" (95 % interval ")
        .add(draft.use("detection.ap_difference", FigurePart::interval))
        .add(").");
    blocks.emplace_back(paragraph(std::move(text)));
  }
  ReportPlot plot;
  plot.key = "undetected-price";
  plot.title = "Undetected objects against false detections, over all scores";
  plot.x_label = "false detections";
  plot.y_label = "undetected objects";
  const BoxFigures own = box_figures(run, boxes.fused->set, boxes.overlap);
  plot.series.push_back(price_series(
      best.figures.prices, to_string(findings.run.voters[best.voter]), PlotLook::baseline));
  plot.series.push_back(price_series(own.prices, findings.own.words, PlotLook::chosen));
  plot.marks.push_back({static_cast<double>(boxes.false_detections),
                        static_cast<double>(boxes.undetected),
                        value_words(draft.figure("detection.undetected")),
                        PlotLook::chosen,
                        {}});
  plot.x_range =
      Interval{0, 3.0 * static_cast<double>(std::max<std::int64_t>(boxes.false_detections, 1))};
  blocks.emplace_back(PlotRow{{std::move(plot)}});
  blocks.emplace_back(errors_table(draft, judged, provenance));
  ReportTable ledger{"found-by",
                     "Objects by how many of the run's voters find them",
                     {"found by", "objects"},
                     {false, true},
                     {}};
  for (std::size_t k = 0; k < boxes.found_by_k.size(); ++k) {
    ReportFigure figure =
        box_figure(draft, fmt::format("detection.found_by_{}", k),
                   "objects found by " + count_text(static_cast<std::int64_t>(k), "voter"),
                   ReportUnit::count, static_cast<double>(boxes.found_by_k[k]), provenance);
    figure.definition = "By a voter's own box of at least the decision's score.";
    ledger.rows.push_back(
        {{{k == 0 ? std::string("no voter") : fmt::format("{} of {}", k, run.voters.size())},
          {draft.add(std::move(figure))}},
         {}});
  }
  blocks.emplace_back(std::move(ledger));
  draft.say_provenance(blocks, provenance);
  return blocks;
}

}  // namespace

extern const ReportSection detection_section;
const ReportSection detection_section = {.key = "detection",
                                         .group = "detection",
                                         .title = "Detection",
                                         .missing = without_detection,
                                         .write = write_detection};

}  // namespace plumbline
