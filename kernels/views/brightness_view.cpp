#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

constexpr ViewParameter parameters[] = {{"shift b, of 255", 0.1, -1, 1}};

double tone(double level, const StepValues& values) { return level + 255 * values[0]; }

}  // namespace

extern const ViewKind brightness_view;
const ViewKind brightness_view = {
    .name = "brightness", .summary = "v + 255 b", .parameters = parameters, .tone = tone};

}  // namespace plumbline::views
