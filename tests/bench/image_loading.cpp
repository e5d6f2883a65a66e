// How fast images get from files into batches, and what bounds that: on one folder of JPEG files,
// put on the canvas of an ImageNet classifier (short side 256, 224 × 224 from its centre).
//   bench_image_loading DEVICE FOLDER [BATCH]
// Prints a line of JSON for each way: the loader with the GPU's decoder and with the host's, nvJPEG
// and libjpeg-turbo alone on files in memory, and what the host does for the GPU (reading, and
// following the codes). Best of three rounds, each of all files; and how far both decoders are from
// each other on the first thousand.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <ATen/ATen.h>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAGuard.h>
#endif
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/data/image.h"
#include "core/engine/inference/batch_loader.h"
#include "core/engine/inference/device.h"
#include "core/engine/inference/image_decoder.h"
#include "core/types/number.h"
#include "core/types/threads.h"

using namespace plumbline;
namespace fs = std::filesystem;

namespace {

constexpr int rounds = 3;

[[noreturn]] void end_with(const Error& error) {
  fmt::print(stderr, "{}\n", to_string(error));
  std::exit(3);
}

template <class T>
T value_or_end(Result<T> result) {
  if (!result) end_with(result.error());
  return std::move(*result);
}

Canvas classifier_canvas() {
  Canvas canvas;
  canvas.height = canvas.width = 224;
  canvas.resize = {.kind = ResizeKind::short_side,
                   .size = 256,
                   .interpolation = Interpolation::bilinear_antialias};
  return canvas;
}

std::vector<SampleInfo> files_below(const fs::path& folder) {
  std::vector<SampleInfo> samples;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = fs::relative(entry.path(), folder).string();
    samples.push_back({name, no_class, {0, -1, name, std::string()}});
  }
  std::ranges::sort(samples, {}, &SampleInfo::name);
  return samples;
}

/// Images a second, the best of some rounds.
template <class Round>
double best_rate(std::size_t images, const Round& round) {
  double best = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    round();
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = std::max(best, static_cast<double>(images) / seconds);
  }
  return best;
}

void say(const std::string& way, double rate, nlohmann::ordered_json further = {}) {
  nlohmann::ordered_json line = {{"way", way}, {"images_per_second", rate}};
  if (further.is_object()) line.update(further);
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

/// Every index once, by that many threads.
template <class Body>
void by_threads(std::size_t threads, std::size_t count, const Body& body) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) body(i);
  };
  const auto others = start_threads(threads - 1, work);
  work();
}

double loader_rate(const std::shared_ptr<LoaderThreads>& threads, const SampleReader& reader,
                   const std::vector<SampleInfo>& samples, int batch, std::int64_t& by_device) {
  return best_rate(samples.size(), [&] {
    BatchLoader loader(threads, reader, samples, 0, batch, {classifier_canvas()});
    by_device = 0;
    while (const auto loaded = loader.next()) {
      by_device += loaded->by_device;
      for (const LoadFailure& failure : loaded->failures)
        end_with({ErrorKind::bad_input, failure.message, failure.where, {}});
    }
  });
}

/// nvJPEG with nothing before or behind it, by as many lanes as a loader has.
double decode_rate([[maybe_unused]] const DeviceJpeg& decoder,
                   [[maybe_unused]] const std::vector<JpegFile>& files,
                   [[maybe_unused]] std::size_t batch, [[maybe_unused]] c10::Device device) {
#ifdef PLUMBLINE_CUDA
  constexpr std::size_t lane_count = 2;
  std::vector<std::unique_ptr<DeviceJpeg::Lane>> lanes;
  for (std::size_t i = 0; i < lane_count; ++i) lanes.push_back(value_or_end(decoder.make_lane()));
  return best_rate(files.size(), [&] {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < lane_count; ++i)
      threads.emplace_back([&, lane = lanes[i].get()] {
        c10::cuda::set_device(device.index());
        const c10::cuda::CUDAStreamGuard guard(at::cuda::getStreamFromPool(true, device.index()));
        for (std::size_t at = next.fetch_add(batch); at < files.size();
             at = next.fetch_add(batch)) {
          const auto some = std::span(files).subspan(at, std::min(batch, files.size() - at));
          const auto decoded = lane->decode(some);
          guard.current_stream().synchronize();
          if (!decoded.refused.empty())
            end_with({ErrorKind::device, "nvJPEG refuses a file", {}, {}});
        }
      });
  });
