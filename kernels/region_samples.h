#pragma once
#include <cstdint>

#include <c10/macros/Macros.h>

/// The arithmetic of torchvision's roi_align, for both devices.
namespace plumbline::kernels {

template <class Real>
struct RegionBins {
  Real left, top, bin_width, bin_height;
  int columns, rows;  ///< samples of a bin
};

/// region: left, top, right, bottom.
template <class Real>
C10_HOST_DEVICE RegionBins<Real> region_bins(const Real* region, Real scale, int pooled_height,
                                             int pooled_width, int ratio, bool aligned) {
  const Real shift = aligned ? Real(0.5) : Real(0);
  RegionBins<Real> bins;
  bins.left = region[0] * scale - shift;
  bins.top = region[1] * scale - shift;
  Real width = region[2] * scale - shift - bins.left;
  Real height = region[3] * scale - shift - bins.top;
  if (!aligned) {
    width = width > Real(1) ? width : Real(1);
    height = height > Real(1) ? height : Real(1);
  }
  bins.bin_width = width / static_cast<Real>(pooled_width);
  bins.bin_height = height / static_cast<Real>(pooled_height);
  const auto many = [](Real size) {
    // A region may be anything; beyond this a bin has more samples than any image has pixels.
    constexpr Real most = 16'384;
    if (!(size > 0)) return 0;
    const int whole = static_cast<int>(size < most ? size : most);
    return static_cast<Real>(whole) < size ? whole + 1 : whole;
  };
  bins.columns = ratio > 0 ? ratio : many(bins.bin_width);
  bins.rows = ratio > 0 ? ratio : many(bins.bin_height);
  return bins;
}

/// One value between pixels; 0 where it lies more than a pixel outside of the plane.
template <class Element, class Real>
C10_HOST_DEVICE Real between_pixels(const Element* plane, int height, int width, Real y, Real x) {
  if (!(y >= -1 && y <= static_cast<Real>(height) && x >= -1 && x <= static_cast<Real>(width)))
    return 0;
  if (y <= 0) y = 0;
  if (x <= 0) x = 0;
  int top = static_cast<int>(y), left = static_cast<int>(x), bottom = top + 1, right = left + 1;
  if (top >= height - 1) {
    top = bottom = height - 1;
    y = static_cast<Real>(top);
  }
  if (left >= width - 1) {
    left = right = width - 1;
    x = static_cast<Real>(left);
  }
  const Real down = y - static_cast<Real>(top), across = x - static_cast<Real>(left);
  const auto at = [&](int row, int column) {
    return static_cast<Real>(plane[static_cast<std::int64_t>(row) * width + column]);
  };
  return (1 - down) * ((1 - across) * at(top, left) + across * at(top, right)) +
         down * ((1 - across) * at(bottom, left) + across * at(bottom, right));
}

/// One value of the result: a bin's mean.
template <class Element, class Real>
C10_HOST_DEVICE Real bin_mean(const Element* plane, int height, int width,
                              const RegionBins<Real>& bins, int bin_row, int bin_column) {
  Real sum = 0;
  for (int row = 0; row < bins.rows; ++row) {
    const Real y =
        bins.top + static_cast<Real>(bin_row) * bins.bin_height +
        (static_cast<Real>(row) + Real(0.5)) * bins.bin_height / static_cast<Real>(bins.rows);
    for (int column = 0; column < bins.columns; ++column) {
      const Real x = bins.left + static_cast<Real>(bin_column) * bins.bin_width +
                     (static_cast<Real>(column) + Real(0.5)) * bins.bin_width /
                         static_cast<Real>(bins.columns);
      sum += between_pixels(plane, height, width, y, x);
    }
  }
  const int samples = bins.rows * bins.columns;
  return sum / static_cast<Real>(samples > 1 ? samples : 1);
}

}  // namespace plumbline::kernels
