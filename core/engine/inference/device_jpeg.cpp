#include "core/engine/inference/device_jpeg.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>
#endif

#include "core/data/jpeg_writer.h"
#include "core/engine/error_cause.h"
#include "core/engine/inference/device.h"
#include "core/engine/inference/libtorch_place.h"
#include "core/types/count_text.h"

namespace plumbline {

namespace {

constexpr std::int64_t least_side = 64, most_side = 16'384, most_pixels = std::int64_t{1} << 26;
/// Of test pictures, in levels.
constexpr double most_mean_difference = 1;
/// Where the library follows Huffman codes itself, for batches that are too small for the GPU.
constexpr int library_threads = 2;

constexpr std::array samplings = {JpegSampling{1, 1}, JpegSampling{2, 1}, JpegSampling{1, 2},
                                  JpegSampling{2, 2}};

std::string_view sampling_name(JpegSampling sampling) {
  if (sampling == samplings[0]) return "4:4:4";
  if (sampling == samplings[1]) return "4:2:2";
  return sampling == samplings[2] ? "4:4:0" : "4:2:0";
}

std::string_view backend_name(NvjpegBackend backend) {
  return backend == NvjpegBackend::hardware ? "hardware" : "GPU";
}

void* current_stream([[maybe_unused]] c10::Device device) {
#ifdef PLUMBLINE_CUDA
  if (device.is_cuda()) return at::cuda::getCurrentCUDAStream(device.index()).stream();
#endif
  return nullptr;
}

/// A test picture with what libjpeg-turbo makes of it.
struct Proof {
  std::vector<std::byte> content;
  PlainJpeg jpeg;
  Image expected;
};

Result<std::vector<Proof>> make_proofs() {
  std::vector<Proof> proofs;
  for (const JpegSampling sampling : samplings)
    for (const auto& [width, height] : {std::pair(157, 119), std::pair(67, 65)}) {
      auto content = encode_jpeg(decoder_test_picture(width, height), 90, sampling);
      TRY(content);
      auto expected = decode_image(*content, "a test picture");
      TRY(expected);
      const auto jpeg = find_plain_jpeg(*content);
      if (!jpeg) return fail(ErrorKind::device, "a test picture is not a plain JPEG");
      proofs.push_back({std::move(*content), *jpeg, std::move(*expected)});
    }
  return proofs;
}

}  // namespace

LevelDifference level_difference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  LevelDifference difference;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int off = std::abs(a[i] - b[i]);
    difference.mean += off;
    difference.most = std::max(difference.most, off);
  }
  if (!a.empty()) difference.mean /= static_cast<double>(a.size());
  return difference;
}

Image decoder_test_picture(int width, int height) {
  Image picture{width, height, 3, {}, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double luma = 128 + 60 * std::sin(x / 23.0 + y / 31.0), wave = 20 * std::sin(x / 4.0);
      const double swing = (x / 6 + y / 6) % 2 == 0 ? -40 : 40;
      for (const double level : {luma + swing + wave, luma - swing / 2, luma - swing - wave})
        picture.pixels.push_back(
            static_cast<std::uint8_t>(std::lround(std::clamp(level, 0.0, 255.0))));
    }
  return picture;
}

DeviceJpeg::Lane::Lane(std::shared_ptr<const NvjpegLibrary> library, NvjpegBackend backend,
                       c10::Device device)
    : library_(std::move(library)), backend_(backend), device_(device) {
  const NvjpegLibrary& nvjpeg = *library_;
  // Its own memory comes from CUDA, and is kept from batch to batch.
  if (nvjpeg.create(backend, nullptr, nullptr, nvjpeg_interpolated_upsampling, &handle_) !=
      NvjpegStatus::success) {
    handle_ = nullptr;
    return;
  }
  if (nvjpeg.create_state(handle_, &state_) != NvjpegStatus::success) state_ = nullptr;
  if (nvjpeg.create_stream(handle_, &headers_) != NvjpegStatus::success) headers_ = nullptr;
}

DeviceJpeg::Lane::~Lane() {
  if (headers_ != nullptr) library_->destroy_stream(headers_);
  if (state_ != nullptr) library_->destroy_state(state_);
  if (handle_ != nullptr) library_->destroy(handle_);
}

