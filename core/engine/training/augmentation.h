#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/types/error.h"

namespace plumbline {

/// What is varied at random while a network is trained.
enum class Augmentation {
  none,
  crop,       ///< shifts by up to an eighth of the side, edge pixels repeated
  crop_flip,  ///< and mirror images
};
std::string_view to_string(Augmentation augmentation);
Result<Augmentation> parse_augmentation(std::string_view text);

/// What fits by default. Mirror images are for photographs: colour images whose classes are not
/// written signs (a mirrored 3 is no digit, and 6 of the ten are taken for others). Grey images and
/// signs are shifted.
Augmentation default_augmentation(std::int64_t channels, std::span<const std::string> classes);

/// The order of one epoch and what happens to each image in it.
struct EpochPlan {
  std::vector<std::int64_t> order;        ///< a permutation of the samples
  std::vector<std::int64_t> down, right;  ///< shifts, by place in the order
  std::vector<std::int64_t> mirrored;     ///< 0 or 1
};

/// Made of (seed, epoch) alone, by a counter-based generator: a resumed training makes the same.
EpochPlan plan_epoch(std::uint64_t seed, std::int64_t epoch, std::int64_t samples,
                     Augmentation augmentation, std::int64_t largest_shift);

/// The images of a batch, shifted and mirrored: one gather.
/// images: [samples, height, width, channels]; the others: int64 [batch], on the images' device.
/// Returns [batch, channels, height, width], channels-last in memory.
at::Tensor gather_batch(const at::Tensor& images, const at::Tensor& order, const at::Tensor& down,
                        const at::Tensor& right, const at::Tensor& mirrored);

}  // namespace plumbline
