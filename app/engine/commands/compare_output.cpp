#include "app/engine/commands/compare_output.h"

#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/decision/threshold_parameter.h"
#include "core/review/box_review.h"
#include "core/types/count_text.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// JSON has no NaN.
ordered_json share_or_null(double share) {
  return std::isfinite(share) ? ordered_json(share) : ordered_json();
}

ordered_json interval_or_null(const Interval& interval) {
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return {};
  return ordered_json::array({interval.low, interval.high});
}

ordered_json json_of_side(const ComparedSide& side) {
  ordered_json json = {{"run", side.run.info.name}, {"policy", to_string(side.policy.policy)}};
  json["voters"] = ordered_json::array();
  for (const std::size_t voter : side.voters)
    json["voters"].push_back(to_string(side.run.info.voters[voter]));
  const auto threshold = threshold_parameter(side.policy);
  json["threshold"] =
      threshold ? ordered_json(threshold_value(side.policy, *threshold)) : ordered_json();
  if (const auto splits = fitted_on(side.policy); !splits.empty()) json["fitted_on"] = splits;
  if (const auto& boxes = side.reviewed->boxes) {
    json["objects"] = boxes->found + boxes->undetected;
    json["found"] = boxes->found;
    json["undetected"] = boxes->undetected;
    json["false_detections"] = boxes->false_detections;
    return json;
  }
  const VerdictCounts& counts = side.decisions().counts;
  json["samples"] = counts.judged();
  json["coverage"] = share_or_null(counts.coverage());
  json["selective_risk"] = share_or_null(counts.selective_risk());
  json["kept_correct"] = counts[Verdict::kept];
  json["undetected_mispredictions"] = counts[Verdict::undetected];
  json["caught_mispredictions"] = counts[Verdict::caught];
  json["needlessly_rejected"] = counts[Verdict::needlessly_rejected];
  return json;
}

ordered_json json_of_class(const ClassComparison& entry) {
  const ComparedShares shares = shares_of(entry);
  return {{"items", entry.items},
          {"right_first", share_or_null(shares.first)},
          {"right_first_interval", interval_or_null(shares.first_interval)},
          {"right_second", share_or_null(shares.second)},
          {"right_second_interval", interval_or_null(shares.second_interval)},
          {"difference", share_or_null(shares.difference)},
          {"difference_interval", interval_or_null(shares.difference_interval)},
          {"undetected_first", entry.undetected_first},
          {"undetected_second", entry.undetected_second},
          {"gained", entry.gained},
          {"lost", entry.lost}};
}

std::string class_words(const CompareOutput& output, ClassIndex index) {
  return output.second.run.class_name(index);
}

ordered_json json_of_item(const CompareOutput& output, const ComparedItem& item) {
  ordered_json json = {{"sample", item.sample}};
  if (item.object) json["object"] = *item.object;
  json["change"] = change_key(item.change);
  // A detection of nothing has no truth.
  json["label"] =
      item.truth == no_class ? ordered_json() : ordered_json(class_words(output, item.truth));
  const auto side = [&](ClassIndex label, Verdict verdict) {
    ordered_json words = {{"predicted", nullptr}, {"verdict", verdict_name(verdict)}};
    if (label != no_class) words["predicted"] = class_words(output, label);
    return words;
  };
  json["first"] = side(item.first_label, item.first);
  json["second"] = side(item.second_label, item.second);
  return json;
}

std::string percent_words(double share) {
  return std::isfinite(share) ? fmt::format("{:.1f}", 100 * share) : "–";
}

/// "83.2 ± 0.7", in percent; "+1.9 ± 0.4" with its sign.
std::string share_words(double share, const Interval& interval, bool with_sign = false) {
  if (!std::isfinite(share)) return "–";
  const double half = 50 * (interval.high - interval.low);
  return with_sign ? fmt::format("{:+.1f} ± {:.1f}", 100 * share, half)
                   : fmt::format("{:.1f} ± {:.1f}", 100 * share, half);
}

