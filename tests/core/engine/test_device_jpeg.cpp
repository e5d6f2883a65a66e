#include <QtTest>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include "core/engine/inference/batch_loader.h"
#include "core/engine/inference/image_decoder.h"
#include "tests/core/engine/inference_tests.h"
#include "tests/core/engine/jpeg_files.h"
#include "tests/support/gpu_required.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

/// The GPU's decoder, or nothing where there is no GPU; a GPU without the library is said.
std::shared_ptr<const DeviceJpeg> gpu_decoder() {
  if (!at::hasCUDA() || at::detail::getCUDAHooks().deviceCount() == 0) return nullptr;
  auto decoder = DeviceJpeg::open(c10::Device(c10::kCUDA, 0));
  if (!decoder) {
    qInfo("%s", to_string(decoder.error()).c_str());
    return nullptr;
  }
  return std::move(*decoder);
}

std::string numbered(unsigned number) {
  return QString("%1.jpg").arg(number, 3, 10, QChar('0')).toStdString();
}

/// Files in a folder, as samples.
struct Folder {
  QTemporaryDir directory;
  std::vector<SampleInfo> samples;

  void add(const std::string& name, std::span<const std::byte> content) {
    std::ofstream((std::filesystem::path(directory.path().toStdString()) / name), std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
    samples.push_back({name, no_class, {0, -1, name, std::string()}});
  }
  SampleReader reader() const {
    return {DatasetFormat::image_folder, {{directory.path().toStdString(), 0, std::string()}}};
  }
};

/// Of every kind; those that a GPU takes are counted.
int add_all_kinds(Folder& folder) {
  int plain = 0;
  unsigned seed = 0;
  const auto add = [&](int width, int height, const JpegKind& kind) {
    folder.add(numbered(seed), jpeg_of(coloured_picture(width, height, seed), kind));
    ++seed;
  };
  for (const auto& [width, height] : {std::pair(64, 64), {157, 119}, {500, 375}, {97, 401}})
    for (const auto& [x, y] : {std::pair(1, 1), {2, 1}, {1, 2}, {2, 2}}) {
      add(width, height, {x, y, false, false, static_cast<int>(seed) % 9});
      ++plain;
    }
  add(30, 30, {});                                        // small
  add(120, 90, {.sampling_x = 4, .sampling_y = 1});       // chroma of a quarter
  add(120, 90, {.progressive = true, .orientation = 6});  // several scans
  add(120, 90, {.grey = true});
  auto whole = jpeg_of(coloured_picture(120, 90, 1), {});
  folder.add("without-end.jpg", std::span(whole).first(whole.size() - 2));
  folder.add("cut.jpg", std::span(whole).first(whole.size() / 2));
  auto damaged = whole;
  std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(damaged.size() / 2), 40,
              std::byte{0xFF});
  folder.add("damaged.jpg", damaged);
  folder.add("none.jpg", {});
  whole.push_back(std::byte{7});
  folder.add("longer.jpg", whole);
  return plain + 1;
}

/// A library that decodes by libjpeg-turbo into the processor's memory, in place of nvJPEG, and has
/// the faults that are asked for.
struct StandIn {
  static inline bool no_hardware = false, repeats_chroma = false, no_memory = false;
  static inline int refused_width = 0;   ///< a batch with a file of it fails
  static inline int unknown_height = 0;  ///< the hardware does not take it
  static inline std::atomic<int> batches = 0, open = 0;

  static NvjpegStatus decode(NvjpegHandle, NvjpegHandle, const unsigned char* const* files,
                             const std::size_t* bytes, NvjpegImage* images, void*) {
    ++batches;
    if (no_memory) return NvjpegStatus::allocator_failure;
    const int count = batch;
    for (int i = 0; i < count; ++i) {
      std::vector<std::byte> content(bytes[i]);
      std::memcpy(content.data(), files[i], bytes[i]);
      if (find_plain_jpeg(content)->width == refused_width) return NvjpegStatus(3);
      // A decoder of pixels turns nothing.
      const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
      if (const auto exif = text.find("Exif"); exif != text.npos) content[exif] = std::byte{'X'};
      Image image = value(decode_image(content, "stand-in"));
      if (repeats_chroma)  // as far off as that is
        for (auto& level : image.pixels) level = static_cast<std::uint8_t>(level ^ 8);
      std::memcpy(images[i].planes[0], image.pixels.data(), image.pixels.size());
    }
    return NvjpegStatus::success;
  }
  static inline thread_local int batch = 0;
  static inline thread_local int height = 0;