bool DeviceJpeg::Lane::is_refused(const JpegFile& file) {
  // The hardware has limits of its own; the GPU's cores take all that is plain.
  if (backend_ != NvjpegBackend::hardware) return false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(file.content.data());
  if (library_->parse_headers(handle_, bytes, file.jpeg.size, headers_) != NvjpegStatus::success)
    return true;
  int not_supported = 1;
  return library_->is_supported(handle_, headers_, &not_supported) != NvjpegStatus::success ||
         not_supported != 0;
}

/// Where a batch fails, its halves are tried, so that a file takes no other with it.
void DeviceJpeg::Lane::decode_some(std::span<const JpegFile> files, std::size_t first,
                                   Decoded& decoded) {
  std::vector<const unsigned char*> contents;
  std::vector<std::size_t> sizes;
  std::vector<NvjpegImage> images;
  auto* pixels = decoded.pixels.mutable_data_ptr<std::uint8_t>();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (std::ranges::binary_search(decoded.refused, first + i)) continue;
    const StoredImage& image = decoded.images[first + i];
    contents.push_back(reinterpret_cast<const unsigned char*>(files[i].content.data()));
    sizes.push_back(files[i].jpeg.size);
    NvjpegImage to;
    to.planes[0] = pixels + image.offset;
    to.row_bytes[0] = static_cast<std::size_t>(image.width) * 3;
    images.push_back(to);
  }
  if (contents.empty()) return;
  const int count = static_cast<int>(contents.size());
  auto status = NvjpegStatus::success;
  if (begun_ != count)
    status = library_->begin_batch(handle_, state_, count, library_threads,
                                   NvjpegOutput::rgb_interleaved);
  begun_ = count;
  if (status == NvjpegStatus::success)
    status = library_->decode_batch(handle_, state_, contents.data(), sizes.data(), images.data(),
                                    current_stream(device_));
  if (status == NvjpegStatus::success) return;
  begun_ = 0;
  TORCH_CHECK_WITH(OutOfMemoryError, status != NvjpegStatus::allocator_failure,
                   "out of memory: nvJPEG gets none for a batch of ", count);
  if (count == 1) {
    for (std::size_t i = first; i < first + files.size(); ++i)
      if (const auto place = std::ranges::lower_bound(decoded.refused, i);
          place == decoded.refused.end() || *place != i)
        decoded.refused.insert(place, i);
    return;
  }
  wait_for_stream(device_);  // what the batch has queued uses the state
  const std::size_t half = files.size() / 2;
  decode_some(files.first(half), first, decoded);
  wait_for_stream(device_);  // the state belongs to one batch at a time
  decode_some(files.subspan(half), first + half, decoded);
}

DeviceJpeg::Lane::Decoded DeviceJpeg::Lane::decode(std::span<const JpegFile> files) {
  Decoded decoded;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const PlainJpeg& jpeg = files[i].jpeg;
    decoded.images.push_back({bytes, jpeg.width, jpeg.height, jpeg.orientation});
    if (is_refused(files[i])) {
      decoded.refused.push_back(i);
      continue;
    }
    // Every image begins where a GPU likes to write.
    constexpr std::int64_t alignment = 256;
    const std::int64_t own = std::int64_t{3} * jpeg.width * jpeg.height;
    bytes += (own + alignment - 1) / alignment * alignment;
  }
  decoded.pixels = at::empty({bytes}, at::TensorOptions(device_).dtype(at::kByte));
  decode_some(files, 0, decoded);
  return decoded;
}

DeviceJpeg::DeviceJpeg(std::shared_ptr<const NvjpegLibrary> library, NvjpegBackend backend,
                       c10::Device device)
    : library_(std::move(library)),
      backend_(backend),
      device_(device),
      name_(fmt::format("nvJPEG {}, {}", library_->version, backend_name(backend))) {}
DeviceJpeg::~DeviceJpeg() = default;

bool DeviceJpeg::takes(const PlainJpeg& jpeg) const {
  const auto fits = [](std::int64_t side) { return side >= least_side && side <= most_side; };
  return fits(jpeg.width) && fits(jpeg.height) &&
         std::int64_t{jpeg.width} * jpeg.height <= most_pixels &&
         std::ranges::find(proved_, jpeg.sampling) != proved_.end();
}

Result<std::unique_ptr<DeviceJpeg::Lane>> DeviceJpeg::make_lane() const {
  std::unique_ptr<Lane> lane(new Lane(library_, backend_, device_));
  if (!lane->is_open())
    return fail(ErrorKind::device,
                fmt::format("nvJPEG does not start ({})", backend_name(backend_)), library_->file);
  return lane;
}

