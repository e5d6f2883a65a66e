#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

enum Corner { top_left, top_right, bottom_left, bottom_right, centre };
constexpr std::string_view words[] = {"tl", "tr", "bl", "br", "c"};

/// 7/8 of a side, rounded: whole pixels, so that what is cut out is exactly a part of the image.
constexpr int window(int side) { return side > 1 ? (7 * side + 4) / 8 : 1; }

Placement place(const StepValues& values, const FrameSize& frame) {
  const auto corner = static_cast<Corner>(static_cast<int>(values[0]));
  const FrameSize part{window(frame.width), window(frame.height)};
  int left = 0, top = 0;
  if (corner == top_right || corner == bottom_right) left = frame.width - part.width;
  if (corner == bottom_left || corner == bottom_right) top = frame.height - part.height;
  if (corner == centre) {
    left = (frame.width - part.width) / 2;
    top = (frame.height - part.height) / 2;
  }
  const double width = frame.width, height = frame.height;
  return {false, part.width / width, left / width, part.height / height, top / height, part};
}

}  // namespace

extern const ViewKind crop_view;
const ViewKind crop_view = {
    .name = "crop",
    .summary = "a window of 7/8 of each side in a corner or the centre (five_crop, ten_crop: all)",
    .words = words,
    .place = place};

}  // namespace plumbline::views