  static std::shared_ptr<const DeviceJpeg> decoder() { return value(opened()); }
  static Result<std::shared_ptr<const DeviceJpeg>> opened() {
    auto library = std::make_shared<NvjpegLibrary>();
    library->version = "0.1.2";
    library->create = [](NvjpegBackend backend, void*, void*, unsigned flags,
                         NvjpegHandle* handle) {
      if (flags != nvjpeg_interpolated_upsampling) return NvjpegStatus(2);
      if (no_hardware && backend == NvjpegBackend::hardware) return NvjpegStatus(7);
      ++open;
      *handle = &batches;
      return NvjpegStatus::success;
    };
    library->destroy = library->destroy_state = library->destroy_stream = [](NvjpegHandle) {
      --open;
      return NvjpegStatus::success;
    };
    library->create_state = library->create_stream = [](NvjpegHandle, NvjpegHandle* made) {
      ++open;
      *made = &batches;
      return NvjpegStatus::success;
    };
    library->begin_batch = [](NvjpegHandle, NvjpegHandle, int images, int, NvjpegOutput) {
      batch = images;
      return NvjpegStatus::success;
    };
    library->decode_batch = decode;
    library->parse_headers = [](NvjpegHandle, const unsigned char* file, std::size_t bytes,
                                NvjpegHandle) {
      height = find_plain_jpeg(std::as_bytes(std::span(file, bytes)))->height;
      return NvjpegStatus::success;
    };
    library->is_supported = [](NvjpegHandle, NvjpegHandle, int* not_supported) {
      *not_supported = height == unknown_height ? 1 : 0;
      return NvjpegStatus::success;
    };
    return DeviceJpeg::open_with(library, c10::kCPU);
  }
  ~StandIn() {
    no_hardware = repeats_chroma = no_memory = false;
    refused_width = unknown_height = 0;
  }
};

Canvas photograph_canvas() {
  return {3,
          96,
          96,
          {.kind = ResizeKind::short_side,
           .size = 110,
           .interpolation = Interpolation::bilinear_antialias},
          {},
          {}};
}

std::vector<LoadedBatch> all_of(BatchLoader& loader) {
  std::vector<LoadedBatch> all;
  while (auto loaded = loader.next()) all.push_back(std::move(*loaded));
  return all;
}

/// Loads all kinds by the decoder and by the host, which must give the same but for levels: off by
/// `mean` in the mean and by `most` at most. Returns how many files the decoder had, and how many
/// it may have.
std::pair<std::int64_t, std::int64_t> hold_against_host(
    const std::shared_ptr<const DeviceJpeg>& decoder, c10::Device gpu, double mean, double most) {
  const auto hold = [](bool holds, const char* what) {
    if (!holds) qFatal("other than the host's: %s", what);
  };
  Folder folder;
  const std::int64_t plain = add_all_kinds(folder);
  std::int64_t by_device = 0;
  const auto reader = folder.reader();
  const std::vector<Canvas> canvases = {
      photograph_canvas(),
      {1, 70, 50, {.kind = ResizeKind::letterbox, .pad = 5}, {}, {}},
      {3, 120, 90, {}, {}, {}}};  // which most do not fit
  for (const char* condition : {"", "brightness=0.1"}) {
    const View view = *condition != '\0' ? value(parse_view(condition)) : View();
    BatchLoader on_gpu(value(LoaderThreads::make(gpu.is_cuda(), decoder)), reader, folder.samples,
                       0, 8, canvases, view);
    BatchLoader on_host(reader, folder.samples, 0, 8, canvases, gpu.is_cuda(), view);
    const auto found = all_of(on_gpu), expected = all_of(on_host);
    hold(found.size() == expected.size(), "batches");
    by_device = 0;
    for (std::size_t b = 0; b < found.size(); ++b) {
      by_device += found[b].by_device;
      hold(expected[b].by_device == 0, "the host's");
      hold(found[b].frames == expected[b].frames, "frames");
      const auto words = [](const LoadedBatch& batch) {
        std::vector<std::string> all;
        for (const auto& failure : batch.failures)
          all.push_back(std::to_string(failure.sample) + " " + std::to_string(failure.canvas) +
                        " " + failure.message);
        std::ranges::sort(all);
        return all;
      };
      hold(words(found[b]) == words(expected[b]), "failures");
      for (std::size_t c = 0; c < canvases.size(); ++c) {
        hold(!found[b].valid[c].defined() || at::equal(found[b].valid[c], expected[b].valid[c]),
             "rectangles");
        const at::Tensor off =
            (found[b].images[c].cpu().to(at::kFloat) - expected[b].images[c].to(at::kFloat)).abs();
        hold(off.mean().item<double>() <= mean, "the mean");
        hold(off.max().item<double>() <= most, "the most");
      }
    }
  }
  return {by_device, plain};
}

}  // namespace

