#pragma once
#include <memory>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

namespace plumbline {

/// Brings a batch's pixels to a GPU on a stream of its own, while the device computes the batch
/// before. Not further ahead than half a gigabyte, or two batches where one is larger than that:
/// whoever asks for more waits until the device has used what came first. Elsewhere a plain copy.
class BatchUpload {
 public:
  explicit BatchUpload(c10::Device device);
  BatchUpload(BatchUpload&&) noexcept;
  ~BatchUpload();

  /// The images on the device, for its current stream, which waits for them. `images` may go at
  /// once. Throws c10::Error.
  at::Tensor to_device(const at::Tensor& images);
  /// What was brought last has been read by all that is queued now.
  void used();
  /// What copies took so far, of those whose images the device has used.
  double seconds() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumbline
