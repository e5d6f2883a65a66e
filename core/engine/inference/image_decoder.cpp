#include "core/engine/inference/image_decoder.h"

#include <fmt/format.h>

#include "core/data/image.h"
#include "core/engine/engine.h"

namespace plumbline {

Result<DecoderChoice> parse_decoder(std::string_view text) {
  if (text == "auto") return DecoderChoice::automatic;
  if (text == "host") return DecoderChoice::host;
  if (text == "device") return DecoderChoice::device;
  return usage_error(fmt::format("there is no decoder '{}'", text), "--decoder",
                     "auto, host or device");
}

ImageDecoder host_decoder() { return {std::string(decoder_name())}; }

Result<ImageDecoder> find_decoder(DecoderChoice choice, c10::Device device) {
  if (choice == DecoderChoice::host) return host_decoder();
  if (!device.is_cuda()) {
    if (choice == DecoderChoice::automatic) return host_decoder();
    return usage_error("only a GPU that also computes the run can decode its images", "--decoder",
                       "name a GPU by --device, or leave it out");
  }
  auto found = DeviceJpeg::open(device);
  if (found) return ImageDecoder{(*found)->name(), std::move(*found)};
  if (choice == DecoderChoice::device) return tl::unexpected(std::move(found.error()));
  ImageDecoder host = host_decoder();
  host.remark = to_string(found.error());
  return host;
}

Result<ImageDecoder> decoder_named(const std::string& name, c10::Device device) {
  if (!is_device_decoder(name)) return ImageDecoder{name};
  const auto differs = [&](const std::string& here) {
    return fail(
        ErrorKind::device,
        fmt::format("the run's images are decoded by {}, and here {}", name, here), "--decoder",
        "go on where that decoder is, or compute a run of another name with --decoder host: "
        "decoders differ by a level here and there");
  };
  auto found = find_decoder(DecoderChoice::automatic, device);
  TRY(found);
  if (found->name == name) return found;
  return differs(found->device           ? fmt::format("there is {}", found->name)
                 : found->remark.empty() ? std::string("there is none")
                                         : "there is none: " + found->remark);
}

}  // namespace plumbline
