#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

Placement place(const StepValues&, const FrameSize& frame) { return {false, -1, 1, -1, 1, frame}; }

}  // namespace

extern const ViewKind rot180_view;
const ViewKind rot180_view = {.name = "rot180", .summary = "turned by 180°", .place = place};

}  // namespace plumbline::views
