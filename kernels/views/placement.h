#pragma once

namespace plumbline::views {

/// Pixels of what a geometric view looks at.
struct FrameSize {
  int width = 0, height = 0;
  friend bool operator==(const FrameSize&, const FrameSize&) = default;
};

/// Where what is seen lies in what there was. Points are fractions of width and height, 0 to 1 from
/// the left and the top edge. The point (u, v) of what is seen is (x · u + x0, y · v + y0) of what
/// there was; with `transposed`, u and v are exchanged before.
struct Placement {
  bool transposed = false;
  double x = 1, x0 = 0, y = 1, y0 = 0;
  FrameSize frame;  ///< of what is seen, in pixels

  /// Whether it only moves whole pixels: a mirror, a quarter turn or a transposition.
  bool permutes() const { return permutes_axis(x, x0) && permutes_axis(y, y0); }
  bool mirrors_x() const { return x < 0; }  ///< columns of what there was run backwards
  bool mirrors_y() const { return y < 0; }

  friend bool operator==(const Placement&, const Placement&) = default;

 private:
  static bool permutes_axis(double factor, double offset) {
    return (factor == 1 && offset == 0) || (factor == -1 && offset == 1);
  }
};

/// What is there before any view.
inline Placement whole(const FrameSize& frame) { return {false, 1, 0, 1, 0, frame}; }

/// `inner` was done first; `outer` looks at what it shows.
Placement then(const Placement& inner, const Placement& outer);

/// What there was, seen from what is seen: then(p, inverse(p, f)) is whole(f), f being the size of
/// what there was.
Placement inverse(const Placement& placement, const FrameSize& frame);

}  // namespace plumbline::views
