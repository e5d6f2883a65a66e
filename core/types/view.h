#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"
#include "kernels/views/view_steps.h"

namespace plumbline {

using views::ViewKind;
using views::ViewParameter;
using views::ViewStep;

/// A deterministic transform of a network's input: an entry of the pool with its numbers, or
/// several joined by `+` (DOMAIN 1.2). Geometric steps come first, in the order in which they were
/// written; intensities follow, in theirs. Only `parse_view` makes one, so that all numbers are
/// within their ranges, no entry is there twice, and nothing follows a step that is not clamped.
class View {
 public:
  View() = default;  ///< identity

  /// Empty for identity.
  std::span<const ViewStep> steps() const { return steps_; }
  View geometric() const;  ///< its geometric steps alone
  View intensity() const;  ///< its intensities alone
  /// Does nothing to a grey image.
  bool needs_colour() const;

  friend bool operator==(const View&, const View&) = default;

 private:
  friend Result<View> parse_view(std::string_view text);
  std::vector<ViewStep> steps_;
};

/// Reads `name`, `name=value` or `name(value)`, or several joined by `+`. Two numbers are written
/// `first:second`; numbers that are left out are the defaults.
/// Errors (usage): no such view, a value where none belongs or out of its range, an entry that is
/// named twice or cannot be combined, each named.
Result<View> parse_view(std::string_view text);

/// Reads a comma-separated list of at least one view, each named once. `five_crop` stands for the
/// five crops, `ten_crop` for these and their mirror images, also with other steps joined to them.
Result<std::vector<View>> parse_views(std::string_view text);

/// What `parse_view` reads back, the numbers in their shortest form.
std::string to_string(const View& view);

/// "name=value" with the ranges and defaults, for people: one line of `--views list`.
std::string describe(const ViewKind& kind);

}  // namespace plumbline
