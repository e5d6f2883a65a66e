#pragma once
#include <cstdint>

#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// How a scaled image is rounded on its way: as PIL's BILINEAR or as OpenCV's 8-bit INTER_LINEAR.
enum class ResizeRule : std::int64_t { pil = 0, opencv = 1 };

/// The way of one image to its place in a batch: plain numbers, so that many travel as one tensor.
///
/// The image's pixel (x, y) begins at byte source + x · step_x + y · step_y of the pixels, which
/// are RGB in turn; steps of any sign turn and mirror it. A tap is a place and a weight, of 22 bits
/// by PIL's rule and of 11 by OpenCV's: column x of the result is blended of `column_taps` of them
/// from `columns` + x · column_taps on, row y likewise. Only rows [first_row, first_row +
/// row_count) are ever named by rows' taps.
struct ResizeJob {
  std::int64_t source = 0, step_x = 3, step_y = 0;
  ResizeRule rule = ResizeRule::pil;
  std::int64_t columns = 0, column_taps = 0, rows = 0, row_taps = 0;  ///< in taps
  std::int64_t first_row = 0, row_count = 0;
  std::int64_t blended = 0;  ///< where in the scratch memory its blended rows lie, in values
  std::int64_t left = 0, top = 0, width = 0, height = 0;  ///< the result, in its image of the batch
  std::int64_t margin = 0;                                ///< the level around it
  std::int64_t image = 0;                                 ///< in the batch
};
inline constexpr std::int64_t resize_job_numbers = sizeof(ResizeJob) / sizeof(std::int64_t);

/// Scales images of any sizes into a batch of one size, in two passes over all of them: columns,
/// then rows. 8-bit levels; the arithmetic is that of resample_pil and resample_opencv, to the bit.
///
/// pixels: uint8 [bytes]. jobs: int64 [n, resize_job_numbers]. taps: int32 [taps, 2], place and
/// weight. scratch: values (of 16 bits) that the jobs' blended rows take together. batch: uint8
/// [images, height, width, channels], 1 channel (luma, BT.601, rounded before it is scaled) or 3,
/// contiguous; images that no job names keep what they have. All on one device, CPU or CUDA, there
/// on its current stream. Deterministic. Jobs are trusted: what they say is checked nowhere but on
/// the CPU, where a place outside is an error (c10::Error), as are shapes and types.
void ragged_resize(const at::Tensor& pixels, const at::Tensor& jobs, const at::Tensor& taps,
                   std::int64_t scratch, at::Tensor& batch);

}  // namespace plumbline::kernels
