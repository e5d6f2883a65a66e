#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

constexpr ViewParameter parameters[] = {{"shift to the right, of the width", 0.1, -0.5, 0.5},
                                        {"shift downwards, of the height", 0, -0.5, 0.5}};

Placement place(const StepValues& values, const FrameSize& frame) {
  return {false, 1, -values[0], 1, -values[1], frame};
}

}  // namespace

extern const ViewKind translate_view;
const ViewKind translate_view = {.name = "translate",
                                 .summary = "shifted, by fractions of width and height",
                                 .parameters = parameters,
                                 .place = place};

}  // namespace plumbline::views
