#include "core/engine/training/viewed_images.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/jobs/job.h"
#include "kernels/view_synthesis.h"

namespace plumbline {

namespace {

/// The bytes of a pixel as stored and as normalised float32: a training holds both for a moment.
constexpr std::int64_t pixel_bytes = 1 + 4;

std::int64_t physical_memory() {
  return static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

Result<DecodedImages> read_images(const StudyData& study, const DatasetInfo& dataset,
                                  const std::vector<std::string>& splits,
                                  const ReadProgress& progress) {
  const auto reader = study.reader(dataset.id);
  TRY(reader);
  TRY(reader->check_sources());
  std::vector<SampleInfo> samples;
  for (const auto& split : splits) {
    const auto count = study.sample_count(dataset.id, split);
    TRY(count);
    auto some = study.samples(dataset.id, split, 0, *count);
    TRY(some);
    std::ranges::move(*some, std::back_inserter(samples));
  }
  DecodedImages images;
  int height = 0, width = 0, channels = 0;
  std::vector<std::int64_t> labels;
  const auto total = static_cast<std::int64_t>(samples.size());
  for (std::int64_t i = 0; i < total; ++i) {
    const SampleInfo& sample = samples[static_cast<std::size_t>(i)];
    if (i % 256 == 0 && !progress(i, total))
      return tl::unexpected(cancelled_error("begin again with --resume"));
    if (sample.label == no_class)
      return bad_input("the sample has no label, without which nothing can be trained",
                       sample.name);
    const auto image = reader->read(sample.locator);
    if (!image) {
      images.unread.push_back(sample.name + ": " + image.error().message);
      continue;
    }
    if (!images.pixels.defined()) {
      height = image->height;
      width = image->width;
      channels = image->channels;
      const std::int64_t bytes = total * height * width * channels * pixel_bytes;
      if (const auto memory = physical_memory(); bytes > memory / 2)
        return bad_input(fmt::format("{} images of {} × {} need {:.1f} GiB; half of this machine's "
                                     "memory is {:.1f} GiB",
                                     total, width, height, static_cast<double>(bytes) / 0x1p30,
                                     static_cast<double>(memory) / 2 / 0x1p30),
                         dataset.name, "train on a part of the data (import dataset --divide)");
      images.pixels = at::empty({total, height, width, channels}, at::kByte);
    }
    if (image->height != height || image->width != width || image->channels != channels)
      return bad_input(
          fmt::format("is {} × {} × {}, the first image is {} × {} × {}: training needs "
                      "images of one size",
                      image->width, image->height, image->channels, width, height, channels),
          sample.name, "bring all images to one size");
    std::ranges::copy(image->pixels,
                      images.pixels.mutable_data_ptr<std::uint8_t>() +
                          static_cast<std::int64_t>(labels.size()) * images.pixels.stride(0));
    labels.push_back(sample.label);
  }
  if (labels.empty())
    return bad_input("no image of the split can be read", dataset.name,
                     images.unread.empty() ? "" : images.unread.front());
  progress(total, total);
  images.pixels = images.pixels.narrow(0, 0, static_cast<std::int64_t>(labels.size()));
  images.labels = at::tensor(labels, at::kLong);
  return images;
}

ChannelMoments channel_moments(const at::Tensor& pixels) {
  const auto channels = pixels.size(3);
  std::vector<std::array<std::int64_t, 256>> counts(static_cast<std::size_t>(channels));
  const auto* values = pixels.const_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < pixels.numel(); ++i)
    ++counts[static_cast<std::size_t>(i % channels)][values[i]];
  ChannelMoments moments;
  const auto n = static_cast<double>(pixels.numel() / channels);
  for (const auto& count : counts) {
    double sum = 0, squares = 0;
    for (std::size_t level = 0; level < 256; ++level) {
      const double value = static_cast<double>(level) / 255,
                   times = static_cast<double>(count[level]);
      sum += times * value;
      squares += times * value * value;
    }
    const double mean = sum / n, variance = squares / n - mean * mean;
    // Cards are written with four digits.
    const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
    moments.mean.push_back(rounded(mean));
    moments.std.push_back(variance > 1e-8 ? std::max(1e-4, rounded(std::sqrt(variance))) : 1);
  }
  return moments;
}

at::Tensor viewed_images(const at::Tensor& pixels, const View& view, const ChannelMoments& moments,
                         c10::Device device) {
  const auto count = pixels.size(0);
  at::Tensor all = at::empty(pixels.sizes(), at::TensorOptions(device).dtype(at::kFloat));
  const std::vector<std::vector<ViewStep>> steps = {{view.steps().begin(), view.steps().end()}};
  constexpr std::int64_t at_once = 4096;
  for (std::int64_t first = 0; first < count; first += at_once) {
    const auto n = std::min(at_once, count - first);
    const kernels::BatchFacts facts{at::arange(first, first + n, at::kLong), {}, false};
    const auto part = kernels::view_synthesis(pixels.narrow(0, first, n).contiguous().to(device),
                                              steps, {1.0 / 255, moments.mean, moments.std, false},
                                              at::kFloat, facts)[0];
    all.narrow(0, first, n).copy_(part.permute({0, 2, 3, 1}));
  }
  return all;
}

}  // namespace plumbline
