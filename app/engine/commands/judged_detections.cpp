#include "app/engine/commands/judged_detections.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/detection/coco_departures.h"
#include "core/detection/fusion.h"
#include "core/detection/image_resampling.h"
#include "core/detection/undetected_price.h"
#include "core/types/count_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// False detections per image at which undetected objects are stated.
constexpr std::array<double, 6> stated_prices = {0.1, 0.25, 0.5, 1, 2, 4};

ordered_json or_null(double value) { return value < 0 ? ordered_json() : ordered_json(value); }
ordered_json or_null(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json coco_json(const CocoFigures& figures) {
  ordered_json json;
  for (std::size_t i = 0; i < coco_figure_count; ++i)
    json[std::string(coco_figure_keys[i])] = or_null(figures.values[i]);
  return json;
}

ordered_json tide_json(const TideResult& result) {
  ordered_json json;
  for (std::size_t i = 0; i < tide_errors; ++i) json[std::string(tide_names[i])] = result.dap[i];
  return json;
}

ordered_json tide_counts(const TideResult& result) {
  ordered_json json;
  for (std::size_t i = 0; i < tide_errors; ++i) json[std::string(tide_names[i])] = result.counts[i];
  return json;
}

ordered_json parts_json(const LrpParts& parts) {
  return {{"loc", or_null(parts.place)},
          {"fp", or_null(parts.false_positive)},
          {"fn", parts.false_negative},
          {"score", std::isfinite(parts.score) ? ordered_json(parts.score) : ordered_json()}};
}

ordered_json id_or_text(const EntryId& id) {
  return id.text.empty() ? ordered_json(id.number) : ordered_json(id.text);
}

/// Undetected objects at stated numbers of false detections, of one set of detections.
ordered_json prices_json(const JudgedDetections& judged, const DetectionSet& set,
                         const std::vector<DetectionMatch>& matches) {
  const auto curve = price_curve(judged.truth, set, matches);
  ordered_json list = ordered_json::array();
  for (const double price : stated_prices) {
    const auto& point = at_price(curve, price * static_cast<double>(judged.truth.images.size()));
    list.push_back(
        {{"false_per_image", price},
         {"undetected_objects", point.undetected},
         {"false_detections", point.false_detections},
         {"score", std::isfinite(point.score) ? ordered_json(point.score) : ordered_json()}});
  }
  return list;
}

ordered_json intervals_json(const JudgedDetections& judged, const JudgingOptions& options) {
  const auto intervals =
      detection_intervals(judged.truth, judged.result, judged.classes, CocoRules::pycocotools(),
                          judged.matches, options.score, {options.resamples, options.seed, 0.95});
  ordered_json json;
  const auto pair = [](const Interval& interval) {
    return ordered_json::array({interval.low, interval.high});
  };
  for (std::size_t i = 0; i < coco_figure_count; ++i)
    json[std::string(coco_figure_keys[i])] =
        intervals.coco[i] ? pair(*intervals.coco[i]) : ordered_json();
  json["undetected_objects"] = pair(intervals.undetected_objects);
  json["false_detections"] = pair(intervals.false_detections);
  return json;
}

ordered_json corrected_json(const JudgedDetections& judged) {
  const auto rules = CocoRules::corrected();
  ordered_json json =
      coco_json(coco_figures(match_boxes(judged.truth, judged.result, rules), rules));
  TideRules tide_rules;
  tide_rules.classes_with_objects = true;
  const TideResult errors = tide(judged.truth, judged.result, tide_rules);
  json["tide"] = tide_json(errors);
  json["tide_ap50"] = errors.ap50;
  json["departures"] = ordered_json::array();
  for (const CocoDeparture& departure : coco_departures(judged.truth, judged.result)) {
    ordered_json ids = ordered_json::array();
    for (const std::int32_t object : departure.objects)
      ids.push_back(id_or_text(judged.truth.boxes[static_cast<std::size_t>(object)].id));
    json["departures"].push_back({{"key", departure.key},
                                  {"what", departure.what},
                                  {"objects", std::move(ids)},
                                  {"detections", departure.detections}});
  }
  return json;
}

ordered_json classes_json(const JudgedDetections& judged) {
  std::vector<std::int64_t> objects(judged.truth.categories.size()), missed = objects;
  for (const ObjectRecord& record : judged.ledger.objects) {
    const auto category = static_cast<std::size_t>(
        judged.truth.boxes[static_cast<std::size_t>(record.object)].category);
    ++objects[category];
    missed[category] += record.found ? 0 : 1;
  }
  ordered_json list = ordered_json::array();
  for (std::size_t k = 0; k < judged.truth.categories.size(); ++k) {
    using enum ObjectSize;
    const auto ap = [&](ObjectSize size) { return or_null(judged.coco.class_precision(size, k)); };
    list.push_back(
        {{"class", judged.truth.categories[k].name},
         {"objects", objects[k]},
         {"undetected_objects", missed[k]},
         {"AP", ap(all)},
         {"AP50", or_null(judged.coco.class_precision(all, k, 0))},
         {"APs", ap(small)},
         {"APm", ap(medium)},
         {"APl", ap(large)},
         {"olrp", judged.errors.classes[k] ? ordered_json(judged.errors.classes[k]->value)
                                           : ordered_json()}});
  }
  return list;
}

std::string percent(double value) { return value < 0 ? "–" : fmt::format("{:.1f}", 100 * value); }

}  // namespace

