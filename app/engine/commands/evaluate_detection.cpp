#include <array>
#include <cmath>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/fusion_options.h"
#include "core/data/atomic_file.h"
#include "core/data/coco_json.h"
#include "core/detection/coco_departures.h"
#include "core/detection/coco_figures.h"
#include "core/detection/detection_files.h"
#include "core/detection/image_resampling.h"
#include "core/detection/lrp.h"
#include "core/detection/pr_curves.h"
#include "core/detection/undetected_price.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

struct DetectionOptions {
  std::string ground_truth, detections, fusion, ledger, ledger_format = "csv", curves;
  double score = 0.25;
  std::uint64_t seed = 1;
  std::size_t resamples = 1000;
  bool json = false, intervals = false, corrected = false, per_class = false;
};

/// False detections per image at which undetected objects are stated.
constexpr std::array<double, 6> stated_prices = {0.1, 0.25, 0.5, 1, 2, 4};

/// Everything that is printed is computed from this.
struct Judged {
  BoxDataset truth;
  std::vector<DetectionSet> voters;
  DetectionSet result;
  std::string fusion;
  std::vector<MatchedClass> classes;
  CocoFigures coco;
  TideResult tide_errors;
  std::vector<DetectionMatch> matches;
  Lrp errors;
  Ledger ledger;
};

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
ordered_json prices_json(const Judged& judged, const DetectionSet& set,
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

ordered_json intervals_json(const Judged& judged, const DetectionOptions& options) {
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

ordered_json corrected_json(const Judged& judged) {
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

ordered_json classes_json(const Judged& judged) {
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

ordered_json detection_json(const Judged& judged, const DetectionOptions& options) {
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

std::string percent(double value) { return value < 0 ? "–" : fmt::format("{:.1f}", 100 * value); }

void print_text(const Judged& judged, const DetectionOptions& options) {
  const auto& values = judged.coco.values;
  fmt::print("{}: {} detections, {} objects on {} images\n", judged.result.name,
             judged.result.boxes.size(), judged.ledger.objects.size(), judged.truth.images.size());
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
      fmt::print("    {} ({} objects, {} detections)\n", departure.what, departure.objects.size(),
                 departure.detections);
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
  fmt::print("  TIDE, points of AP50 that mending gains:");
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
    fmt::print(" {} at {} false an image;",
               at_price(curve, price * static_cast<double>(judged.truth.images.size())).undetected,
               price);
  fmt::print("\n");
}

Result<LedgerFormat> ledger_format(const std::string& text) {
  if (text == "csv") return LedgerFormat::csv;
  if (text == "json") return LedgerFormat::json;
  if (text == "coco") return LedgerFormat::coco;
  return usage_error(fmt::format("the format '{}' is not known", text), "--ledger-format",
                     "csv, json or coco");
}

Result<void> evaluate_detection(const DetectionOptions& options) {
  const auto format = ledger_format(options.ledger_format);
  TRY(format);
  Judged judged;
  auto truth = read_coco_truth(options.ground_truth);
  TRY(truth);
  judged.truth = std::move(*truth);
  print_notes(options.ground_truth, judged.truth.notes);
  auto voters = read_voters(options.detections, judged.truth);
  TRY(voters);
  judged.voters = std::move(*voters);
  if (judged.voters.size() > 1 || !options.fusion.empty()) {
    const auto fusion = parse_fusion(options.fusion.empty() ? "wbf" : options.fusion);
    TRY(fusion);
    const auto bound = bind_fusion(*fusion, judged.voters.size(), judged.truth.categories);
    TRY(bound);
    judged.fusion = to_string(*fusion);
    judged.result = fuse_detections(judged.truth, judged.voters, *bound).set;
  } else {
    judged.result = judged.voters.front();
  }
  judged.classes = match_boxes(judged.truth, judged.result, CocoRules::pycocotools());
  judged.coco = coco_figures(judged.classes, CocoRules::pycocotools());
  judged.tide_errors = tide(judged.truth, judged.result);
  judged.matches = match_accepted(judged.truth, judged.result);
  judged.errors = lrp(judged.truth, judged.result, judged.matches, options.score);
  judged.ledger = make_ledger(judged.truth, judged.result, judged.voters, judged.tide_errors,
                              {options.score, 0.5});
  if (!options.ledger.empty())
    TRY(write_file_atomically(options.ledger, ledger_text(judged.truth, judged.result,
                                                          judged.voters, judged.ledger, *format)));
  if (!options.curves.empty())
    TRY(write_file_atomically(options.curves, pr_curves_csv(judged.truth, judged.coco)));
  if (options.json)
    fmt::print("{}\n", detection_json(judged, options)
                           .dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  else
    print_text(judged, options);
  return {};
}

}  // namespace

void add_evaluate_detection(CLI::App& evaluate, CommandContext& context) {
  auto* command = evaluate.add_subcommand(
      "detection", "COCO's figures, TIDE, LRP and undetected objects of detections in files");
  auto options = std::make_shared<DetectionOptions>();
  command->add_option("--ground-truth", options->ground_truth, "COCO's instances JSON");
  command->add_option("--detections", options->detections,
                      "COCO's results JSON; several, with commas between them, are voters");
  command->add_option("--fusion", options->fusion,
                      "how voters become one: name or name(parameter=value,…) ('list' prints them; "
                      "default wbf where there are several)");
  command
      ->add_option(
          "--score", options->score,
          "accepted are detections of at least this score; COCO's figures and TIDE take all")
      ->capture_default_str();
  command->add_flag(
      "--corrected", options->corrected,
      "beside pycocotools' figures those by its own definition, and which objects make "
      "the difference");
  command->add_flag("--intervals", options->intervals,
                    "95 % intervals of COCO's figures and counts, by resampling images");
  command->add_option("--resamples", options->resamples, "how many resamples")
      ->check(CLI::Range(10, 100'000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "of the resamples")->capture_default_str();
  command->add_flag("--per-class", options->per_class, "a row a class, in the JSON");
  command->add_option(
      "--ledger", options->ledger,
      "writes each object: found by which voters, best overlap and score, and why not");
  command
      ->add_option("--ledger-format", options->ledger_format,
                   "csv, json (detections too) or coco (undetected objects alone)")
      ->capture_default_str();
  command->add_option("--curves", options->curves,
                      "writes precision over recall of each class, size and threshold, as CSV");
  command->add_flag("--json", options->json, "print JSON");
  command->callback([&context, options] {
    if (options->fusion == "list") return print_fusions();
    if (options->ground_truth.empty() || options->detections.empty())
      context.result = usage_error("--ground-truth and --detections are needed",
                                   "evaluate detection", "evaluate detection --help");
    else
      context.result = evaluate_detection(*options);
  });
}

}  // namespace plumbline
