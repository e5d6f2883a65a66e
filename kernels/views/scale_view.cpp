#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

constexpr ViewParameter parameters[] = {{"factor s", 0.9, 0.5, 2}};

Placement place(const StepValues& values, const FrameSize& frame) {
  const double factor = 1 / values[0], offset = 0.5 - 0.5 / values[0];
  return {false, factor, offset, factor, offset, frame};
}

}  // namespace

extern const ViewKind scale_view;
const ViewKind scale_view = {.name = "scale",
                             .summary = "zoomed about the centre: above 1 enlarges",
                             .parameters = parameters,
                             .place = place};

}  // namespace plumbline::views
