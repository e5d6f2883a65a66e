#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "core/engine/inference/device_jpeg.h"

namespace plumbline {

/// Who is asked for to decode JPEG.
enum class DecoderChoice {
  automatic,  ///< the GPU that computes, where nvJPEG is there and does as it should
  host,       ///< libjpeg-turbo on the processor's threads
  device,     ///< the GPU, or an error
};
/// `auto`, `host` or `device`. Errors (usage): another word.
Result<DecoderChoice> parse_decoder(std::string_view text);

/// What decodes a run's JPEG files. Whatever the device's decoder does not take (other kinds of
/// JPEG, small and huge ones, damage, other formats) is the host's, so that images are readable or
/// not as they are without a GPU.
struct ImageDecoder {
  std::string name;                               ///< as it is kept with predictions
  std::shared_ptr<const DeviceJpeg> device = {};  ///< null: the host decodes all
  std::string remark = {};  ///< why it is not the GPU, where that was sought and not insisted on
};

/// libjpeg-turbo, by the name that decoder_name() gives it.
ImageDecoder host_decoder();

/// The decoder of a new run that computes on `device`. Errors: `device` is asked for and there is
/// none (usage on a CPU, else device).
Result<ImageDecoder> find_decoder(DecoderChoice choice, c10::Device device);

/// The decoder of a run that exists: its predictions are of images that were decoded so. Errors
/// (device): a device's decoder that is not there, or is another now. A name that is no device's is
/// the host's.
Result<ImageDecoder> decoder_named(const std::string& name, c10::Device device);

}  // namespace plumbline
