#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

Placement place(const StepValues&, const FrameSize& frame) {
  return {true, -1, 1, 1, 0, {frame.height, frame.width}};
}

}  // namespace

extern const ViewKind rot90_view;
const ViewKind rot90_view = {
    .name = "rot90", .summary = "turned by 90° counter-clockwise", .place = place};

}  // namespace plumbline::views
