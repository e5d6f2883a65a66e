#include "kernels/views/placement.h"

namespace plumbline::views {

Placement then(const Placement& inner, const Placement& outer) {
  // outer maps (u, v) to (a, b) of what inner shows; inner maps (a, b) to what there was.
  Placement all;
  all.transposed = inner.transposed != outer.transposed;
  all.frame = outer.frame;
  if (!inner.transposed) {
    all.x = inner.x * outer.x;
    all.x0 = inner.x * outer.x0 + inner.x0;
    all.y = inner.y * outer.y;
    all.y0 = inner.y * outer.y0 + inner.y0;
  } else {
    all.x = inner.x * outer.y;
    all.x0 = inner.x * outer.y0 + inner.x0;
    all.y = inner.y * outer.x;
    all.y0 = inner.y * outer.x0 + inner.y0;
  }
  return all;
}

Placement inverse(const Placement& p, const FrameSize& frame) {
  Placement back;
  back.transposed = p.transposed;
  back.frame = frame;
  // (s, t) of what there was is seen at ((s − x0) / x, (t − y0) / y), exchanged where transposed.
  const double x = 1 / p.x, x0 = -p.x0 / p.x, y = 1 / p.y, y0 = -p.y0 / p.y;
  back.x = p.transposed ? y : x;
  back.x0 = p.transposed ? y0 : x0;
  back.y = p.transposed ? x : y;
  back.y0 = p.transposed ? x0 : y0;
  return back;
}

}  // namespace plumbline::views