Result<JudgedDetections> judge_detections(BoxDataset truth, std::vector<DetectionSet> voters,
                                          const std::string& fusion, double score) {
  JudgedDetections judged;
  judged.truth = std::move(truth);
  judged.voters = std::move(voters);
  if (judged.voters.size() > 1 || !fusion.empty()) {
    const auto written = parse_fusion(fusion.empty() ? "wbf" : fusion);
    TRY(written);
    const auto bound = bind_fusion(*written, judged.voters.size(), judged.truth.categories);
    TRY(bound);
    judged.fusion = to_string(*written);
    judged.result = fuse_detections(judged.truth, judged.voters, *bound).set;
  } else {
    judged.result = judged.voters.front();
  }
  judged.classes = match_boxes(judged.truth, judged.result, CocoRules::pycocotools());
  judged.coco = coco_figures(judged.classes, CocoRules::pycocotools());
  judged.tide_errors = tide(judged.truth, judged.result);
  judged.matches = match_accepted(judged.truth, judged.result);
  judged.errors = lrp(judged.truth, judged.result, judged.matches, score);
  judged.ledger =
      make_ledger(judged.truth, judged.result, judged.voters, judged.tide_errors, {score, 0.5});
  return judged;
}

ordered_json detection_json(const JudgedDetections& judged, const JudgingOptions& options) {
  ordered_json json = coco_json(judged.coco);
  json["tide"] = tide_json(judged.tide_errors);
  json["lrp"] = judged.errors.at_threshold.value;
  json["olrp"] = judged.errors.optimal.value;
  json["undetected_objects"] = judged.ledger.undetected;
  json["objects"] = judged.ledger.objects.size();
  json["images"] = judged.truth.images.size();
  json["detections"] = judged.result.boxes.size();
  json["score"] = options.score;
  json["tide_ap50"] = judged.tide_errors.ap50;
  json["tide_counts"] = tide_counts(judged.tide_errors);
  json["tide_special"] = {{"FalsePos", judged.tide_errors.false_positives},
                          {"FalseNeg", judged.tide_errors.false_negatives}};
  json["lrp_parts"] = parts_json(judged.errors.at_threshold);
  json["olrp_parts"] = parts_json(judged.errors.optimal);
  json["fusion"] = judged.fusion.empty() ? ordered_json() : ordered_json(judged.fusion);
  json["found_by_k"] = judged.ledger.found_by_k;
  json["price"] = prices_json(judged, judged.result, judged.matches);
  if (judged.voters.size() > 1) {
    json["voters"] = ordered_json::array();
    for (const DetectionSet& voter : judged.voters)
      json["voters"].push_back(
          {{"name", voter.name},
           {"detections", voter.boxes.size()},
           {"price", prices_json(judged, voter, match_accepted(judged.truth, voter))}});
  }
  if (options.per_class) json["classes"] = classes_json(judged);
  if (options.intervals) json["intervals"] = intervals_json(judged, options);
  if (options.corrected) json["corrected"] = corrected_json(judged);
  return json;
}

void print_judged(const JudgedDetections& judged, const JudgingOptions& options) {
  const auto& values = judged.coco.values;
  fmt::print("{}: {}, {} on {}\n", judged.result.name,
             count_text(std::ssize(judged.result.boxes), "detection"),
             count_text(std::ssize(judged.ledger.objects), "object"),
             count_text(std::ssize(judged.truth.images), "image"));
  const auto print_coco = [](std::string_view title, const CocoFigures& figures) {
    fmt::print("  {:10}", title);
    for (std::size_t i = 0; i < coco_figure_count; ++i)
      fmt::print(" {} {}", coco_figure_keys[i], percent(figures.values[i]));
    fmt::print("\n");
  };
  print_coco("COCO", judged.coco);
  if (options.corrected) {
    const auto rules = CocoRules::corrected();
    print_coco("corrected", coco_figures(match_boxes(judged.truth, judged.result, rules), rules));
    for (const CocoDeparture& departure : coco_departures(judged.truth, judged.result))
      fmt::print("    {} ({}, {})\n", departure.what,
                 count_text(std::ssize(departure.objects), "object"),
                 count_text(departure.detections, "detection"));
  }
  if (options.intervals) {
    const auto json = intervals_json(judged, options);
    fmt::print("  95 %");
    for (std::size_t i = 0; i < coco_figure_count; ++i) {
      const auto& interval = json[std::string(coco_figure_keys[i])];
      if (values[i] >= 0 && !interval.is_null())
        fmt::print(" {} {}–{}", coco_figure_keys[i], percent(interval[0]), percent(interval[1]));
    }
    fmt::print("\n");
  }
  fmt::print("  TIDE, points of AP50 that correcting gains:");
  for (std::size_t i = 0; i < tide_errors; ++i)
    fmt::print(" {} {:.2f}", tide_names[i], judged.tide_errors.dap[i]);
  fmt::print("\n  LRP {:.4f} at score {}, optimal LRP {:.4f}\n", judged.errors.at_threshold.value,
             options.score, judged.errors.optimal.value);
  fmt::print("  undetected objects {} of {} at score {}\n", judged.ledger.undetected,
             judged.ledger.objects.size(), options.score);
  for (std::size_t k = 0; k < judged.ledger.found_by_k.size(); ++k)
    fmt::print("    found by {} of {}: {}\n", k, judged.voters.size(), judged.ledger.found_by_k[k]);
  const auto curve = price_curve(judged.truth, judged.result, judged.matches);
  fmt::print("  undetected at a price:");
  for (const double price : stated_prices)
    fmt::print(" {} at {} false per image;",
               at_price(curve, price * static_cast<double>(judged.truth.images.size())).undetected,
               price);
  fmt::print("\n");
}

Result<LedgerFormat> ledger_format(const std::string& text) {
  if (text == "csv") return LedgerFormat::csv;
  if (text == "json") return LedgerFormat::json;
  if (text == "coco") return LedgerFormat::coco;
  return usage_error(fmt::format("there is no format '{}'", text), "--ledger-format",
                     "csv, json or coco");
}

}  // namespace plumbline
