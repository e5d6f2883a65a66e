#include <algorithm>

#include "kernels/views/view_kind.h"

namespace plumbline::views {

// The pool, in the order in which it is listed: VIEW(name) is `name_view` in name_view.cpp.
#define PLUMBLINE_VIEWS(VIEW) \
  VIEW(identity)              \
  VIEW(flip_x)                \
  VIEW(flip_y)                \
  VIEW(rot90)                 \
  VIEW(rot180)                \
  VIEW(rot270)                \
  VIEW(scale)                 \
  VIEW(translate)             \
  VIEW(crop)                  \
  VIEW(gamma)                 \
  VIEW(hist)                  \
  VIEW(adhist)                \
  VIEW(imadj)                 \
  VIEW(connorm)               \
  VIEW(brightness)            \
  VIEW(contrast)              \
  VIEW(hue)                   \
  VIEW(saturation)            \
  VIEW(blur)                  \
  VIEW(noise)                 \
  VIEW(jpeg)

#define PLUMBLINE_DECLARE(name) extern const ViewKind name##_view;
PLUMBLINE_VIEWS(PLUMBLINE_DECLARE)

std::span<const ViewKind* const> view_pool() {
#define PLUMBLINE_ADDRESS(name) &name##_view,
  static constexpr const ViewKind* pool[] = {PLUMBLINE_VIEWS(PLUMBLINE_ADDRESS)};
  return pool;
}

const ViewKind* find_view(std::string_view name) {
  const auto found = std::ranges::find(view_pool(), name, &ViewKind::name);
  return found == view_pool().end() ? nullptr : *found;
}

}  // namespace plumbline::views
