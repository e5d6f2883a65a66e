#include "core/engine/inference/device_loading.h"

#include <algorithm>

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include "core/data/exif.h"
#include "core/engine/inference/device.h"
#include "core/engine/inference/device_canvas.h"

namespace plumbline {

namespace {

/// Of the GPU's memory that one group of files takes, about.
constexpr std::int64_t group_bytes = std::int64_t{2} << 30;

/// What a file takes on the GPU: its pixels, and its blended rows on each canvas.
std::int64_t device_bytes(const PlainJpeg& jpeg, const SampleLoading& loading) {
  std::int64_t bytes = std::int64_t{3} * jpeg.width * jpeg.height;
  for (std::size_t c = 0; c < loading.canvases.size(); ++c)
    if (loading.on_device(c))
      bytes += std::int64_t{6} * std::max(jpeg.width, jpeg.height) * loading.canvases[c].width;
  return bytes;
}

class DeviceBatch {
 public:
  DeviceBatch(const SampleLoading& loading, const SampleInfo* samples, LoadedBatch& batch,
              DeviceJpeg::Lane& lane, c10::Device device, std::vector<LoadFailure>& failures)
      : loading_(loading),
        samples_(samples),
        batch_(batch),
        lane_(lane),
        device_(device),
        failures_(failures),
        moved_(batch.images.size()),
        is_there_(batch.images.size(), std::vector<bool>(static_cast<std::size_t>(batch.count))) {}

  /// One group of files, which may go when it returns.
  void decode(std::span<const PendingJpeg> pending) {
    std::vector<JpegFile> files;
    for (const PendingJpeg& file : pending) files.push_back({file.content, file.jpeg});
    const DeviceJpeg::Lane::Decoded decoded = lane_.decode(files);
    std::vector<std::size_t> taken;
    for (std::size_t i = 0; i < pending.size(); ++i)
      if (!std::ranges::binary_search(decoded.refused, i)) taken.push_back(i);
    std::vector<DeviceCanvas> canvases;  // kept until the GPU is done
    canvases.reserve(loading_.canvases.size());
    bool any_on_host = false;
    for (std::size_t c = 0; c < loading_.canvases.size(); ++c) {
      if (!loading_.on_device(c)) {
        any_on_host = true;
        continue;
      }
      put_on_canvas(c, canvases.emplace_back(loading_.canvases[c]), pending, taken, decoded);
    }
    for (const std::size_t i : taken) note_frame(pending[i]);
    if (any_on_host) place_on_host(pending, taken, decoded);
    wait_for_stream(device_);
    batch_.by_device += static_cast<std::int64_t>(taken.size());
    for (const std::size_t i : decoded.refused)
      load_content(loading_, samples_[pending[i].row], pending[i].content, pending[i].row, batch_,
                   failures_);
  }

  /// Rows that the host has filled go to the GPU's batches too.
  void finish() {
    for (std::size_t c = 0; c < moved_.size(); ++c) {
      if (!moved_[c].defined()) continue;
      for (std::int64_t row = 0; row < batch_.count;) {
        const bool there = is_there_[c][static_cast<std::size_t>(row)];
        std::int64_t end = row + 1;
        while (end < batch_.count && is_there_[c][static_cast<std::size_t>(end)] == there) ++end;
        if (!there)
          moved_[c]
              .narrow(0, row, end - row)
              .copy_(batch_.images[c].narrow(0, row, end - row), /*non_blocking=*/true);
        row = end;
      }
    }
    wait_for_stream(device_);
    for (std::size_t c = 0; c < moved_.size(); ++c)
      if (moved_[c].defined()) batch_.images[c] = std::move(moved_[c]);
  }

 private:
  void put_on_canvas(std::size_t c, DeviceCanvas& canvas, std::span<const PendingJpeg> pending,
                     const std::vector<std::size_t>& taken,
                     const DeviceJpeg::Lane::Decoded& decoded) {
    for (const std::size_t i : taken) {
      const std::int64_t row = pending[i].row;
      const SampleInfo& sample = samples_[row];
      const auto valid = canvas.add(decoded.images[i], row, sample.locator.name);
      if (!valid) {
        batch_.images[c][row].zero_();
        failures_.push_back({batch_.first + row, sample.name, to_string(valid.error()), c});
        continue;
      }
      note_valid(batch_, c, row, *valid);
      is_there_[c][static_cast<std::size_t>(row)] = true;
    }
    if (!moved_[c].defined())
      moved_[c] = at::empty(batch_.images[c].sizes(), at::TensorOptions(device_).dtype(at::kByte));
    canvas.put(decoded.pixels, moved_[c]);
  }

  void note_frame(const PendingJpeg& file) {
    const StoredWalk walk = stored_walk(file.jpeg.width, file.jpeg.height, file.jpeg.orientation);
    batch_.frames[static_cast<std::size_t>(file.row)] = {walk.width, walk.height};
  }

  void place_on_host(std::span<const PendingJpeg> pending, const std::vector<std::size_t>& taken,
                     const DeviceJpeg::Lane::Decoded& decoded) {
    const at::Tensor pixels = decoded.pixels.cpu();
    for (const std::size_t i : taken) {
      const StoredImage& stored = decoded.images[i];
      const auto* from = pixels.const_data_ptr<std::uint8_t>() + stored.offset;
      Image image{stored.width, stored.height, 3, {}, {}};
      image.pixels.assign(from, from + std::ptrdiff_t{3} * stored.width * stored.height);
      const std::int64_t row = pending[i].row;
      place_image(loading_, samples_[row], upright(std::move(image), stored.orientation), row,
                  batch_, failures_, /*skip_device_canvases=*/true);
    }
  }

  const SampleLoading& loading_;
  const SampleInfo* samples_;
  LoadedBatch& batch_;
  DeviceJpeg::Lane& lane_;
  c10::Device device_;
  std::vector<LoadFailure>& failures_;
  std::vector<at::Tensor> moved_;            ///< per canvas: its batch on the GPU
  std::vector<std::vector<bool>> is_there_;  ///< per canvas and row: put there by the GPU
};

}  // namespace

void decode_on_device(const SampleLoading& loading, const SampleInfo* samples, LoadedBatch& batch,
                      std::vector<PendingJpeg> pending, DeviceJpeg::Lane& lane, c10::Device device,
                      std::vector<LoadFailure>& failures) {
  if (pending.empty()) return;
  // Threads left them in any order; groups are to be the same every time.
  std::ranges::sort(pending, {}, &PendingJpeg::row);
  DeviceBatch on_device(loading, samples, batch, lane, device, failures);
  try {
    for (std::size_t begin = 0; begin < pending.size();) {
      std::size_t end = begin;
      std::int64_t bytes = 0;
      do {
        bytes += device_bytes(pending[end++].jpeg, loading);
      } while (end < pending.size() &&
               bytes + device_bytes(pending[end].jpeg, loading) <= group_bytes);
      on_device.decode(std::span(pending).subspan(begin, end - begin));
      begin = end;
    }
    on_device.finish();
  } catch (...) {
    // What is queued still reads the files and the lane's memory.
    try {
      wait_for_stream(device);
    } catch (const c10::Error&) {  // the first error is the one that is told
    }
    throw;
  }
}

}  // namespace plumbline
