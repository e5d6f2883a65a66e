#pragma once
#include <cstdint>

#include "kernels/cuda/shared_copies.cuh"
#include "kernels/resample_program.h"

/// Views that are resampled, on a GPU: crops, scales, shifts. A thread goes down some columns of
/// the source, blends each row along x once, and makes every row of the output of it that lies
/// between that row and the next, of all views that have these columns.
namespace plumbline::kernels {

/// uint8 [batch, height, width, channels] to some of [views, batch, height, width, channels] of T.
/// A block takes a segment of the program for `images_a_block` images.
template <class T>
struct ResampledViews {
  const std::uint8_t* images;
  const ColumnValue* columns;
  const float* beyond;
  const RowStep* steps;
  const SourceSegment* segments;
  T* out;
  int segment_count, most_steps;
  int batch, height, row_values;
  int lanes, images_a_block, image_bytes;
};

/// Neighbours that are stored at once.
template <class T, int values>
struct alignas(sizeof(T) * values) StoredValues {
  T value[values];
};

/// `groups` times `values` neighbours of a row are a thread's. `borders`: a row of the output may
/// show nothing of the image.
template <class T, int channels, int values, int groups, bool borders>
__global__ void __launch_bounds__(most_resample_threads, 3)
    resample_segments(const __grid_constant__ ResampledViews<T> work) {
  constexpr int made = values * groups;
  extern __shared__ uint4 shared_rows[];
  auto* const steps = reinterpret_cast<RowStep*>(shared_rows);
  auto* const tile = reinterpret_cast<std::uint8_t*>(shared_rows + work.most_steps);

  // The segments of an image are neighbours, so that its pixels come from memory once.
  const int block = static_cast<int>(blockIdx.x);
  const int image = block / work.segment_count * work.images_a_block;
  const SourceSegment segment = work.segments[block % work.segment_count];
  const int images = min(work.images_a_block, work.batch - image);
  const int row_values = work.row_values;
  const std::uint8_t* const source =
      work.images +
      (static_cast<std::int64_t>(image) * work.height + segment.first_row) * row_values;
  for (int g = 0; g < images; ++g)
    start_copy(source + static_cast<std::int64_t>(g) * work.height * row_values,
               tile + g * work.image_bytes, segment.rows * row_values);
  for (int i = threadIdx.x; i < segment.steps; i += blockDim.x) {
    RowStep step = work.steps[segment.first_step + i];
    // The row among all those of the output, of the first image.
    const unsigned place = static_cast<unsigned>(step.to) << 1 >> (row_bits + 1);
    const int to =
        static_cast<int>(place) * work.batch * work.height + (step.to & ((1 << row_bits) - 1));
    step.to = borders && step.to < 0 ? ~to : to;
    steps[i] = step;
  }
  finish_copies();
  __syncthreads();

  const unsigned row_bytes = row_values * static_cast<unsigned>(sizeof(T));
  for (int i = threadIdx.x; i < images * work.lanes; i += blockDim.x) {
    const int g = i / work.lanes, lane = i - g * work.lanes;
    int from[made];
    float left[made], right[made], offset[made], beyond[made];
    char* to[groups];
#pragma unroll
    for (int q = 0; q < groups; ++q) {
      const int value = (q * work.lanes + lane) * values;
      to[q] = reinterpret_cast<char*>(
          work.out + static_cast<std::int64_t>(image + g) * work.height * row_values + value);
      const int at = segment.columns * row_values + value;
#pragma unroll
      for (int k = 0; k < values; ++k) {
        const ColumnValue column = work.columns[at + k];
        from[q * values + k] = column.from + g * work.image_bytes;
        left[q * values + k] = column.left;
        right[q * values + k] = column.right;
        offset[q * values + k] = column.offset;
        if constexpr (borders) beyond[q * values + k] = work.beyond[at + k];
      }
    }
    // Products and sums are named, so that every type of the output rounds the same float.
    const auto blend = [&](float(&row)[made], int begin) {
#pragma unroll
      for (int k = 0; k < made; ++k) {
        const std::uint8_t* const at = tile + (from[k] + begin);
        row[k] = __fmaf_rn(right[k], static_cast<float>(at[channels]),
                           __fmul_rn(left[k], static_cast<float>(at[0])));
      }
    };
    const auto store = [&](const RowStep& step, const float(&upper)[made],
                           const float(&lower)[made]) {
      int row = step.to;
      float outside = 0;
      if constexpr (borders)
        if (row < 0) {
          row = ~row;
          outside = 1;
        }
#pragma unroll
      for (int q = 0; q < groups; ++q) {
        StoredValues<T, values> stored;
#pragma unroll
        for (int k = q * values; k < (q + 1) * values; ++k) {
          float zero = offset[k];
          if constexpr (borders) zero = __fmaf_rn(outside, beyond[k], zero);
          stored.value[k - q * values] = static_cast<T>(__fmaf_rn(
              step.second_weight, lower[k], __fmaf_rn(step.first_weight, upper[k], zero)));
        }
        *reinterpret_cast<StoredValues<T, values>*>(
            to[q] + static_cast<std::uint64_t>(static_cast<unsigned>(row)) * row_bytes) = stored;
      }
    };
    // Two rows of the source at a time; the next one takes the place of the upper one.
    float a[made], b[made];
    int next = 0;
    RowStep step = steps[0];
    /// Stores all that lies between two rows. Gives whether anything is left.
    const auto store_between = [&](const float(&upper)[made], const float(&lower)[made]) {
      const int here = step.from;
      do {
        store(step, upper, lower);
        if (++next == segment.steps) return false;
        step = steps[next];
      } while (step.from == here);
      return true;
    };
    blend(a, step.from);
    blend(b, step.from + row_values);
    while (true) {
      int below = step.from + row_values;
      if (!store_between(a, b)) break;
      if (step.from != below) blend(b, step.from);
      blend(a, step.from + row_values);
      below = step.from + row_values;
      if (!store_between(b, a)) break;
      if (step.from != below) blend(a, step.from);
      blend(b, step.from + row_values);
    }
  }
}

}  // namespace plumbline::kernels
