#include "core/types/view.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::array kinds = {
    ViewKind{"identity", "the image as it is", std::nullopt},
    ViewKind{"flip_x", "mirrored left-right", std::nullopt},
    ViewKind{"gamma", "255 (v/255)^g: below 1 brightens", ViewParameter{"exponent g", 0.8, 0.2, 5}},
};

std::string names() {
  std::string text;
  for (const ViewKind& kind : kinds) text += (text.empty() ? "" : ", ") + std::string(kind.name);
  return text;
}

}  // namespace

std::span<const ViewKind> view_kinds() { return kinds; }

Result<View> parse_view(std::string_view text) {
  text = trimmed(text);
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
  const auto kind = std::ranges::find(kinds, name, &ViewKind::name);
  if (kind == kinds.end())
    return usage_error(fmt::format("there is no view '{}'", name), std::string(text),
                       "views: " + names());
  View view;
  view.kind_ = &*kind;
  if (!kind->parameter) {
    if (value_text)
      return usage_error(fmt::format("the view '{}' takes no value", name), std::string(text));
    return view;
  }
  const ViewParameter& parameter = *kind->parameter;
  view.value_ = parameter.default_value;
  if (value_text) {
    const auto value = parse_number(trimmed(*value_text));
    if (!value || *value < parameter.minimum || *value > parameter.maximum)
      return usage_error(fmt::format("{} of the view '{}' must be a number from {} to {}",
                                     parameter.meaning, name, parameter.minimum, parameter.maximum),
                         std::string(text));
    view.value_ = *value;
  }
  return view;
}

Result<std::vector<View>> parse_views(std::string_view text) {
  std::vector<View> views;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    auto view = parse_view(text.substr(begin, end - begin));
    if (!view) return tl::unexpected(view.error());
    if (std::ranges::find(views, *view) != views.end())
      return usage_error("the view is named twice", to_string(*view));
    views.push_back(*view);
    begin = end + 1;
  }
  return views;
}

std::string to_string(const View& view) {
  if (!view.kind().parameter) return std::string(view.name());
  return fmt::format("{}={}", view.name(), shortest(view.value()));
}

}  // namespace plumbline
