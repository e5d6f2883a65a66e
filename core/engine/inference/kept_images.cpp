#include "core/engine/inference/kept_images.h"

#include <algorithm>
#include <exception>

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "core/engine/inference/device_failure.h"

namespace plumbline {

namespace {

bool follow_each_other(const ShardRange& range) {
  for (std::int64_t i = 0; i < range.count; ++i)
    if (range.place(i) != range.first + i) return false;
  return true;
}

std::size_t bytes_of(const Canvas& canvas) {
  return static_cast<std::size_t>(canvas.height) * static_cast<std::size_t>(canvas.width) *
         static_cast<std::size_t>(canvas.channels) * (canvas.eight_bit() ? 1 : sizeof(float));
}

}  // namespace

bool KeptImages::begin(const ShardRange& range, const std::vector<Canvas>& canvases,
                       c10::Device device) {
  std::size_t bytes = 0;
  for (const Canvas& canvas : canvases) bytes += bytes_of(canvas);
  if (range.count <= 0 || bytes == 0 || !follow_each_other(range) ||
      static_cast<std::size_t>(range.count) > most_bytes_ / bytes)
    return false;
  // Before the new ones are asked for.
  images_.clear();
  first_ = range.first;
  count_ = range.count;
  noted_ = 0;
  canvases_ = canvases;
  try {
    for (const Canvas& canvas : canvases) images_.push_back(empty_images(canvas, count_, device));
  } catch (const std::exception& exception) {
    if (!is_out_of_memory(exception)) throw;
    // The batch is not to be halved for it.
    images_.clear();
    count_ = 0;
    return false;
  }
  valid_.assign(canvases.size(), at::Tensor());
  frames_.assign(static_cast<std::size_t>(count_), {});
  unread_.assign(static_cast<std::size_t>(count_), false);
  return true;
}

void KeptImages::add(std::size_t canvas, std::int64_t first, const at::Tensor& images) {
  images_[canvas].narrow(0, first - first_, images.size(0)).copy_(images, /*non_blocking=*/true);
}

void KeptImages::note(const LoadedBatch& batch) {
  const std::int64_t row = batch.first - first_;
  std::ranges::copy(batch.frames, frames_.begin() + row);
  for (std::size_t c = 0; c < canvases_.size(); ++c) {
    if (!batch.valid[c].defined()) continue;
    if (!valid_[c].defined()) valid_[c] = at::zeros({count_, 4}, at::kInt);
    valid_[c].narrow(0, row, batch.count).copy_(batch.valid[c]);
  }
  for (const LoadFailure& failure : batch.failures)
    unread_[static_cast<std::size_t>(failure.sample - first_)] = true;
  noted_ += batch.count;
}

bool KeptImages::has(const ShardRange& range, const std::vector<Canvas>& canvases) const {
  if (count_ == 0 || noted_ != count_ || canvases != canvases_) return false;
  for (std::int64_t i = 0; i < range.count; ++i) {
    const std::int64_t place = range.place(i);
    if (place < first_ || place >= first_ + count_ ||
        unread_[static_cast<std::size_t>(place - first_)])
      return false;
  }
  return true;
}

KeptBatches::KeptBatches(const KeptImages& kept, const ShardRange& range, std::int64_t batch)
    : kept_(kept), range_(range), batch_(batch) {
  const c10::Device device = kept.images_.front().device();
  // From memory of the driver's the copy waits for nobody.
  rows_ = at::empty({range.count}, at::TensorOptions(at::kLong).pinned_memory(device.is_cuda()));
  auto* const rows = rows_.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < range.count; ++i) rows[i] = range.place(i) - kept.first_;
  rows_on_device_ = rows_.to(device, /*non_blocking=*/true);
}

std::optional<LoadedBatch> KeptBatches::next() {
  if (done_ == range_.count) return std::nullopt;
  LoadedBatch batch;
  batch.first = range_.first + done_;
  batch.count = std::min(batch_, range_.count - done_);
  const at::Tensor there = rows_on_device_.narrow(0, done_, batch.count);
  const at::Tensor here = rows_.narrow(0, done_, batch.count);
  for (std::size_t c = 0; c < kept_.images_.size(); ++c) {
    batch.images.push_back(kept_.images_[c].index_select(0, there));
    batch.valid.push_back(kept_.valid_[c].defined() ? kept_.valid_[c].index_select(0, here)
                                                    : at::Tensor());
  }
  const auto* const rows = here.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < batch.count; ++i)
    batch.frames.push_back(kept_.frames_[static_cast<std::size_t>(rows[i])]);
  done_ += batch.count;
  return batch;
}

}  // namespace plumbline
