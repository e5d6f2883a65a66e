#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

Placement place(const StepValues&, const FrameSize& frame) {
  return {true, 1, 0, -1, 1, {frame.height, frame.width}};
}

}  // namespace

extern const ViewKind rot270_view;
const ViewKind rot270_view = {
    .name = "rot270", .summary = "turned by 90° clockwise", .place = place};

}  // namespace plumbline::views
