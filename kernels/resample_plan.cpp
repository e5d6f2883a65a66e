#include "kernels/resample_plan.h"

#include <algorithm>
#include <cmath>

namespace plumbline::kernels {

std::optional<std::vector<TwoTaps>> two_taps(const views::AxisSampling& axis, int source) {
  constexpr float none = 1e-6F;
  if (source < 2) return std::nullopt;
  const auto taps = static_cast<std::size_t>(axis.taps);
  std::vector<TwoTaps> all;
  for (std::size_t i = 0; i < axis.first.size(); ++i) {
    const float* weights = axis.weights.data() + i * taps;
    std::size_t begin = 0, end = taps;
    while (begin + 1 < end && std::abs(weights[begin]) < none) ++begin;
    while (end > begin + 1 && std::abs(weights[end - 1]) < none) --end;
    if (end - begin > 2) return std::nullopt;
    const float second = end - begin == 2 ? weights[begin + 1] : 0;
    TwoTaps made{axis.first[i] + static_cast<int>(begin), weights[begin], second, true};
    // The last place of the source is somebody's second neighbour.
    if (made.first == source - 1) made = {source - 2, 0, made.first_weight, true};
    if (axis.region[i] != views::Region::image) made = {made.first, 0, 0, false};
    all.push_back(made);
  }
  return all;
}

bool only_moves(const PlannedView& view) {
  return std::ranges::all_of(view.steps, [](const views::ViewStep& step) {
    return step.kind->geometric() || (step.kind->tone == nullptr && step.kind->apply == nullptr);
  });
}

std::optional<Resampling> resampling_of(const ViewPlan& plan, const PlannedView& view,
                                        at::ScalarType images) {
  const views::Placement& placement = view.placement;
  const auto frame = plan.frame();
  if (images != at::kByte || !only_moves(view) || placement.transposed || !view.table.empty())
    return std::nullopt;
  const auto axis = [&](int side, double factor, double offset) {
    return two_taps(views::sample_axis(side, side, {0, static_cast<double>(side)}, factor, offset,
                                       plan.antialias),
                    side);
  };
  auto columns = axis(frame.width, placement.x, placement.x0);
  auto rows = axis(frame.height, placement.y, placement.y0);
  if (!columns || !rows) return std::nullopt;
  return Resampling{std::move(*columns), std::move(*rows)};
}

}  // namespace plumbline::kernels