void print_side(const char* place, const ComparedSide& side) {
  const std::string head = fmt::format("{:7} {} on {}", place, to_string(side.policy.policy),
                                       visible_text(side.run.info.name));
  if (const auto& boxes = side.reviewed->boxes) {
    fmt::print("{}: {} of {} found, {} undetected, {}\n", head, boxes->found,
               count_text(boxes->found + boxes->undetected, "object"), boxes->undetected,
               count_text(boxes->false_detections, "false detection"));
  } else {
    const VerdictCounts& counts = side.decisions().counts;
    fmt::print("{}: {} % accepted, {} kept, {} undetected, {} caught, {} needlessly rejected\n",
               head, percent_words(counts.coverage()), counts[Verdict::kept],
               counts[Verdict::undetected], counts[Verdict::caught],
               counts[Verdict::needlessly_rejected]);
  }
  std::vector<std::string> names;
  for (const std::size_t voter : side.voters)
    names.push_back(to_string(side.run.info.voters[voter]));
  fmt::print("        decided by {}\n", visible_text(fmt::format("{}", fmt::join(names, ", "))));
}

void print_class(const std::string& name, const ClassComparison& entry) {
  const ComparedShares shares = shares_of(entry);
  fmt::print("  {:20} {:>8} {:>13} {:>13} {:>13} {:>8} {:>8} {:>7} {:>7}\n", visible_text(name),
             entry.items, share_words(shares.first, shares.first_interval),
             share_words(shares.second, shares.second_interval),
             share_words(shares.difference, shares.difference_interval, true),
             entry.undetected_first, entry.undetected_second, entry.gained, entry.lost);
}

}  // namespace

const char* change_key(Change change) {
  switch (change) {
    case Change::same: return "same";
    case Change::gained: return "gained";
    case Change::lost: return "lost";
    case Change::changed: return "changed";
    case Change::unjudged: return "unjudged";
  }
  return "";
}

ordered_json json_of(const CompareOutput& output) {
  const OpenedRun& run = output.second.run;
  ordered_json json = {{"dataset", run.dataset.name},
                       {"split", run.split},
                       {"of", output.of_objects() ? "objects" : "samples"},
                       {"first", json_of_side(output.first)},
                       {"second", json_of_side(output.second)}};
  if (output.kept) json["equal_kept"] = *output.kept;
  for (const Change change : shown_changes) json[change_key(change)] = output.comparison[change];
  json["all"] = json_of_class(output.comparison.all);
  json["classes"] = ordered_json::array();
  for (const ClassComparison& entry : output.comparison.classes) {
    ordered_json row = {{"class", class_words(output, entry.truth)}};
    row.update(json_of_class(entry));
    json["classes"].push_back(std::move(row));
  }
  if (output.lists_items) {
    json["items"] = ordered_json::array();
    for (const ComparedItem& item : output.items)
      json["items"].push_back(json_of_item(output, item));
  }
  return json;
}

void print_comparison(const CompareOutput& output) {
  print_side("first", output.first);
  print_side("second", output.second);
  if (output.kept)
    fmt::print("the first side is set to keep at least {} correct labels, as the second does\n",
               *output.kept);
  const ClassComparison& all = output.comparison.all;
  const ComparedShares shares = shares_of(all);
  const char* item = output.of_objects() ? "object" : "sample";
  fmt::print("of {} undetected {} → {}, {} {} → {} % ({} points, 95 %)\n",
             count_text(all.items, item), all.undetected_first, all.undetected_second,
             output.of_objects() ? "found" : "accuracy", percent_words(shares.first),
             percent_words(shares.second),
             share_words(shares.difference, shares.difference_interval, true));
  fmt::print("gained {}, lost {}, changed otherwise {}, same {}, not judged {}\n",
             output.comparison[Change::gained], output.comparison[Change::lost],
             output.comparison[Change::changed], output.comparison[Change::same],
             output.comparison[Change::unjudged]);
  fmt::print("  {:20} {:>8} {:>13} {:>13} {:>13} {:>8} {:>8} {:>7} {:>7}\n", "class",
             output.of_objects() ? "objects" : "samples", "first (%)", "second (%)", "difference",
             "undet. 1", "undet. 2", "gained", "lost");
  for (const ClassComparison& entry : output.comparison.classes)
    print_class(class_words(output, entry.truth), entry);
  for (const ComparedItem& entry : output.items) {
    const std::string object = entry.object ? fmt::format(" object {}", *entry.object) : "";
    fmt::print("{:8} {}{}: {}, {} ({}) → {} ({})\n", change_key(entry.change),
               visible_text(entry.sample), object, visible_text(class_words(output, entry.truth)),
               visible_text(class_words(output, entry.first_label)), verdict_name(entry.first),
               visible_text(class_words(output, entry.second_label)), verdict_name(entry.second));
  }
}

}  // namespace plumbline
