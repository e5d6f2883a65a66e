#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// The one parameter that a view may have.
struct ViewParameter {
  std::string_view meaning;  ///< with its unit
  double default_value;
  double minimum, maximum;  ///< inclusive
};

/// One entry of the pool of views (DOMAIN 1.2). The kernel of the same name computes it.
struct ViewKind {
  std::string_view name;
  std::string_view summary;
  std::optional<ViewParameter> parameter;
};

/// Every view that can be asked for, `identity` first. A further view is one line here and one
/// file in kernels/; a test holds the two lists against each other.
std::span<const ViewKind> view_kinds();

/// A deterministic transform of a network's input: an entry of the pool and its parameter.
/// Only `parse_view` makes one, so its value is within its range.
class View {
 public:
  View() = default;  ///< identity

  const ViewKind& kind() const { return *kind_; }
  std::string_view name() const { return kind_->name; }
  double value() const { return value_; }  ///< 0 where the view has no parameter

  friend bool operator==(const View& a, const View& b) {
    return a.kind_ == b.kind_ && a.value_ == b.value_;
  }

 private:
  friend Result<View> parse_view(std::string_view text);
  const ViewKind* kind_ = &view_kinds().front();
  double value_ = 0;
};

/// Reads `name`, `name=value` or `name(value)`. A value that is left out is the default.
/// Errors (usage): no such view, a value where none belongs or out of its range, both named.
Result<View> parse_view(std::string_view text);

/// Reads a comma-separated list; at least one, none twice.
Result<std::vector<View>> parse_views(std::string_view text);

/// `name` or `name=value`, the value in its shortest form: what `parse_view` reads back.
std::string to_string(const View& view);

}  // namespace plumbline
