#include "kernels/ragged_resize.h"

#include <algorithm>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>
#include <torch/library.h>

#include "kernels/resize_steps.h"

namespace plumbline::kernels {

namespace {

/// Every place that a job names, held against what there is.
void check_job(const ResizeJob& job, const at::Tensor& pixels, const at::Tensor& taps,
               std::int64_t scratch, const at::Tensor& batch) {
  TORCH_CHECK(job.image >= 0 && job.image < batch.size(0), "ragged_resize: image ", job.image,
              " of ", batch.size(0));
  TORCH_CHECK(job.left >= 0 && job.top >= 0 && job.width >= 0 && job.height >= 0 &&
                  job.left + job.width <= batch.size(2) && job.top + job.height <= batch.size(1),
              "ragged_resize: a result outside of its image");
  const std::int64_t values = job.row_count * job.width * batch.size(3);
  TORCH_CHECK(job.blended >= 0 && job.row_count >= 0 && job.blended + values <= scratch,
              "ragged_resize: a job's blended rows outside of the scratch memory");
  const auto* tap = reinterpret_cast<const ResizeTap*>(taps.const_data_ptr<std::int32_t>());
  const auto places = [&](std::int64_t begin, std::int64_t count) {
    TORCH_CHECK(begin >= 0 && count >= 0 && begin + count <= taps.size(0),
                "ragged_resize: taps outside of what there is");
    const auto [low, high] =
        std::minmax_element(tap + begin, tap + begin + count,
                            [](const auto& a, const auto& b) { return a.place < b.place; });
    return count == 0 ? std::pair<std::int64_t, std::int64_t>(0, 0)
                      : std::pair<std::int64_t, std::int64_t>(low->place, high->place);
  };
  const auto [left, right] = places(job.columns, job.width * job.column_taps);
  const auto [top, bottom] = places(job.rows, job.height * job.row_taps);
  if (job.width * job.height == 0) return;
  TORCH_CHECK(top >= job.first_row && bottom < job.first_row + job.row_count,
              "ragged_resize: a row's tap outside of the rows that are blended");
  for (const std::int64_t x : {left, right})
    for (const std::int64_t y : {job.first_row, job.first_row + job.row_count - 1}) {
      const std::int64_t at = job.source + x * job.step_x + y * job.step_y;
      TORCH_CHECK(at >= 0 && at + 3 <= pixels.numel(),
                  "ragged_resize: a pixel outside of the image");
    }
}

template <int channels>
void resize(const at::Tensor& pixels, const ResizeJob& job, const ResizeTap* taps,
            std::int16_t* scratch, at::Tensor& batch) {
  for (std::int64_t y = 0; y < job.row_count; ++y)
    for (std::int64_t x = 0; x < job.width; ++x)
      blend_columns<channels>(pixels.const_data_ptr<std::uint8_t>(), job, taps, x,
                              job.first_row + y,
                              scratch + job.blended + (y * job.width + x) * channels);
  const std::int64_t height = batch.size(1), width = batch.size(2);
  std::uint8_t* out =
      batch.mutable_data_ptr<std::uint8_t>() + job.image * height * width * channels;
  std::fill_n(out, height * width * channels, static_cast<std::uint8_t>(job.margin));
  for (std::int64_t y = 0; y < job.height; ++y)
    for (std::int64_t x = 0; x < job.width; ++x)
      blend_rows<channels>(scratch, job, taps, x, y,
                           out + ((job.top + y) * width + job.left + x) * channels);
}

void resize_kernel(const at::Tensor& pixels, const at::Tensor& jobs, const at::Tensor& taps,
                   std::int64_t scratch, at::Tensor& batch) {
  const auto* all = reinterpret_cast<const ResizeJob*>(jobs.const_data_ptr<std::int64_t>());
  for (std::int64_t i = 0; i < jobs.size(0); ++i) check_job(all[i], pixels, taps, scratch, batch);
  const at::Tensor memory = at::empty({scratch}, at::kShort);
  const auto* tap = reinterpret_cast<const ResizeTap*>(taps.const_data_ptr<std::int32_t>());
  for (std::int64_t i = 0; i < jobs.size(0); ++i)
    if (batch.size(3) == 1)
      resize<1>(pixels, all[i], tap, memory.mutable_data_ptr<std::int16_t>(), batch);
    else
      resize<3>(pixels, all[i], tap, memory.mutable_data_ptr<std::int16_t>(), batch);
}

}  // namespace

void ragged_resize(const at::Tensor& pixels, const at::Tensor& jobs, const at::Tensor& taps,
                   std::int64_t scratch, at::Tensor& batch) {
  TORCH_CHECK(pixels.dim() == 1 && pixels.scalar_type() == at::kByte,
              "ragged_resize: pixels are uint8 [bytes], not ", pixels.scalar_type(), " ",
              pixels.sizes());
  TORCH_CHECK(
      jobs.dim() == 2 && jobs.size(1) == resize_job_numbers && jobs.scalar_type() == at::kLong,
      "ragged_resize: jobs are int64 n × ", resize_job_numbers, ", not ", jobs.sizes());
  TORCH_CHECK(taps.dim() == 2 && taps.size(1) == 2 && taps.scalar_type() == at::kInt,
              "ragged_resize: taps are int32 n × 2, not ", taps.sizes());
  TORCH_CHECK(batch.dim() == 4 && batch.scalar_type() == at::kByte &&
                  (batch.size(3) == 1 || batch.size(3) == 3),
              "ragged_resize: a batch is uint8 images × height × width × 1 or 3, not ",
              batch.sizes());
  TORCH_CHECK(scratch >= 0, "ragged_resize: scratch is ", scratch);
  for (const at::Tensor* tensor : {&pixels, &jobs, &taps, static_cast<const at::Tensor*>(&batch)})
    TORCH_CHECK(tensor->is_contiguous() && tensor->device() == batch.device(),
                "ragged_resize: all is contiguous and on one device");
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("plumbline::ragged_resize", "")
                             .typed<void(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                         std::int64_t, at::Tensor&)>();
  op.call(pixels, jobs, taps, scratch, batch);
}

TORCH_LIBRARY_FRAGMENT(plumbline, library) {
  library.def(
      "ragged_resize(Tensor pixels, Tensor jobs, Tensor taps, int scratch, Tensor(a!) batch) -> "
      "()");
}

TORCH_LIBRARY_IMPL(plumbline, CPU, library) { library.impl("ragged_resize", resize_kernel); }

}  // namespace plumbline::kernels