void TestDeviceJpeg::the_library_is_sought_beside_libtorch() {
  const auto places = nvjpeg_places("/x/site-packages/torch/lib/libtorch_cpu.so", 13);
  const std::vector<std::filesystem::path> expected = {
      "/x/site-packages/torch/lib/libnvjpeg.so.13",
      "/x/site-packages/nvidia/cu13/lib/libnvjpeg.so.13",
      "/x/site-packages/nvidia/nvjpeg/lib/libnvjpeg.so.13", "libnvjpeg.so.13"};
  QCOMPARE(places, expected);
  QCOMPARE(nvjpeg_places({}, 12), (std::vector<std::filesystem::path>{"libnvjpeg.so.12"}));
}

void TestDeviceJpeg::a_missing_library_is_an_error() {
  const auto none = open_nvjpeg({"/nowhere/libnvjpeg.so.0", "libnvjpeg.so.0"});
  QVERIFY(!none);
  QCOMPARE(none.error().kind, ErrorKind::device);
  QVERIFY(to_string(none.error()).find("libnvjpeg.so.0") != std::string::npos);
  const auto other = open_nvjpeg({"libm.so.6"});
  QVERIFY(!other);
  QVERIFY(other.error().message.find("nvJPEG has no nvjpeg") != std::string::npos);
}

void TestDeviceJpeg::decoders_have_names() {
  QVERIFY(value(parse_decoder("auto")) == DecoderChoice::automatic);
  QVERIFY(value(parse_decoder("host")) == DecoderChoice::host);
  QVERIFY(value(parse_decoder("device")) == DecoderChoice::device);
  QCOMPARE(exit_code(parse_decoder("gpu").error().kind), 2);

  const std::string host(decoder_name());
  for (const auto choice : {DecoderChoice::automatic, DecoderChoice::host}) {
    const auto found = value(find_decoder(choice, c10::kCPU));
    QCOMPARE(found.name, host);
    QVERIFY(!found.device && found.remark.empty());
  }
  QCOMPARE(exit_code(find_decoder(DecoderChoice::device, c10::kCPU).error().kind), 2);

  // A run goes on with what it has; an older libjpeg-turbo decodes the same.
  QCOMPARE(value(decoder_named("libjpeg-turbo 2.0.3", c10::kCPU)).name,
           std::string("libjpeg-turbo 2.0.3"));
  const auto gone = decoder_named("nvJPEG 1.2.3, hardware", c10::kCPU);
  QVERIFY(!gone);
  QCOMPARE(gone.error().kind, ErrorKind::device);
  QVERIFY(gone.error().message.find("nvJPEG 1.2.3, hardware") != std::string::npos);
}

// What the decoder of a device proves itself on: every sampling is plain, and a picture differs
// from one whose chroma is repeated by more than what is allowed.
void TestDeviceJpeg::test_pictures_tell_decoders_apart() {
  const Image picture = decoder_test_picture(157, 119);
  QCOMPARE(picture.pixels.size(), std::size_t{157 * 119 * 3});
  // Chroma of 2 × 2 pixels that is repeated, in BT.601's colours.
  Image repeated = picture;
  const auto chroma = [&](int x, int y, int of) {
    const auto* p = picture.pixels.data() + 3 * (y * 157 + x);
    const double luma = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
    return of == 0 ? p[0] - luma : p[2] - luma;
  };
  for (int y = 0; y + 1 < 119; ++y)
    for (int x = 0; x + 1 < 157; ++x) {
      auto* p = repeated.pixels.data() + 3 * (y * 157 + x);
      const double luma = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
      double mean[2] = {};
      for (int of = 0; of < 2; ++of)
        for (int k = 0; k < 4; ++k)
          mean[of] +=
              chroma(std::min(156, x / 2 * 2 + k % 2), std::min(118, y / 2 * 2 + k / 2), of) / 4;
      p[0] = static_cast<std::uint8_t>(std::clamp(luma + mean[0], 0.0, 255.0));
      p[2] = static_cast<std::uint8_t>(std::clamp(luma + mean[1], 0.0, 255.0));
    }
  QVERIFY(level_difference(picture.pixels, repeated.pixels).mean > 1);
  QCOMPARE(level_difference(picture.pixels, picture.pixels).mean, 0.0);
  const std::vector<std::uint8_t> a = {1, 5, 9}, b = {4, 5, 0};
  QCOMPARE(level_difference(a, b).mean, 4.0);
  QCOMPARE(level_difference(a, b).most, 9);
}

