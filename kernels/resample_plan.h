#pragma once
#include <optional>
#include <vector>

#include "kernels/view_plan.h"

namespace plumbline::kernels {

/// A place on an axis of the output, made of source places `first` and `first + 1`.
struct TwoTaps {
  int first = 0;
  float first_weight = 0, second_weight = 0;  ///< sum to 1; both 0 outside of the image
  bool inside = true;
  friend bool operator==(const TwoTaps&, const TwoTaps&) = default;
};

/// A view that does nothing but resample, each axis by two neighbours.
struct Resampling {
  std::vector<TwoTaps> columns, rows;  ///< [width], [height] of the output
};

/// The taps of an axis where no place needs more than two that are neighbours. Weights below 1e-6
/// are rounding's and count as none.
std::optional<std::vector<TwoTaps>> two_taps(const views::AxisSampling& axis, int source);

/// Whether a view has no step but geometric ones.
bool only_moves(const PlannedView& view);

/// How a view without a table is resampled; nothing where it does anything else as well, exchanges
/// its axes, or needs more taps, as shrinking by antialiasing does.
std::optional<Resampling> resampling_of(const ViewPlan& plan, const PlannedView& view,
                                        at::ScalarType images);

}  // namespace plumbline::kernels
