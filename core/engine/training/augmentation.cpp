#include "core/engine/training/augmentation.h"

#include <algorithm>
#include <numeric>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "kernels/views/philox.h"

namespace plumbline {

std::string_view to_string(Augmentation augmentation) {
  switch (augmentation) {
    case Augmentation::none: return "none";
    case Augmentation::crop: return "crop";
    case Augmentation::crop_flip: return "crop-flip";
  }
  return "none";
}

Result<Augmentation> parse_augmentation(std::string_view text) {
  for (const auto one : {Augmentation::none, Augmentation::crop, Augmentation::crop_flip})
    if (text == to_string(one)) return one;
  return usage_error(fmt::format("there is no augmentation '{}'", text), "--augment",
                     "auto, none, crop or crop-flip");
}

Augmentation default_augmentation(std::int64_t channels, std::span<const std::string> classes) {
  if (channels == 1) return Augmentation::crop;
  // A sign's class is called by the sign, or by a number: "7", "A", "12", "ж".
  const auto is_sign = [](const std::string& name) {
    const bool number =
        name.size() <= 4 && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    return number || std::ranges::count_if(name, begins) == 1;
  };
  const bool signs = !classes.empty() && std::ranges::all_of(classes, is_sign);
  return signs ? Augmentation::crop : Augmentation::crop_flip;
}

EpochPlan plan_epoch(std::uint64_t seed, std::int64_t epoch, std::int64_t samples,
                     Augmentation augmentation, std::int64_t largest_shift) {
  const auto key = static_cast<std::uint32_t>(seed ^ (seed >> 32));
  const auto counter = static_cast<std::uint64_t>(epoch);
  const auto n = static_cast<std::size_t>(samples);
  EpochPlan plan;
  plan.order.resize(n);
  std::iota(plan.order.begin(), plan.order.end(), 0);
  plan.down.resize(n);
  plan.right.resize(n);
  plan.mirrored.resize(n);
  // A number below `limit` out of a word; the bias is below 2^-32 · limit.
  const auto below = [](std::uint32_t word, std::uint64_t limit) {
    return static_cast<std::int64_t>((word * limit) >> 32);
  };
  for (std::size_t i = 0; i < n; ++i) {
    const auto random = views::philox(static_cast<std::uint32_t>(i), counter, key);
    // Fisher and Yates: the i-th place takes one of those from i on.
    std::swap(plan.order[i],
              plan.order[i + static_cast<std::size_t>(below(random.word[0], n - i))]);
    if (augmentation == Augmentation::none) continue;
    const auto span = static_cast<std::uint64_t>(2 * largest_shift + 1);
    plan.down[i] = below(random.word[1], span) - largest_shift;
    plan.right[i] = below(random.word[2], span) - largest_shift;
    if (augmentation == Augmentation::crop_flip) plan.mirrored[i] = random.word[3] >> 31;
  }
  return plan;
}

at::Tensor gather_batch(const at::Tensor& images, const at::Tensor& order, const at::Tensor& down,
                        const at::Tensor& right, const at::Tensor& mirrored) {
  const auto height = images.size(1), width = images.size(2);
  const auto options = at::TensorOptions(images.device()).dtype(at::kLong);
  const at::Tensor rows =
      (at::arange(height, options) - down.unsqueeze(1)).clamp(0, height - 1).unsqueeze(2);
  const at::Tensor plain = (at::arange(width, options) - right.unsqueeze(1)).clamp(0, width - 1);
  const at::Tensor columns =
      at::where(mirrored.unsqueeze(1) != 0, width - 1 - plain, plain).unsqueeze(1);
  return images.index({order.view({-1, 1, 1}), rows, columns}).permute({0, 3, 1, 2});
}

}  // namespace plumbline
