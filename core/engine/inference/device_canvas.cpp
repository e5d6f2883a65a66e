#include "core/engine/inference/device_canvas.h"

#include <algorithm>
#include <limits>

#include <ATen/ops/empty.h>

#include "core/data/exif.h"
#include "core/data/resample_taps.h"

namespace plumbline {

namespace {

constexpr std::int64_t colour_channels = 3;

/// What of an axis is wanted: outputs [begin, begin + count) of `input` values scaled to `full`.
struct AxisWindow {
  int input;
  std::int64_t full, begin;
  int count;
};

void add_tap(std::vector<std::int32_t>& to, std::int32_t place, std::int32_t weight) {
  to.push_back(place);
  to.push_back(weight);
}

/// Appends an axis's taps; returns how many each output has.
std::int64_t add_opencv(std::vector<std::int32_t>& to, const AxisWindow& of, OpencvAxis axis) {
  const OpencvTaps taps = opencv_taps(of.input, of.full, of.begin, of.count, axis);
  for (std::size_t i = 0; i < taps.first.size(); ++i) {
    add_tap(to, taps.first[i], taps.first_weight[i]);
    add_tap(to, taps.second[i], taps.second_weight[i]);
  }
  return 2;
}

/// The same by PIL's rule: where the axis keeps its size each output is its input, else shorter
/// runs are filled up by a place of theirs that weighs nothing.
std::int64_t add_pil(std::vector<std::int32_t>& to, const AxisWindow& of) {
  if (of.full == of.input) {
    for (int i = 0; i < of.count; ++i)
      add_tap(to, static_cast<std::int32_t>(of.begin + i), 1 << pil_weight_bits);
    return 1;
  }
  const PilTaps taps = pil_taps(of.input, of.full, of.begin, of.count);
  for (std::size_t i = 0; i < taps.first.size(); ++i)
    for (int t = 0; t < taps.longest; ++t) {
      const bool own = t < taps.count[i];
      add_tap(to, taps.first[i] + (own ? t : 0),
              own ? taps.weights[taps.weights_at[i] + static_cast<std::size_t>(t)] : 0);
    }
  return taps.longest;
}

/// A vector's bytes where a GPU may copy from, and there.
at::Tensor upload(const void* from, std::int64_t rows, std::int64_t numbers, at::ScalarType type,
                  c10::Device device, std::vector<at::Tensor>& in_flight) {
  const bool away = !device.is_cpu();
  at::Tensor host = at::empty({rows, numbers}, at::TensorOptions(type).pinned_memory(away));
  std::copy_n(static_cast<const std::byte*>(from), host.nbytes(),
              static_cast<std::byte*>(host.mutable_data_ptr()));
  at::Tensor there = host.to(device, /*non_blocking=*/true);
  in_flight.push_back(std::move(host));
  in_flight.push_back(there);
  return there;
}

}  // namespace

kernels::ResizeJob DeviceCanvas::job_of(int width, int height, const ScaledWindow& window) {
  if (const auto found = known_.find({width, height}); found != known_.end()) return found->second;
  const AxisWindow across{width, window.full_width, window.left, window.width};
  const AxisWindow down{height, window.full_height, window.top, window.height};
  const bool is_scaled = across.full != width || down.full != height;
  const bool opencv = is_scaled && canvas_.resize.interpolation == Interpolation::bilinear;
  const auto tap_count = [&] { return static_cast<std::int64_t>(taps_.size()) / 2; };
  kernels::ResizeJob job;
  job.rule = opencv ? kernels::ResizeRule::opencv : kernels::ResizeRule::pil;
  job.columns = tap_count();
  job.column_taps =
      opencv ? add_opencv(taps_, across, OpencvAxis::columns) : add_pil(taps_, across);
  job.rows = tap_count();
  job.row_taps = opencv ? add_opencv(taps_, down, OpencvAxis::rows) : add_pil(taps_, down);
  std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = -1;
  for (std::int64_t i = job.rows; i < tap_count(); ++i) {
    const std::int64_t place = taps_[static_cast<std::size_t>(2 * i)];
    first = std::min(first, place);
    last = std::max(last, place);
  }
  job.first_row = last < 0 ? 0 : first;
  job.row_count = last < 0 ? 0 : last - first + 1;
  job.width = window.width;
  job.height = window.height;
  job.margin = margin_level(canvas_.resize);
  known_.emplace(std::pair(width, height), job);
  return job;
}

Result<views::PixelRectangle> DeviceCanvas::add(const StoredImage& image, std::int64_t row,
                                                std::string_view where) {
  const StoredWalk walk = stored_walk(image.width, image.height, image.orientation);
  const auto fit = fit_on_canvas(canvas_, {walk.width, walk.height}, where);
  TRY(fit);
  const views::Placement& seen = fit->placement;
  // A mirrored axis is walked from its end; a transposed one by the other's step.
  const std::int64_t right = seen.mirrors_x() ? -walk.step_x : walk.step_x;
  const std::int64_t down = seen.mirrors_y() ? -walk.step_y : walk.step_y;
  std::int64_t corner = walk.start;
  if (seen.mirrors_x()) corner += (walk.width - 1) * walk.step_x;
  if (seen.mirrors_y()) corner += (walk.height - 1) * walk.step_y;

  const auto [window, left, top] = shown_window(fit->geometry, canvas_.width, canvas_.height);
  kernels::ResizeJob job = job_of(seen.frame.width, seen.frame.height, window);
  job.source = image.offset + corner * colour_channels;
  job.step_x = (seen.transposed ? down : right) * colour_channels;
  job.step_y = (seen.transposed ? right : down) * colour_channels;
  job.blended = scratch_;
  job.left = left;
  job.top = top;
  job.image = row;
  scratch_ += job.row_count * job.width * canvas_.channels;
  jobs_.push_back(job);
  return fit->valid;
}

void DeviceCanvas::put(const at::Tensor& pixels, at::Tensor& batch) {
  if (jobs_.empty()) return;
  const auto count = static_cast<std::int64_t>(jobs_.size());
  const at::Tensor jobs = upload(jobs_.data(), count, kernels::resize_job_numbers, at::kLong,
                                 batch.device(), in_flight_);
  const at::Tensor taps = upload(taps_.data(), static_cast<std::int64_t>(taps_.size()) / 2, 2,
                                 at::kInt, batch.device(), in_flight_);
  kernels::ragged_resize(pixels, jobs, taps, scratch_, batch);
}

}  // namespace plumbline
