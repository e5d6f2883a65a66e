#include "core/types/view.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "core/types/list_text.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

/// Names that stand for several views.
struct ViewGroup {
  std::string_view name;
  std::vector<std::string_view> members;
};

const std::vector<ViewGroup>& view_groups() {
  static const std::vector<ViewGroup> groups = {
      {"five_crop", {"crop=tl", "crop=tr", "crop=bl", "crop=br", "crop=c"}},
      {"ten_crop",
       {"crop=tl", "crop=tr", "crop=bl", "crop=br", "crop=c", "flip_x+crop=tl", "flip_x+crop=tr",
        "flip_x+crop=bl", "flip_x+crop=br", "flip_x+crop=c"}},
  };
  return groups;
}

std::string joined(auto&& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

std::string names() {
  std::vector<std::string_view> all;
  for (const ViewKind* kind : views::view_pool()) all.push_back(kind->name);
  return joined(all);
}

/// The numbers of a step, or the word's index.
Result<views::StepValues> parse_values(const ViewKind& kind, std::optional<std::string_view> text,
                                       std::string_view whole) {
  views::StepValues values{};
  if (!kind.words.empty()) {
    const auto word = text ? std::ranges::find(kind.words, trimmed(*text)) : kind.words.end();
    if (word == kind.words.end())
      return usage_error(
          fmt::format("the view '{}' takes one of {}", kind.name, joined(kind.words)),
          std::string(whole));
    values[0] = static_cast<double>(word - kind.words.begin());
    return values;
  }
  if (text && kind.parameters.empty())
    return usage_error(fmt::format("the view '{}' takes no value", kind.name), std::string(whole));
  const auto parts = text ? parts_between(*text, ':') : std::vector<std::string_view>();
  if (parts.size() > kind.parameters.size())
    return usage_error(
        fmt::format("the view '{}' takes at most {} numbers", kind.name, kind.parameters.size()),
        std::string(whole), describe(kind));
  for (std::size_t i = 0; i < kind.parameters.size(); ++i) {
    const ViewParameter& parameter = kind.parameters[i];
    values[i] = parameter.default_value;
    if (i >= parts.size()) continue;
    const auto value = parse_number(parts[i]);
    if (!value || *value < parameter.minimum || *value > parameter.maximum)
      return usage_error(
          fmt::format("{} of the view '{}' must be a number from {} to {}", parameter.meaning,
                      kind.name, parameter.minimum, parameter.maximum),
          std::string(whole));
    if (parameter.whole && *value != static_cast<double>(static_cast<std::int64_t>(*value)))
      return usage_error(
          fmt::format("{} of the view '{}' must be a whole number", parameter.meaning, kind.name),
          std::string(whole));
    values[i] = *value == 0 ? 0 : *value;  // no negative zero
  }
  return values;
}

Result<ViewStep> parse_step(std::string_view text) {
  std::string_view name = text;
  std::optional<std::string_view> value_text;
  if (const auto equals = text.find('='); equals != text.npos) {
    name = text.substr(0, equals);
    value_text = text.substr(equals + 1);
  } else if (const auto open = text.find('('); open != text.npos && text.ends_with(')')) {
    name = text.substr(0, open);
    value_text = text.substr(open + 1, text.size() - open - 2);
  }
  name = trimmed(name);
  const ViewKind* kind = views::find_view(name);
  if (kind == nullptr)
    return usage_error(fmt::format("there is no view '{}'", name), std::string(text),
                       "views: " + names());
  const auto values = parse_values(*kind, value_text, text);
  TRY(values);
  return ViewStep{kind, *values};
}

std::string to_string(const ViewStep& step) {
  std::string text(step.kind->name);
  if (!step.kind->words.empty())
    return text + "=" + std::string(step.kind->words[static_cast<std::size_t>(step.values[0])]);
  for (std::size_t i = 0; i < step.kind->parameters.size(); ++i) {
    // A second number is written where it is not the default.
    if (i > 0 && step.values[i] == step.kind->parameters[i].default_value) break;
    text += (i == 0 ? "=" : ":") + shortest(step.values[i]);
  }
  return text;
}

/// The views that a text with the name of a group stands for, or the text itself.
std::vector<std::string> members(std::string_view text) {
  const auto parts = parts_between(text, '+');
  for (const ViewGroup& group : view_groups()) {
    const auto place = std::ranges::find(parts, group.name);
    if (place == parts.end()) continue;
    std::vector<std::string> all;
    for (const std::string_view member : group.members) {
      std::string joined_parts;
      for (auto part = parts.begin(); part != parts.end(); ++part)
        joined_parts +=
            (part == parts.begin() ? "" : "+") + std::string(part == place ? member : *part);
      all.push_back(std::move(joined_parts));
    }
    return all;
  }
  return {std::string(text)};
}

}  // namespace

View View::geometric() const {
  View part;
  std::ranges::copy_if(steps_, std::back_inserter(part.steps_),
                       [](const ViewStep& step) { return step.kind->geometric(); });
  return part;
}

View View::intensity() const {
  View part;
  std::ranges::copy_if(steps_, std::back_inserter(part.steps_),
                       [](const ViewStep& step) { return !step.kind->geometric(); });
  return part;
}

bool View::needs_colour() const {
  return std::ranges::any_of(steps_, [](const ViewStep& step) { return step.kind->needs_colour; });
}

Result<View> parse_view(std::string_view text) {
  text = trimmed(text);
  const auto parts = parts_between(text, '+');
  View geometric, view;
  for (const std::string_view part : parts) {
    const auto step = parse_step(part);
    TRY(step);
    const ViewKind& kind = *step->kind;
    if (&kind == views::view_pool().front()) {
      if (parts.size() == 1) return View();
      return usage_error("identity cannot be combined with other views", std::string(text));
    }
    const auto same = [&](const ViewStep& other) { return other.kind == &kind; };
    if (std::ranges::any_of(view.steps_, same) || std::ranges::any_of(geometric.steps_, same))
      return usage_error(fmt::format("'{}' appears twice", kind.name), std::string(text));
    if (!kind.geometric() && !view.steps_.empty() && view.steps_.back().kind->unclamped)
      return usage_error(fmt::format("nothing can follow '{}'", view.steps_.back().kind->name),
                         std::string(text), "write it last");
    (kind.geometric() ? geometric : view).steps_.push_back(*step);
  }
  view.steps_.insert(view.steps_.begin(), geometric.steps_.begin(), geometric.steps_.end());
  return view;
}

Result<std::vector<View>> parse_views(std::string_view text) {
  std::vector<View> all;
  for (const std::string_view entry : parts_between(text, ','))
    for (const std::string& member : members(entry)) {
      auto view = parse_view(member);
      TRY(view);
      if (std::ranges::find(all, *view) != all.end())
        return usage_error("the view is named twice", to_string(*view));
      all.push_back(std::move(*view));
    }
  return all;
}

std::string to_string(const View& view) {
  if (view.steps().empty()) return std::string(views::view_pool().front()->name);
  std::string text;
  for (const ViewStep& step : view.steps()) text += (text.empty() ? "" : "+") + to_string(step);
  return text;
}

std::string describe(const ViewKind& kind) {
  std::string text = fmt::format("{:12} {}", kind.name, kind.summary);
  if (!kind.words.empty()) text += "; one of " + joined(kind.words);
  for (const ViewParameter& parameter : kind.parameters)
    text += fmt::format("; {}, {} to {}, default {}", parameter.meaning, parameter.minimum,
                        parameter.maximum, parameter.default_value);
  return text;
}

}  // namespace plumbline