void TestDeviceJpeg::the_gpu_decodes_as_the_host_does() {
  const auto decoder = gpu_decoder();
  SKIP_WITHOUT_GPU(decoder != nullptr, "nvJPEG is not held against libjpeg-turbo");
  qInfo("%s: %s", decoder->name().c_str(), decoder->description().c_str());
  std::vector<std::vector<std::byte>> contents;
  std::vector<JpegFile> files;
  std::vector<Image> expected;
  for (unsigned seed = 0; seed < 90; ++seed) {
    const JpegKind kind{
        1 + static_cast<int>(seed) % 2,      1 + static_cast<int>(seed) / 2 % 2, false, false, 0,
        75 + static_cast<int>(seed) % 3 * 10};
    contents.push_back(jpeg_of(
        coloured_picture(64 + static_cast<int>(seed) * 7, 401 - static_cast<int>(seed) * 3, seed),
        kind));
    const auto jpeg = find_plain_jpeg(contents.back());
    QVERIFY(jpeg.has_value());
    if (!decoder->takes(*jpeg)) {
      contents.pop_back();
      continue;
    }
    expected.push_back(value(decode_image(contents.back(), "a.jpg")));
    files.push_back({{}, *jpeg});
  }
  for (std::size_t i = 0; i < files.size(); ++i) files[i].content = contents[i];
  const auto lane = value(decoder->make_lane());
  // Few, many, one, and the first ones again.
  for (const std::size_t count : {std::size_t{7}, files.size(), std::size_t{1}, std::size_t{7}}) {
    const auto decoded = lane->decode(std::span(files).first(count));
    const at::Tensor pixels = decoded.pixels.cpu();
    QVERIFY(decoded.refused.empty());
    for (std::size_t i = 0; i < count; ++i) {
      const auto off =
          level_difference({pixels.const_data_ptr<std::uint8_t>() + decoded.images[i].offset,
                            expected[i].pixels.size()},
                           expected[i].pixels);
      QVERIFY2(off.mean <= 1 && off.most <= 24,
               qPrintable(QString("file %1: mean %2, most %3").arg(i).arg(off.mean).arg(off.most)));
    }
  }
}

void TestDeviceJpeg::a_loader_has_the_hosts_outcome() {
  const auto decoder = gpu_decoder();
  SKIP_WITHOUT_GPU(decoder != nullptr,
                   "batches decoded by the GPU are not held against the host's");
  const auto [by_device, plain] = hold_against_host(decoder, c10::Device(c10::kCUDA, 0), 1, 24);
  // Samplings that it does not take are the host's.
  QVERIFY(by_device <= plain && by_device > 0);
  QVERIFY2(by_device == plain || decoder->description().find("host") != std::string::npos ||
               decoder->description().find("refused") != std::string::npos,
           qPrintable(QString("%1 of %2").arg(by_device).arg(plain)));
}

// The same without a GPU, by a library that stands in for nvJPEG: equal to the bit.
void TestDeviceJpeg::a_loader_has_the_hosts_outcome_by_a_stand_in() {
  const StandIn stand_in;
  {
    const auto decoder = StandIn::decoder();
    QCOMPARE(decoder->name(), std::string("nvJPEG 0.1.2, hardware"));
    const auto [by_device, plain] = hold_against_host(decoder, c10::kCPU, 0, 0);
    QCOMPARE(by_device, plain);
    // What it refuses, before a batch or with it, is the host's: eight pictures are so wide or
    // high.
    StandIn::refused_width = 157;
    StandIn::unknown_height = 401;
    const auto [fewer, all] = hold_against_host(decoder, c10::kCPU, 0, 0);
    QCOMPARE(fewer, all - 8);
  }
  QCOMPARE(StandIn::open.load(), 0);
}

