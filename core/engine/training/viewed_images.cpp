#include "core/engine/training/viewed_images.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/jobs/job.h"
#include "core/study/box_mapping.h"
#include "kernels/view_synthesis.h"

namespace plumbline {

namespace {

/// The bytes of a pixel as stored and as normalised float32: a training holds both for a moment.
constexpr std::int64_t pixel_bytes = 1 + 4;

std::int64_t physical_memory() {
  return static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
}

using ObjectRows = std::vector<std::vector<float>>;  ///< five numbers an object, by sample

/// The objects of some splits, one split after the other.
Result<ObjectRows> objects_of(const StudyData& study, const DatasetInfo& dataset,
                              const std::vector<std::string>& splits) {
  ObjectRows rows;
  for (const auto& split : splits) {
    const auto count = study.sample_count(dataset.id, split);
    TRY(count);
    const auto boxes = study.boxes(dataset.id, split);
    TRY(boxes);
    const std::size_t first = rows.size();
    rows.resize(first + static_cast<std::size_t>(*count));
    for (const TruthBox& object : *boxes) {
      if (object.crowd || object.ignored) continue;
      const PixelBox box = upright(object.box);
      auto& row = rows[first + static_cast<std::size_t>(object.image)];
      for (const double number :
           {box.x, box.y, box.right(), box.bottom(), static_cast<double>(object.category)})
        row.push_back(static_cast<float>(number));
    }
  }
  return rows;
}

/// [samples, most, 5] of those samples that were read.
at::Tensor object_tensor(const ObjectRows& rows, const std::vector<std::size_t>& read) {
  constexpr std::int64_t numbers = 5;
  std::int64_t most = 1;
  for (const std::size_t sample : read)
    most = std::max(most, static_cast<std::int64_t>(rows[sample].size()) / numbers);
  at::Tensor objects = at::full({static_cast<std::int64_t>(read.size()), most, numbers}, -1.0F);
  auto* out = objects.mutable_data_ptr<float>();
  for (const std::size_t sample : read) {
    std::ranges::copy(rows[sample], out);
    out += most * numbers;
  }
  return objects;
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
  std::vector<std::size_t> read;
  const bool has_objects = format_info(dataset.format).has_boxes;
  ObjectRows objects;
  if (has_objects) {
    auto rows = objects_of(study, dataset, splits);
    TRY(rows);
    objects = std::move(*rows);
  }
  const auto total = static_cast<std::int64_t>(samples.size());
  for (std::int64_t i = 0; i < total; ++i) {
    const SampleInfo& sample = samples[static_cast<std::size_t>(i)];
    if (i % 256 == 0 && !progress(i, total))
      return tl::unexpected(cancelled_error("start again with --resume"));
    if (sample.label == no_class && !has_objects)
      return bad_input("the sample has no label, so it cannot be trained on", sample.name);
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
          sample.name, "resize all images to one size");
    std::ranges::copy(image->pixels,
                      images.pixels.mutable_data_ptr<std::uint8_t>() +
                          static_cast<std::int64_t>(labels.size()) * images.pixels.stride(0));
    labels.push_back(sample.label);
    read.push_back(static_cast<std::size_t>(i));
  }
  if (labels.empty())
    return bad_input("no image of the split can be read", dataset.name,
                     images.unread.empty() ? "" : images.unread.front());
  progress(total, total);
  images.pixels = images.pixels.narrow(0, 0, static_cast<std::int64_t>(labels.size()));
  images.labels = has_objects ? object_tensor(objects, read) : at::tensor(labels, at::kLong);
  return images;
}

Result<at::Tensor> viewed_objects(const at::Tensor& objects, const View& view, int width,
                                  int height) {
  CardInput input;
  input.width = width;
  input.height = height;
  const auto mapping = box_mapping(input, view, {width, height}, to_string(view));
  TRY(mapping);
  constexpr double least_share = 0.25;
  at::Tensor seen = objects.clone();
  auto* object = seen.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < seen.size(0) * seen.size(1); ++i, object += 5) {
    if (object[4] < 0) continue;
    const BoxSides whole = mapping->to_input({object[0], object[1], object[2], object[3]});
    const BoxSides part{std::max(whole.left, 0.0), std::max(whole.top, 0.0),
                        std::min<double>(whole.right, width),
                        std::min<double>(whole.bottom, height)};
    const double share = std::max(0.0, part.right - part.left) *
                         std::max(0.0, part.bottom - part.top) /
                         ((whole.right - whole.left) * (whole.bottom - whole.top));
    if (!(share >= least_share)) object[4] = -1;
    object[0] = static_cast<float>(part.left);
    object[1] = static_cast<float>(part.top);
    object[2] = static_cast<float>(part.right);
    object[3] = static_cast<float>(part.bottom);
  }
  return seen;
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
