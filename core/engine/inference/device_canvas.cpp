#include "core/engine/inference/device_canvas.h"

#include <algorithm>
#include <limits>

#include <ATen/ops/empty.h>

#include "core/data/exif.h"
#include "core/data/resample_taps.h"

namespace plumbline {

namespace {

constexpr std::int64_t colour_channels = 3;

/// Appends taps of an axis, `taps` for each output; returns their first.
class TapWriter {
 public:
  explicit TapWriter(std::vector<std::int32_t>& to)
      : to_(to), begin_(static_cast<std::int64_t>(to.size()) / 2) {}

  void add(std::int32_t place, std::int32_t weight) {
    to_.push_back(place);
    to_.push_back(weight);
  }
  std::int64_t begin() const { return begin_; }

 private:
  std::vector<std::int32_t>& to_;
  std::int64_t begin_;
};

/// An axis that keeps its size: each output is its input.
void add_moved(TapWriter& writer, std::int64_t begin, int count) {
  for (int i = 0; i < count; ++i)
    writer.add(static_cast<std::int32_t>(begin + i), 1 << pil_weight_bits);
}

/// Shorter runs are filled up by a place of theirs that weighs nothing.
void add_pil(TapWriter& writer, const PilTaps& taps) {
  for (std::size_t i = 0; i < taps.first.size(); ++i)
    for (int t = 0; t < taps.longest; ++t) {
      const bool own = t < taps.count[i];
      writer.add(taps.first[i] + (own ? t : 0),
                 own ? taps.weights[taps.weights_at[i] + static_cast<std::size_t>(t)] : 0);
    }
}

void add_opencv(TapWriter& writer, const OpencvTaps& taps) {
  for (std::size_t i = 0; i < taps.first.size(); ++i) {
    writer.add(taps.first[i], taps.first_weight[i]);
    writer.add(taps.second[i], taps.second_weight[i]);
  }
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

DeviceCanvas::Taps DeviceCanvas::taps_of(int width, int height, const ScaledWindow& window) {
  if (const auto found = known_.find({width, height}); found != known_.end()) return found->second;
  const bool scaled_x = window.full_width != width, scaled_y = window.full_height != height;
  const bool opencv = canvas_.resize.interpolation == Interpolation::bilinear;
  Taps taps;
  TapWriter columns(taps_);
  taps.columns = columns.begin();
  taps.column_taps = 1;
  if (opencv && (scaled_x || scaled_y)) {
    add_opencv(columns, opencv_taps(width, window.full_width, window.left, window.width,
                                    OpencvAxis::columns));
    taps.column_taps = 2;
  } else if (scaled_x) {
    const PilTaps found = pil_taps(width, window.full_width, window.left, window.width);
    add_pil(columns, found);
    taps.column_taps = found.longest;
  } else {
    add_moved(columns, window.left, window.width);
  }
  TapWriter rows(taps_);
  taps.rows = rows.begin();
  taps.row_taps = 1;
  if (opencv && (scaled_x || scaled_y)) {
    add_opencv(
        rows, opencv_taps(height, window.full_height, window.top, window.height, OpencvAxis::rows));
    taps.row_taps = 2;
  } else if (scaled_y) {
    const PilTaps found = pil_taps(height, window.full_height, window.top, window.height);
    add_pil(rows, found);
    taps.row_taps = found.longest;
  } else {
    add_moved(rows, window.top, window.height);
  }
  std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = -1;
  for (std::int64_t i = 0; i < window.height * taps.row_taps; ++i) {
    const std::int64_t place = taps_[static_cast<std::size_t>(2 * (taps.rows + i))];
    first = std::min(first, place);
    last = std::max(last, place);
  }
  taps.first_row = last < 0 ? 0 : first;
  taps.row_count = last < 0 ? 0 : last - first + 1;
  known_.emplace(std::pair(width, height), taps);
  return taps;
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
  const Taps taps = taps_of(seen.frame.width, seen.frame.height, window);
  kernels::ResizeJob job;
  job.source = image.offset + corner * colour_channels;
  job.step_x = (seen.transposed ? down : right) * colour_channels;
  job.step_y = (seen.transposed ? right : down) * colour_channels;
  const bool is_scaled =
      window.full_width != seen.frame.width || window.full_height != seen.frame.height;
  job.rule = is_scaled && canvas_.resize.interpolation == Interpolation::bilinear
                 ? kernels::ResizeRule::opencv
                 : kernels::ResizeRule::pil;
  job.columns = taps.columns;
  job.column_taps = taps.column_taps;
  job.rows = taps.rows;
  job.row_taps = taps.row_taps;
  job.first_row = taps.first_row;
  job.row_count = taps.row_count;
  job.blended = scratch_;
  job.left = left;
  job.top = top;
  job.width = window.width;
  job.height = window.height;
  job.margin = margin_level(canvas_.resize);
  job.image = row;
  scratch_ += taps.row_count * window.width * canvas_.channels;
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