void TestDeviceJpeg::a_decoder_must_prove_itself() {
  const StandIn stand_in;
  StandIn::no_hardware = true;
  QCOMPARE(StandIn::decoder()->name(), std::string("nvJPEG 0.1.2, GPU"));
  StandIn::repeats_chroma = true;
  const auto off = StandIn::opened();
  QVERIFY(!off);
  QCOMPARE(off.error().kind, ErrorKind::device);
  QVERIFY(off.error().message.find("left to the host") != std::string::npos);
  StandIn::repeats_chroma = false;
  StandIn::no_memory = true;
  QVERIFY(!StandIn::opened());
  QCOMPARE(StandIn::open.load(), 0);
}

void TestDeviceJpeg::sizes_have_bounds() {
  const StandIn stand_in;
  const auto decoder = StandIn::decoder();
  const auto takes = [&](int width, int height) {
    return decoder->takes({width, height, {2, 2}, 1, 1000});
  };
  QVERIFY(takes(64, 64) && takes(16'384, 64) && takes(8192, 8192));
  QVERIFY(!takes(63, 64) && !takes(64, 63) && !takes(16'385, 64) && !takes(8192, 8193));
  QVERIFY(!decoder->takes({100, 100, {4, 1}, 1, 1000}));
}

void TestDeviceJpeg::no_memory_is_told_to_whoever_asks() {
  const StandIn stand_in;
  Folder folder;
  folder.add("a.jpg", jpeg_of(coloured_picture(100, 90, 1), {}));
  const auto reader = folder.reader();
  const auto threads = value(LoaderThreads::make(false, StandIn::decoder()));
  StandIn::no_memory = true;
  {
    BatchLoader loader(threads, reader, folder.samples, 0, 4, {photograph_canvas()});
    QVERIFY_THROWS_EXCEPTION(c10::OutOfMemoryError, loader.next());
  }
  StandIn::no_memory = false;
  BatchLoader again(threads, reader, folder.samples, 0, 4, {photograph_canvas()});
  QCOMPARE(again.next()->by_device, std::int64_t{1});
}

// Threads stay while loaders come and go, and the next range begins before its turn.
void TestDeviceJpeg::loaders_share_their_threads() {
  Folder folder;
  for (unsigned i = 0; i < 60; ++i)
    folder.add(numbered(i), jpeg_of(coloured_picture(60, 50, i), {}));
  const auto reader = folder.reader();
  const auto threads = value(LoaderThreads::make(false, nullptr));
  const std::span<const SampleInfo> samples = folder.samples;
  const Canvas canvas = photograph_canvas();
  const auto expected = [&](std::int64_t i) {
    const auto image = value(reader.read(samples[static_cast<std::size_t>(i)].locator));
    return value(put_on_canvas(image, canvas, "x")).pixels.pixels;
  };
  auto next =
      std::make_unique<BatchLoader>(threads, reader, samples.first(20), 0, 3, std::vector{canvas});
  std::int64_t seen = 0;
  for (const std::int64_t begin : {0, 20, 40}) {
    auto now = std::move(next);
    if (!now)
      now = std::make_unique<BatchLoader>(threads, reader,
                                          samples.subspan(static_cast<std::size_t>(begin), 20),
                                          begin, 3, std::vector{canvas});
    // The third is begun by nobody before its turn, and one goes unasked.
    if (begin == 0)
      next = std::make_unique<BatchLoader>(threads, reader, samples.subspan(20, 20), 20, 3,
                                           std::vector{canvas});
    if (begin == 20) BatchLoader(threads, reader, samples.first(9), 0, 3, std::vector{canvas});
    while (const auto loaded = now->next()) {
      QCOMPARE(loaded->first, seen);
      for (std::int64_t row = 0; row < loaded->count; ++row, ++seen) {
        auto levels = expected(seen);
        QVERIFY(at::equal(loaded->images[0][row],
                          at::from_blob(levels.data(), {96, 96, 3}, at::kByte)));
      }
    }
    QCOMPARE(seen, begin + 20);
  }
  QCOMPARE(threads->batches, 0);
}

}  // namespace plumbline::test
