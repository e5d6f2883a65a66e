#pragma once
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace plumbline {

/// Numbers that a network computes with, by the words of files, options and choices, for those who
/// do not load LibTorch. The engine's Precision (core/engine/inference/device.h) has their order.
inline constexpr std::array<std::string_view, 4> precision_names = {"fp32", "tf32", "bf16", "fp16"};
/// Those that networks are trained in: fp16 would need scaled losses.
inline constexpr std::span<const std::string_view, 3> training_precisions =
    std::span(precision_names).first<3>();

/// Both as a sentence names them; a test holds them against the lists.
inline constexpr std::string_view precisions_text = "fp32, tf32, bf16 or fp16",
                                  training_precisions_text = "fp32, tf32 or bf16";

constexpr bool is_precision(std::string_view name) {
  return std::ranges::find(precision_names, name) != precision_names.end();
}

}  // namespace plumbline