Result<void> DeviceJpeg::prove(Lane& lane) {
  const auto proofs = make_proofs();
  TRY(proofs);
  // A batch of many takes another way through the library than one of few.
  constexpr std::size_t many = 64;
  std::map<std::string_view, double> worst;  // by sampling
  for (const std::size_t count : {proofs->size(), many}) {
    std::vector<JpegFile> files;
    for (std::size_t i = 0; i < count; ++i) {
      const Proof& proof = (*proofs)[i % proofs->size()];
      files.push_back({proof.content, proof.jpeg});
    }
    const Lane::Decoded decoded = lane.decode(files);
    wait_for_stream(device_);
    const at::Tensor pixels = decoded.pixels.cpu();
    for (std::size_t i = 0; i < count; ++i) {
      const Proof& proof = (*proofs)[i % proofs->size()];
      double& mean = worst[sampling_name(proof.jpeg.sampling)];
      if (std::ranges::binary_search(decoded.refused, i)) {
        mean = INFINITY;
        continue;
      }
      const std::span found(pixels.const_data_ptr<std::uint8_t>() + decoded.images[i].offset,
                            proof.expected.pixels.size());
      mean = std::max(mean, level_difference(found, proof.expected.pixels).mean);
    }
  }
  std::vector<std::string> words;
  for (const JpegSampling sampling : samplings) {
    const double mean = worst[sampling_name(sampling)];
    if (mean <= most_mean_difference) proved_.push_back(sampling);
    words.push_back(std::isfinite(mean)
                        ? fmt::format("{} {:.2f}{}", sampling_name(sampling), mean,
                                      mean <= most_mean_difference ? "" : " (left to the host)")
                        : fmt::format("{} refused", sampling_name(sampling)));
  }
  unsigned engines = 0, cores = 0;
  if (backend_ == NvjpegBackend::hardware && library_->hardware &&
      library_->hardware(lane.handle_, &engines, &cores) == NvjpegStatus::success)
    description_ =
        fmt::format("{} of {} each; ", count_text(engines, "engine"), count_text(cores, "core"));
  description_ +=
      fmt::format("mean difference to {} in levels: {}", decoder_name(), fmt::join(words, ", "));
  return {};
}

Result<std::shared_ptr<const DeviceJpeg>> DeviceJpeg::open(c10::Device device) {
  if (!device.is_cuda())
    return fail(ErrorKind::device, "nvJPEG decodes JPEG on GPUs only", device.str());
#ifdef PLUMBLINE_CUDA
  const auto library = open_nvjpeg(nvjpeg_places(libtorch_library(), CUDART_VERSION / 1000));
  TRY(library);
  const c10::cuda::CUDAGuard guard(device);
  return open_with(*library, device);
#else
  return fail(ErrorKind::device, "this build has no CUDA", device.str());
#endif
}

Result<std::shared_ptr<const DeviceJpeg>> DeviceJpeg::open_with(
    const std::shared_ptr<const NvjpegLibrary>& library, c10::Device device) {
  std::string why;
  std::shared_ptr<DeviceJpeg> best;  // of those that prove themselves on some samplings alone
  const auto add = [&](NvjpegBackend backend, const std::string& reason) {
    why += fmt::format("{}{}: {}", why.empty() ? "" : "; ", backend_name(backend), reason);
  };
  for (const NvjpegBackend backend : {NvjpegBackend::hardware, NvjpegBackend::gpu_hybrid}) {
    std::shared_ptr<DeviceJpeg> found(new DeviceJpeg(library, backend, device));
    const auto lane = found->make_lane();
    if (!lane) {
      add(backend, lane.error().message);
      continue;
    }
    try {
      TRY(found->prove(**lane));
    } catch (const c10::Error& error) {
      add(backend, "fails on its test pictures: " + error_cause(error));
      continue;
    }
    if (found->proved_.size() == samplings.size()) return found;
    if (found->proved_.empty())
      add(backend, found->description_);
    else if (best == nullptr || found->proved_.size() > best->proved_.size())
      best = found;
  }
  if (best != nullptr) return best;
  return fail(ErrorKind::device,
              "no kind of JPEG is decoded by nvJPEG here as by libjpeg-turbo: " + why,
              library->file);
}

}  // namespace plumbline
