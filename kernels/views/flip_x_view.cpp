#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

Placement place(const StepValues&, const FrameSize& frame) { return {false, -1, 1, 1, 0, frame}; }

}  // namespace

extern const ViewKind flip_x_view;
const ViewKind flip_x_view = {.name = "flip_x", .summary = "mirrored left-right", .place = place};

}  // namespace plumbline::views
