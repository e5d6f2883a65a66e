#include "core/engine/inference/load_sample.h"

#include <algorithm>
#include <array>
#include <utility>

#include <ATen/ops/empty.h>

#include "core/engine/inference/device_jpeg.h"
#include "core/study/condition.h"

namespace plumbline {

namespace {

/// A thread's memory for pixels, kept from image to image: to get it anew costs as much as a part
/// of the decoding, and threads wait for each other meanwhile.
thread_local std::vector<std::uint8_t> kept_pixels;
constexpr std::size_t most_kept_pixels = std::size_t{16} << 20;

/// Planes become interleaved.
void copy_levels(const views::Levels& levels, float* out) {
  const auto channels = static_cast<std::size_t>(levels.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const float* plane = levels.plane(static_cast<int>(c));
    for (std::size_t i = 0; i < levels.plane_size(); ++i) out[i * channels + c] = plane[i];
  }
}

/// Writes an image into a canvas's row; returns the rectangle that shows it.
Result<views::PixelRectangle> put_into_row(const Image& image, const Canvas& canvas,
                                           const std::string& where, const at::Tensor& images,
                                           std::int64_t row) {
  const auto values = static_cast<std::size_t>(images.stride(0));
  if (canvas.eight_bit())
    return put_on_canvas_into(
        image, canvas, where,
        {images.mutable_data_ptr<std::uint8_t>() + row * images.stride(0), values});
  auto put = put_on_canvas(image, canvas, where);
  TRY(put);
  copy_levels(put->levels, images.mutable_data_ptr<float>() + row * images.stride(0));
  return put->valid;
}

/// The image could not be read.
void leave_black(const SampleInfo& sample, const Error& error, std::int64_t row, LoadedBatch& batch,
                 std::vector<LoadFailure>& failures) {
  for (const at::Tensor& images : batch.images) images[row].zero_();
  failures.push_back({batch.first + row, sample.name, to_string(error), LoadFailure::every_canvas});
}

}  // namespace

at::Tensor empty_images(const Canvas& canvas, std::int64_t count, at::TensorOptions where) {
  return at::empty({count, canvas.height, canvas.width, canvas.channels},
                   where.dtype(canvas.eight_bit() ? at::kByte : at::kFloat));
}

bool SampleLoading::on_device(std::size_t canvas) const {
  return decoder != nullptr && condition == View() && canvases[canvas].eight_bit();
}

void note_valid(LoadedBatch& batch, std::size_t canvas, std::int64_t row,
                const views::PixelRectangle& valid) {
  if (!batch.valid[canvas].defined()) return;
  std::ranges::copy(std::array{valid.left, valid.top, valid.right, valid.bottom},
                    batch.valid[canvas].mutable_data_ptr<std::int32_t>() + 4 * row);
}

void place_image(const SampleLoading& loading, const SampleInfo& sample, Image image,
                 std::int64_t row, LoadedBatch& batch, std::vector<LoadFailure>& failures,
                 bool skip_device_canvases) {
  image = under_condition(std::move(image), loading.condition, batch.first + row);
  batch.frames[static_cast<std::size_t>(row)] = {image.width, image.height};
  for (std::size_t c = 0; c < loading.canvases.size(); ++c) {
    if (skip_device_canvases && loading.on_device(c)) continue;
    const auto valid =
        put_into_row(image, loading.canvases[c], sample.locator.name, batch.images[c], row);
    if (valid) {
      note_valid(batch, c, row, *valid);
      continue;
    }
    batch.images[c][row].zero_();
    failures.push_back({batch.first + row, sample.name, to_string(valid.error()), c});
  }
  if (image.pixels.capacity() <= most_kept_pixels) kept_pixels = std::move(image.pixels);
}

void load_content(const SampleLoading& loading, const SampleInfo& sample,
                  std::span<const std::byte> content, std::int64_t row, LoadedBatch& batch,
                  std::vector<LoadFailure>& failures) {
  auto image = decode_image(content, loading.reader.place(sample.locator), 0,
                            std::exchange(kept_pixels, {}));
  if (!image) return leave_black(sample, image.error(), row, batch, failures);
  place_image(loading, sample, std::move(*image), row, batch, failures);
}

void load_sample(const SampleLoading& loading, const SampleInfo& sample, std::int64_t row,
                 LoadedBatch& batch, std::vector<LoadFailure>& failures,
                 std::vector<PendingJpeg>& pending) {
  if (!loading.reader.has_files()) {
    auto image = loading.reader.read(sample.locator);
    if (!image) return leave_black(sample, image.error(), row, batch, failures);
    return place_image(loading, sample, std::move(*image), row, batch, failures);
  }
  auto content = loading.reader.read_file(sample.locator);
  if (!content) return leave_black(sample, content.error(), row, batch, failures);
  if (loading.decoder != nullptr && content->size() <= loading.most_file_bytes)
    if (const auto jpeg = find_plain_jpeg(*content); jpeg && loading.decoder->takes(*jpeg)) {
      pending.push_back({row, std::move(*content), *jpeg});
      return;
    }
  load_content(loading, sample, *content, row, batch, failures);
}

}  // namespace plumbline
