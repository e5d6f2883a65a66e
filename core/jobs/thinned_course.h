#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace plumbline {

/// How a course is thinned that has more points than are kept: every `stride`-th stays, and the
/// newest.
struct Thinning {
  static constexpr std::size_t most_points = 4096;
  std::int64_t stride = 1, count = 0;
  bool last_is_extra = false;  ///< the newest is there only because it is the newest
};

/// Adds the newest point; drops every second one where the course has more than 4,096.
template <class Point>
void add_thinned(std::vector<Point>& course, Thinning& thinning, Point point) {
  if (thinning.last_is_extra)
    course.back() = std::move(point);
  else
    course.push_back(std::move(point));
  thinning.last_is_extra = thinning.count % thinning.stride != 0;
  ++thinning.count;
  if (course.size() <= Thinning::most_points) return;
  std::vector<Point> kept;
  kept.reserve(Thinning::most_points);
  for (std::size_t i = 0; i < course.size(); i += 2) kept.push_back(course[i]);
  if (course.size() % 2 == 0) {
    kept.push_back(course.back());
    thinning.last_is_extra = true;
  }
  course = std::move(kept);
  thinning.stride *= 2;
}

}  // namespace plumbline
