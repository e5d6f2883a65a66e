#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/data/plain_jpeg.h"
#include "core/engine/inference/device_canvas.h"
#include "core/engine/inference/nvjpeg_library.h"

namespace plumbline {

/// A plain JPEG in memory.
struct JpegFile {
  std::span<const std::byte> content;
  PlainJpeg jpeg;
};

/// How far two decoders are from each other, in levels.
struct LevelDifference {
  double mean = 0;
  int most = 0;
};

/// nvJPEG on one GPU: the decoders of the hardware where it has any that do as they should, else
/// the GPU's own cores. A decoder is used for those samplings of chroma on which it has proved
/// itself when it was opened: test pictures that differ from libjpeg-turbo's by a level in the mean
/// at most, which nothing but interpolated chroma gives. What it does not take is for the host.
class DeviceJpeg {
 public:
  /// Errors (device): no library, with the way to get it; a GPU on which nothing of it proves
  /// itself, with how far it was off.
  static Result<std::shared_ptr<const DeviceJpeg>> open(c10::Device device);
  /// The same with a library that is there already; it writes where `device` has its memory.
  static Result<std::shared_ptr<const DeviceJpeg>> open_with(
      const std::shared_ptr<const NvjpegLibrary>& library, c10::Device device);
  ~DeviceJpeg();

  /// With its version, as it is kept with predictions: "nvJPEG 13.3.2, hardware".
  const std::string& name() const { return name_; }
  c10::Device device() const { return device_; }
  /// For people: what it runs on, which samplings it takes and how near it was.
  const std::string& description() const { return description_; }
  /// Whether it is a kind and a size that are decoded here: sides of 64 pixels to 16,384, together
  /// up to 2^26.
  bool takes(const PlainJpeg& jpeg) const;

  /// One at a time decodes with it: what a thread needs of its own.
  class Lane {
   public:
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// The pixels of `files`, one behind the other. Of those that the library refuses all the same
    /// `refused` has the places, and the pixels are anything. Queued on the current stream, which
    /// must be waited for before the files go. Throws c10::OutOfMemoryError, and c10::Error for
    /// what CUDA says.
    struct Decoded {
      at::Tensor pixels;  ///< uint8 [bytes], on the GPU
      std::vector<StoredImage> images;
      std::vector<std::size_t> refused;
    };
    Decoded decode(std::span<const JpegFile> files);

   private:
    friend class DeviceJpeg;
    Lane(std::shared_ptr<const NvjpegLibrary> library, NvjpegBackend backend, c10::Device device);
    bool is_open() const { return state_ != nullptr && headers_ != nullptr; }
    bool is_refused(const JpegFile& file);
    void decode_some(std::span<const JpegFile> files, std::size_t first, Decoded& decoded);

    std::shared_ptr<const NvjpegLibrary> library_;
    NvjpegBackend backend_;
    c10::Device device_;
    NvjpegHandle handle_ = nullptr, state_ = nullptr, headers_ = nullptr;
    int begun_ = 0;  ///< images of the batches that the state is ready for
  };
  /// Errors (device): the library gives no more.
  Result<std::unique_ptr<Lane>> make_lane() const;

 private:
  DeviceJpeg(std::shared_ptr<const NvjpegLibrary> library, NvjpegBackend backend,
             c10::Device device);
  /// Decodes the test pictures and keeps the samplings that came out well.
  Result<void> prove(Lane& lane);

  std::shared_ptr<const NvjpegLibrary> library_;
  NvjpegBackend backend_;
  c10::Device device_;
  std::string name_, description_;
  std::vector<JpegSampling> proved_;
};

/// Of two sequences of levels of the same length.
LevelDifference level_difference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

/// A picture on which decoders differ: smooth, with edges of colour every six pixels, so that
/// chroma that is repeated instead of interpolated is off by some levels in the mean.
Image decoder_test_picture(int width, int height);

}  // namespace plumbline
