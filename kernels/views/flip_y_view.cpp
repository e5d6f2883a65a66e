#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

Placement place(const StepValues&, const FrameSize& frame) { return {false, 1, 0, -1, 1, frame}; }

}  // namespace

extern const ViewKind flip_y_view;
const ViewKind flip_y_view = {.name = "flip_y", .summary = "mirrored top-bottom", .place = place};

}  // namespace plumbline::views
