#include "core/selection/box_rule.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::string_view box_rule_begin = "false<=", like_baseline = "baseline";

/// The number of fewest digits that is rounded to this score.
double as_written(float score) { return parse_number(shortest(score)).value_or(score); }

}  // namespace

Result<BoxRule> parse_box_rule(std::string_view text) {
  const auto wrong = [&] {
    return usage_error(fmt::format("'{}' is not a rule for boxes", text), "--rule",
                       "false<=X, in false detections per image, or false<=baseline");
  };
  if (!text.starts_with(box_rule_begin)) return wrong();
  const std::string_view price = text.substr(box_rule_begin.size());
  if (price == like_baseline) return BoxRule();
  const auto number = parse_number(price);
  if (!number || !std::isfinite(*number) || *number < 0) return wrong();
  return BoxRule{*number};
}

std::string to_string(const BoxRule& rule) {
  return rule.false_per_image ? fmt::format("{}{}", box_rule_begin, *rule.false_per_image)
                              : fmt::format("{}{}", box_rule_begin, like_baseline);
}

std::int64_t allowed_false_detections(const BoxRule& rule, std::int64_t images) {
  // A product of decimal numbers may lie a rounding below the whole number that was meant.
  const double all = rule.false_per_image.value_or(0) * static_cast<double>(images);
  return static_cast<std::int64_t>(std::min(std::floor(all * (1 + 1e-12)), 1e15));
}

BoxSetting loosest_box_setting(const Decisions& decided, std::int64_t allowed) {
  struct ScoredItem {
    float score;
    bool is_object;
  };
  std::vector<ScoredItem> items;
  for (std::size_t i = 0; i < decided.score.size(); ++i)
    if (decided.score[i] >= 0)
      items.push_back(
          {static_cast<float>(decided.score[i]),
           decided.verdict[i] == Verdict::kept || decided.verdict[i] == Verdict::undetected});
  std::ranges::sort(items, std::ranges::greater(), &ScoredItem::score);
  BoxSetting best{.score = 1}, now;
  if (!items.empty())
    best.score = std::nextafter(items.front().score, std::numeric_limits<float>::infinity());
  for (std::size_t i = 0; i < items.size();) {
    // Boxes of one score are accepted together.
    const float score = items[i].score;
    for (; i < items.size() && items[i].score == score; ++i)
      ++(items[i].is_object ? now.found : now.false_detections);
    if (now.false_detections > allowed) break;
    now.score = as_written(score);
    best = now;
  }
  return best;
}

}  // namespace plumbline
