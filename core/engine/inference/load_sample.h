#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/TensorOptions.h>

#include "core/data/plain_jpeg.h"
#include "core/data/sample_reader.h"
#include "core/study/study.h"
#include "core/study/view_canvas.h"

namespace plumbline {

class DeviceJpeg;

/// An image that could not be used: its place in the split, and why.
struct LoadFailure {
  static constexpr std::size_t every_canvas = static_cast<std::size_t>(-1);
  std::int64_t sample = 0;
  std::string where, message;
  std::size_t canvas = every_canvas;  ///< that it does not fit; else it could not be read
};

/// Consecutive samples, decoded and put on each canvas that was asked for.
struct LoadedBatch {
  std::int64_t first = 0, count = 0;
  /// Per canvas: [count, height, width, channels], uint8 or, where the canvas has unrounded levels,
  /// float32; on the GPU where that has decoded some of them.
  std::vector<at::Tensor> images;
  /// Per canvas: int32 [count, 4], the rectangle that shows the image; undefined where that is all.
  std::vector<at::Tensor> valid;
  std::vector<views::FrameSize> frames;  ///< of the decoded images; 0 × 0 where there is none
  std::vector<LoadFailure> failures;     ///< their pixels are 0; other canvases have theirs
  std::int64_t by_device = 0;            ///< images that the GPU has decoded
};

/// Memory for images on a canvas, as LoadedBatch has them; `where`: its device, and whether pinned.
at::Tensor empty_images(const Canvas& canvas, std::int64_t count, at::TensorOptions where);

/// A file that has been read and is the GPU's to decode.
struct PendingJpeg {
  std::int64_t row = 0;  ///< in the batch
  std::vector<std::byte> content;
  PlainJpeg jpeg;
};

/// How each image of a range gets from its file into a batch.
struct SampleLoading {
  const SampleReader& reader;
  std::vector<Canvas> canvases;
  View condition;               ///< done to each image first
  const DeviceJpeg* decoder;    ///< null: the host decodes all
  std::size_t most_file_bytes;  ///< of a file that waits for the GPU

  /// Whether a canvas is filled where the GPU has decoded the image.
  bool on_device(std::size_t canvas) const;
};

/// Reads one sample and writes it into each tensor's row, or leaves it in `pending` for the GPU. A
/// canvas that the image does not fit takes nothing from the others; its row is black.
void load_sample(const SampleLoading& loading, const SampleInfo& sample, std::int64_t row,
                 LoadedBatch& batch, std::vector<LoadFailure>& failures,
                 std::vector<PendingJpeg>& pending);

/// The same of a file that has been read, on the host in any case.
void load_content(const SampleLoading& loading, const SampleInfo& sample,
                  std::span<const std::byte> content, std::int64_t row, LoadedBatch& batch,
                  std::vector<LoadFailure>& failures);

/// Puts a decoded image on those canvases that `skip` does not name.
void place_image(const SampleLoading& loading, const SampleInfo& sample, Image image,
                 std::int64_t row, LoadedBatch& batch, std::vector<LoadFailure>& failures,
                 bool skip_device_canvases = false);

/// Notes which rectangle of a canvas shows the image, where the batch keeps it.
void note_valid(LoadedBatch& batch, std::size_t canvas, std::int64_t row,
                const views::PixelRectangle& valid);

}  // namespace plumbline