#else
  return 0;
#endif
}

/// Of the first files, put on the canvas.
void say_difference(const std::shared_ptr<LoaderThreads>& gpu, const SampleReader& reader,
                    const std::vector<SampleInfo>& samples, int batch) {
  const auto first = std::span(samples).first(std::min<std::size_t>(1000, samples.size()));
  BatchLoader a(gpu, reader, first, 0, batch, {classifier_canvas()});
  BatchLoader b(reader, first, 0, batch, {classifier_canvas()}, true);
  double sum = 0, worst_mean = 0, most = 0;
  std::int64_t images = 0;
  while (const auto found = a.next()) {
    const auto expected = b.next();
    const at::Tensor off =
        (found->images[0].cpu().to(at::kFloat) - expected->images[0].to(at::kFloat))
            .abs()
            .flatten(1);
    const at::Tensor means = off.mean(1);
    sum += means.sum().item<double>();
    worst_mean = std::max(worst_mean, means.max().item<double>());
    most = std::max(most, off.max().item<double>());
    images += found->count;
  }
  nlohmann::ordered_json line = {{"difference_of_decoders", images},
                                 {"mean_levels", sum / static_cast<double>(images)},
                                 {"worst_mean_of_an_image", worst_mean},
                                 {"most", most}};
  fmt::print("{}\n", line.dump());
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<std::int64_t> given = argc > 3 ? parse_integer(argv[3]) : 256;
  if (argc < 3 || !given || *given < 1 || *given > 1 << 20) {
    fmt::print(stderr, "bench_image_loading DEVICE FOLDER [BATCH]\n");
    return 2;
  }
  const auto device = value_or_end(parse_device(argv[1]));
  const fs::path folder = argv[2];
  const int batch = static_cast<int>(*given);
  configure_device(device, Precision::bf16);
  const auto samples = files_below(folder);
  const SampleReader reader(DatasetFormat::image_folder, {{folder, 0, std::string()}});
  const std::size_t threads = core_count();

  std::vector<std::vector<std::byte>> contents(samples.size());
  by_threads(threads, samples.size(), [&](std::size_t i) {
    contents[i] = value_or_end(reader.read_file(samples[i].locator));
  });
  say(fmt::format("files read and followed, {} threads", threads), best_rate(samples.size(), [&] {
        by_threads(threads, samples.size(), [&](std::size_t i) {
          const auto content = value_or_end(reader.read_file(samples[i].locator));
          static_cast<void>(find_plain_jpeg(content));
        });
      }));
  say(fmt::format("{} alone, {} threads", decoder_name(), threads), best_rate(samples.size(), [&] {
        by_threads(threads, samples.size(), [&](std::size_t i) {
          thread_local std::vector<std::uint8_t> memory;
          memory =
              value_or_end(decode_image(contents[i], samples[i].name, 0, std::move(memory))).pixels;
        });
      }));
  std::int64_t by_device = 0;
  // For a GPU memory is pinned, which needs one.
  const auto host = value_or_end(LoaderThreads::make(device.is_cuda(), nullptr));
  say(fmt::format("loader alone, host, {} threads", host->count()),
      loader_rate(host, reader, samples, batch, by_device));

  const auto decoder = find_decoder(DecoderChoice::device, device);
  if (!decoder) {
    fmt::print(stderr, "without the GPU's decoder: {}\n", to_string(decoder.error()));
    return 0;
  }
  fmt::print(stderr, "{}: {}\n", decoder->name, decoder->device->description());
  std::vector<JpegFile> files;
  for (const auto& content : contents)
    if (const auto jpeg = find_plain_jpeg(content); jpeg && decoder->device->takes(*jpeg))
      files.push_back({content, *jpeg});
  say(fmt::format("{} alone", decoder->name),
      decode_rate(*decoder->device, files, static_cast<std::size_t>(batch), device),
      {{"files", files.size()}, {"batch", batch}});
  const auto gpu = value_or_end(LoaderThreads::make(true, decoder->device));
  const double rate = loader_rate(gpu, reader, samples, batch, by_device);
  say("loader alone, device", rate,
      {{"decoder", decoder->name}, {"by_device", by_device}, {"of", samples.size()}});
  say_difference(gpu, reader, samples, batch);
  return 0;
}
