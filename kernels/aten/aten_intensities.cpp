#include "kernels/aten/aten_intensities.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "kernels/views/reflection.h"

namespace plumbline::kernels {

namespace {

using views::StepValues;

at::Tensor luma_of(const at::Tensor& levels) {
  if (levels.size(1) == 1) return levels;
  const auto channel = [&](int64_t c) { return levels.narrow(1, c, 1); };
  return channel(0) * 0.299F + channel(1) * 0.587F + channel(2) * 0.114F;
}

at::Tensor with_luma(const at::Tensor& levels, const at::Tensor& before, const at::Tensor& after) {
  return levels.size(1) == 1 ? after : levels + (after - before);
}

at::Tensor bins_of(const at::Tensor& levels) {
  return (levels + 0.5F).floor().clamp(0, 255).to(at::kLong);
}

/// Counts of 0 to 255 for each row of bins [rows, n]; those where `counted` is false are left out.
at::Tensor histograms(const at::Tensor& bins, const at::Tensor& counted) {
  const int64_t rows = bins.size(0);
  const at::Tensor row = at::arange(rows, bins.options()).unsqueeze(1) * 257;
  const at::Tensor place = at::where(counted, bins, at::full_like(bins, 256)) + row;
  return at::bincount(place.flatten(), {}, rows * 257).view({rows, 257}).narrow(1, 0, 256);
}

at::Tensor gamma(const at::Tensor& levels, const StepValues& values, const IntensityContext&) {
  return (levels / 255).pow(values[0]) * 255;
}

at::Tensor brightness(const at::Tensor& levels, const StepValues& values, const IntensityContext&) {
  return levels + 255 * values[0];
}

at::Tensor contrast(const at::Tensor& levels, const StepValues& values,
                    const IntensityContext& context) {
  const at::Tensor mask = context.valid.to(at::kDouble);
  const at::Tensor mean = ((luma_of(levels).to(at::kDouble) * mask).sum({1, 2, 3}, true) /
                           mask.sum({1, 2, 3}, true).clamp_min(1))
                              .to(at::kFloat);
  return (levels - mean) * values[0] + mean;
}

at::Tensor saturation(const at::Tensor& levels, const StepValues& values, const IntensityContext&) {
  const at::Tensor luma = luma_of(levels);
  return (levels - luma) * values[0] + luma;
}

at::Tensor hue(const at::Tensor& levels, const StepValues& values, const IntensityContext&) {
  if (levels.size(1) == 1) return levels;
  const auto r = levels.narrow(1, 0, 1), g = levels.narrow(1, 1, 1), b = levels.narrow(1, 2, 1);
  const at::Tensor value = levels.amax({1}, true), chroma = value - levels.amin({1}, true);
  const at::Tensor safe = at::where(chroma > 0, chroma, at::ones_like(chroma));
  at::Tensor angle = at::where(value == r, (g - b) / safe,
                               at::where(value == g, (b - r) / safe + 2, (r - g) / safe + 4));
  angle = (angle + 6 + values[0] / 60).remainder(6);
  const auto channel = [&](double offset) {
    const at::Tensor k = (angle + offset).remainder(6);
    return value - chroma * at::minimum(k, 4 - k).clamp(0, 1);
  };
  return at::cat({channel(5), channel(3), channel(1)}, 1);
}

at::Tensor hist(const at::Tensor& levels, const StepValues&, const IntensityContext& context) {
  const at::Tensor luma = luma_of(levels);
  const at::Tensor bins = bins_of(luma).flatten(1);
  const at::Tensor counts = histograms(bins, context.valid.flatten(1));
  const at::Tensor total = counts.sum(1, true);
  // The first level that occurs becomes 0; what follows is counted from there.
  const at::Tensor first = (counts > 0).to(at::kInt).argmax(1, true);
  const at::Tensor below = counts.gather(1, first);
  const at::Tensor rest = (total - below).to(at::kFloat);
  const at::Tensor scale = 255.0F / rest.clamp_min(1);
  at::Tensor map = ((counts.cumsum(1) - below).to(at::kFloat) * scale).round().clamp(0, 255);
  map = at::where(rest > 0, map, first.to(at::kFloat).expand_as(map));
  return with_luma(levels, luma, map.gather(1, bins).view_as(luma));
}

at::Tensor imadj(const at::Tensor& levels, const StepValues&, const IntensityContext& context) {
  const int64_t batch = levels.size(0), channels = levels.size(1);
  const at::Tensor bins = bins_of(levels).flatten(2).flatten(0, 1);
  const at::Tensor counted = context.valid.expand({batch, channels, levels.size(2), levels.size(3)})
                                 .flatten(2)
                                 .flatten(0, 1);
  const at::Tensor counts = histograms(bins, counted);
  const at::Tensor sums = counts.cumsum(1) * 100, total = counts.sum(1, true);
  const at::Tensor low = (sums > total).to(at::kInt).argmax(1),
                   high = (sums >= total * 99).to(at::kInt).argmax(1);
  const auto shaped = [&](const at::Tensor& limits) {
    return limits.to(at::kFloat).view({batch, channels, 1, 1});
  };
  const at::Tensor range = shaped(high) - shaped(low);
  return at::where(range > 0, (levels - shaped(low)) * (255.0F / range.clamp_min(1)), levels);
}

at::Tensor connorm(const at::Tensor& levels, const StepValues&, const IntensityContext& context) {
  const auto& facts = context.plan.context;
  const auto column = [&](const std::array<double, 3>& numbers) {
    std::vector<double> some(numbers.begin(), numbers.begin() + levels.size(1));
    return at::tensor(some, at::kDouble).to(levels.device()).view({1, -1, 1, 1});
  };
  const at::Tensor mean = column(facts.mean), std = column(facts.std);
  const at::Tensor input = (levels.to(at::kDouble) * facts.scale - mean) / std;
  const at::Tensor centre = input.mean({1, 2, 3}, true);
  const at::Tensor variance = (input - centre).square().mean({1, 2, 3}, true);
  const at::Tensor deviation =
      at::where(variance > 1e-12, variance.sqrt(), at::ones_like(variance));
  return (((input - centre) / deviation * std + mean) / facts.scale).to(at::kFloat);
}

at::Tensor blur(const at::Tensor& levels, const StepValues& values, const IntensityContext&) {
  const int radius = (static_cast<int>(std::nearbyint(8 * values[0] + 1)) | 1) / 2;
  const auto along = [&](const at::Tensor& image, int64_t axis) {
    at::Tensor sum = at::zeros_like(image);
    double total = 0;
    for (int k = -radius; k <= radius; ++k) total += std::exp(-k * k / (2 * values[0] * values[0]));
    const int length = static_cast<int>(image.size(axis));
    for (int k = -radius; k <= radius; ++k) {
      std::vector<int64_t> from;
      for (int i = 0; i < length; ++i) from.push_back(views::reflected(i + k, length));
      sum += image.index_select(axis, at::tensor(from, at::kLong).to(image.device())) *
             (std::exp(-k * k / (2 * values[0] * values[0])) / total);
    }
    return sum;
  };
  return along(along(levels, 2), 3);
}

/// The words of `views::philox` for all places, in 64-bit integers.
std::array<at::Tensor, 4> philox(const at::Tensor& index, const at::Tensor& sample, int64_t seed) {
  constexpr int64_t word = 0xFFFFFFFF;
  at::Tensor c0 = index, c1 = at::zeros_like(index), c2 = sample & word,
             c3 = (sample.__rshift__(32)) & word;
  int64_t k0 = seed & word, k1 = 0;
  for (int round = 0; round < 10; ++round) {
    // The products have 64 bits and wrap to negative numbers; the masks take the words out again.
    const at::Tensor p0 = c0 * int64_t{0xD2511F53}, p1 = c2 * int64_t{0xCD9E8D57};
    const auto high = [](const at::Tensor& p) { return p.__rshift__(32) & word; };
    c0 = (high(p1).__xor__(c1)).__xor__(k0);
    c1 = p1 & word;
    c2 = (high(p0).__xor__(c3)).__xor__(k1);
    c3 = p0 & word;
    k0 = (k0 + 0x9E3779B9) & word;
    k1 = (k1 + 0xBB67AE85) & word;
  }
  return {c0, c1, c2, c3};
}

at::Tensor noise(const at::Tensor& levels, const StepValues& values,
                 const IntensityContext& context) {
  const int64_t batch = levels.size(0), n = levels[0].numel(), quarter = (n + 3) / 4;
  const auto options = at::TensorOptions(levels.device()).dtype(at::kLong);
  const at::Tensor index = at::arange(quarter, options).expand({batch, quarter});
  const at::Tensor& given = context.plan.samples;
  const at::Tensor sample =
      (given.defined() ? given.to(levels.device()) : at::arange(batch, options))
          .view({-1, 1})
          .expand({batch, quarter});
  const auto words = philox(index, sample, static_cast<int64_t>(values[1]));
  const auto unit = [](const at::Tensor& word) {
    return (word.__rshift__(9).to(at::kFloat) + 0.5F) * 0x1p-23F;
  };
  std::vector<at::Tensor> normal;
  for (const size_t pair : {0, 2}) {
    const at::Tensor far = (unit(words[pair]).log() * -2).sqrt();
    const at::Tensor turn = unit(words[pair + 1]) * (2 * M_PI);
    normal.push_back(far * turn.cos());
    normal.push_back(far * turn.sin());
  }
  return levels + at::cat(normal, 1).narrow(1, 0, n).view_as(levels) * values[0];
}

struct Entry {
  std::string_view name;
  AtenIntensity compute;
};
constexpr Entry entries[] = {{"gamma", gamma},       {"brightness", brightness},
                             {"contrast", contrast}, {"saturation", saturation},
                             {"hue", hue},           {"hist", hist},
                             {"imadj", imadj},       {"connorm", connorm},
                             {"blur", blur},         {"noise", noise}};

}  // namespace

AtenIntensity aten_intensity(const views::ViewKind& kind) {
  const auto found = std::ranges::find(entries, kind.name, &Entry::name);
  return found == std::end(entries) ? nullptr : found->compute;
}

}  // namespace plumbline::kernels
