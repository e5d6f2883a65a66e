#pragma once

namespace plumbline::views {

/// The place that `index` stands for in an axis mirrored at its ends without repeating them
/// (OpenCV's BORDER_REFLECT_101), however far outside it lies.
inline int reflected(int index, int length) {
  if (length == 1) return 0;
  const int period = 2 * (length - 1);
  index %= period;
  if (index < 0) index += period;
  return index < length ? index : period - index;
}

}  // namespace plumbline::views
