#pragma once
#include <cstdint>

#include "kernels/cuda/shared_copies.cuh"

/// Views that are resampled, on a GPU: crops, scales, shifts. What each column and each row of the
/// output is made of is computed once for the batch; a thread goes down a column, and blends a row
/// of the source along x once for all rows of the output that need it.
namespace plumbline::kernels {

/// What one place on an axis of the output is made of: two neighbours. Outside of the image both
/// weights are 0.
struct AxisPoint {
  int first;
  float first_weight, second_weight;
  int inside;
};
static_assert(sizeof(AxisPoint) == 16);

/// Rows of the source that a band of the output needs.
struct SourceBand {
  int first, count;
};

constexpr int most_resample_threads = 256;
constexpr int resample_tile_bytes = 40'960;  ///< of the source, in shared memory
constexpr int most_band_rows = 32;

/// uint8 [batch, height, width, channels] to some of [views, batch, height, width, channels] of T.
/// A block makes a band of one view of `images_a_block` images.
template <class T>
struct ResampledViews {
  const std::uint8_t* images;
  const AxisPoint* columns;  ///< [views of the launch, width]; first: a pixel
  const AxisPoint* rows;     ///< [views of the launch, height]
  const SourceBand* source;  ///< [views of the launch, bands]
  const int* places;         ///< [views of the launch] among all views
  T* out;
  std::int64_t view_values;
  int views, batch, height, width;
  int images_a_block, bands, band_rows, image_bytes;  ///< of an image in shared memory
  bool reverse_channels;
  float factor[3], offset[3], outside[3];  ///< by channel of the output; outside: normalised
};

/// A row of the output as a block needs it.
struct RowStep {
  int from;  ///< where the first of its two rows begins in the tile
  float first_weight, second_weight;
  float outside;  ///< 1 where it shows nothing of the image, else 0
};
static_assert(sizeof(RowStep) == 16);

/// Neighbours that are stored at once.
template <class T, int values>
struct alignas(sizeof(T) * values) StoredValues {
  T value[values];
};

/// `values`: neighbours in a row that a thread makes; what it asks of a row of the output is asked
/// once for them. The width of a row is a multiple.
template <class T, int channels, int values>
__global__ void __launch_bounds__(most_resample_threads, values == 1 ? 6 : 4)
    resample_views(const __grid_constant__ ResampledViews<T> work) {
  extern __shared__ uint4 shared_rows[];
  auto* const rows = reinterpret_cast<RowStep*>(shared_rows);
  auto* const tile = reinterpret_cast<std::uint8_t*>(shared_rows + most_band_rows);

  // The views of an image are neighbours, so that its pixels come from memory once.
  int block = static_cast<int>(blockIdx.x);
  const int view = block % work.views;
  block /= work.views;
  const int band = block % work.bands, image = block / work.bands * work.images_a_block;
  const int images = min(work.images_a_block, work.batch - image);
  const int y0 = band * work.band_rows, count = min(work.band_rows, work.height - y0);
  const int row_values = work.width * channels;
  const SourceBand source = work.source[view * work.bands + band];

  for (int i = threadIdx.x; i < count; i += blockDim.x) {
    const AxisPoint row = work.rows[view * work.height + y0 + i];
    rows[i] = {(row.first - source.first) * row_values, row.first_weight, row.second_weight,
               row.inside ? 0.0F : 1.0F};
  }
  const int bytes = source.count * row_values;
  for (int g = 0; g < images; ++g) {
    const std::uint8_t* from =
        work.images +
        (static_cast<std::int64_t>(image + g) * work.height + source.first) * row_values;
    std::uint8_t* to = tile + g * work.image_bytes;  // a multiple of 16
    const auto alignment = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(from)) |
                           static_cast<unsigned>(bytes);
    if ((alignment & 3) == 0) {
      copy_words(from, reinterpret_cast<unsigned*>(to), bytes);
    } else {
      for (int i = threadIdx.x; i < bytes; i += blockDim.x) to[i] = __ldg(from + i);
    }
  }
  __syncthreads();

  T* const out = work.out + work.places[view] * work.view_values +
                 (static_cast<std::int64_t>(image) * work.height + y0) * row_values;
  const AxisPoint* const columns = work.columns + view * work.width;
  const int row_groups = row_values / values;
  for (int i = threadIdx.x; i < images * row_groups; i += blockDim.x) {
    const int g = i / row_groups, value = (i - g * row_groups) * values;
    const std::uint8_t* from[values];
    float left[values], right[values], offset[values], beyond[values];
    float upper[values] = {}, lower[values] = {};
#pragma unroll
    for (int k = 0; k < values; ++k) {
      const int x = (value + k) / channels, channel = value + k - x * channels;
      const AxisPoint column = columns[x];
      float factor = work.factor[0], outside = work.outside[0];
      offset[k] = work.offset[0];
#pragma unroll
      for (int c = 1; c < channels; ++c)
        if (channel == c) {
          factor = work.factor[c];
          offset[k] = work.offset[c];
          outside = work.outside[c];
        }
      if (!column.inside) offset[k] = outside;
      beyond[k] = outside - offset[k];
      // Normalised as they are blended: what a weight is multiplied with is a level. Products and
      // sums are named, so that every type of the output rounds the same float.
      left[k] = __fmul_rn(column.first_weight, factor);
      right[k] = __fmul_rn(column.second_weight, factor);
      from[k] = tile + g * work.image_bytes + column.first * channels +
                (channels == 3 && work.reverse_channels ? 2 - channel : channel);
    }
    const auto along_x = [&](int k, int row) {
      const std::uint8_t* const at = from[k] + row;
      return __fmaf_rn(right[k], static_cast<float>(at[channels]),
                       __fmul_rn(left[k], static_cast<float>(at[0])));
    };
    T* to = out + static_cast<std::int64_t>(g) * work.height * row_values + value;
    int before = -2 * row_values;
    for (int r = 0; r < count; ++r, to += row_values) {
      const RowStep row = rows[r];
      if (row.from != before) {  // the same for all threads
        if (row.from == before + row_values) {
#pragma unroll
          for (int k = 0; k < values; ++k) upper[k] = lower[k];
        } else {
#pragma unroll
          for (int k = 0; k < values; ++k) upper[k] = along_x(k, row.from);
        }
#pragma unroll
        for (int k = 0; k < values; ++k) lower[k] = along_x(k, row.from + row_values);
        before = row.from;
      }
      StoredValues<T, values> made;
#pragma unroll
      for (int k = 0; k < values; ++k)
        made.value[k] = static_cast<T>(__fmaf_rn(
            row.second_weight, lower[k],
            __fmaf_rn(row.first_weight, upper[k], __fmaf_rn(row.outside, beyond[k], offset[k]))));
      *reinterpret_cast<StoredValues<T, values>*>(to) = made;
    }
  }
}

}  // namespace plumbline::kernels
