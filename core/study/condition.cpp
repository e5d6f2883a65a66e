#include "core/study/condition.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/types/list_text.h"
#include "core/types/number.h"
#include "kernels/views/view_steps.h"

namespace plumbline {

namespace {

/// Added to a sample's place: other random numbers than those of a voter's own noise.
constexpr std::int64_t condition_streams = std::int64_t{1} << 40;

/// Where the number that varies begins: behind the last step's '='; npos where it has none.
std::size_t place_of_number(std::string_view text) {
  const auto plus = text.rfind('+');
  const auto equals = text.rfind('=');
  if (equals == text.npos || (plus != text.npos && equals < plus)) return text.npos;
  return equals + 1;
}

/// A part of a family as a view's text: a number takes the place of the last one of the part
/// before.
Result<std::string> whole_text(std::string_view part, const std::string& before) {
  const std::string_view first_number = part.substr(0, part.find(':'));
  if (!parse_number(first_number)) return std::string(part);
  const auto place = place_of_number(before);
  if (place == std::string::npos)
    return usage_error("there is a number where a condition should begin", std::string(part),
                       "write noise=2,4,8");
  return before.substr(0, place) + std::string(part);
}

Result<View> parse_condition(std::string_view text) {
  auto view = parse_view(text);
  TRY(view);
  if (*view == View())
    return usage_error("identity is not a condition: a run is always computed without one, too",
                       std::string(text));
  for (const ViewStep& step : view->steps())
    if (step.kind->unclamped)
      return usage_error(
          fmt::format("'{}' depends on the network, so it cannot be a condition", step.kind->name),
          std::string(text));
  return view;
}

}  // namespace

Result<std::vector<View>> parse_conditions(std::string_view text) {
  std::vector<View> all;
  for (const std::string_view family : parts_between(text, ';')) {
    if (family.empty()) continue;
    std::string before;
    for (const std::string_view part : parts_between(family, ',')) {
      auto whole = whole_text(part, before);
      TRY(whole);
      before = std::move(*whole);
      const auto view = parse_condition(before);
      TRY(view);
      if (std::ranges::find(all, *view) != all.end())
        return usage_error("the condition is named twice", to_string(*view));
      all.push_back(*view);
    }
  }
  if (all.empty()) return usage_error("no condition is named", "--conditions", "noise=2,4,8");
  return all;
}

std::vector<ConditionFamily> condition_families(const std::vector<View>& conditions) {
  std::vector<ConditionFamily> families;
  for (const View& condition : conditions) {
    std::string name = to_string(condition);
    double severity = 0;
    if (const auto place = place_of_number(name);
        place != std::string::npos && condition.steps().back().kind->words.empty()) {
      severity = condition.steps().back().values[0];
      name.resize(place - 1);
    }
    auto family = std::ranges::find(families, name, &ConditionFamily::name);
    if (family == families.end()) {
      families.push_back({std::move(name), {}, {}});
      family = families.end() - 1;
    }
    family->conditions.push_back(condition);
    family->severity.push_back(severity);
  }
  return families;
}

std::string condition_name(const View& condition) {
  return condition == View() ? "none" : to_string(condition);
}

Result<View> choose_condition(const RunInfo& run, const std::string& wanted) {
  if (wanted.empty() || wanted == "none") return View();
  auto condition = parse_view(wanted);
  TRY(condition);
  if (*condition == View() || std::ranges::find(run.conditions, *condition) != run.conditions.end())
    return condition;
  std::vector<std::string> names;
  for (const View& one : run.conditions) names.push_back(to_string(one));
  return usage_error(
      fmt::format("the run '{}' was not computed under '{}'", run.name, to_string(*condition)),
      "--condition",
      names.empty()
          ? fmt::format("compute it: run --name {} --conditions '{}' --resume", run.name, wanted)
          : fmt::format("its conditions: {}", fmt::join(names, ", ")));
}

Image under_condition(Image image, const View& condition, std::int64_t sample) {
  if (condition == View()) return image;
  const views::PixelView pixels{image.pixels.data(), image.width, image.height, image.channels};
  const views::FrameSize frame{image.width, image.height};
  const auto placement = views::placement_of(condition.steps(), frame);
  views::Levels levels;
  if (placement == views::whole(frame))
    views::load_levels(pixels, levels);
  else
    views::place_levels(pixels, placement, /*antialias=*/true, views::Fill(), levels);
  // What lies outside belongs to the picture that the camera delivers.
  levels.valid = {0, 0, levels.width, levels.height};
  views::ViewContext context;
  context.sample = sample + condition_streams;
  views::apply_intensities(levels, condition.steps(), context);
  image.width = levels.width;
  image.height = levels.height;
  image.pixels.resize(levels.values.size());
  views::store_pixels(levels, image.pixels.data());
  return image;
}

}  // namespace plumbline
