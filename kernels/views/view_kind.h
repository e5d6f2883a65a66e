#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/views/levels.h"
#include "kernels/views/placement.h"

namespace plumbline::views {

/// A number that a view takes.
struct ViewParameter {
  std::string_view meaning;  ///< with its unit
  double default_value;
  double minimum, maximum;  ///< inclusive
  bool whole = false;       ///< fractions are refused
};

/// The numbers of one step of a view, in the order of its parameters; what is not there is 0. A
/// view with words has the word's index.
using StepValues = std::array<double, 2>;

/// What an intensity may need to know besides the grey levels.
struct ViewContext {
  std::int64_t sample = 0;  ///< the sample's place in its split: noise differs between samples
  /// The network's input is (level · scale − mean) / std, by channel of the levels.
  double scale = 1.0 / 255;
  std::array<double, 3> mean{}, std{1, 1, 1};
};

/// One entry of the pool of views (DOMAIN 1.2): what it is called, what it takes, what it does.
/// A geometric view has `place`; an intensity has `tone`, `apply` or both; identity has none.
struct ViewKind {
  std::string_view name;
  std::string_view summary;
  std::span<const ViewParameter> parameters;  ///< at most two; written `name=first:second`
  std::span<const std::string_view> words;    ///< or one of these instead: `name=word`
  /// Where a point of what is seen lies in what there was; `frame` is the size of the latter.
  Placement (*place)(const StepValues& values, const FrameSize& frame) = nullptr;
  /// Where the new level depends on the old one alone: 0 to 255, unrounded; clamped afterwards.
  double (*tone)(double level, const StepValues& values) = nullptr;
  /// Changes the levels in place; they are clamped afterwards unless `unclamped`.
  void (*apply)(Levels& levels, const StepValues& values, const ViewContext& context) = nullptr;
  bool needs_colour = false;  ///< does nothing to grey images: refused for networks that take them
  bool unclamped = false;     ///< nothing may follow it

  bool geometric() const { return place != nullptr; }
};

/// Every view that can be asked for, `identity` first. A further one is one file in this folder
/// and one line in view_pool.cpp.
std::span<const ViewKind* const> view_pool();

/// The entry of that name, or null.
const ViewKind* find_view(std::string_view name);

}  // namespace plumbline::views
