#pragma once
#include <string_view>

namespace plumbline {

/// The networks that `train` makes, for those who do not load LibTorch. A test holds the list
/// against the engine's table (core/engine/architectures).
inline constexpr std::string_view architecture_names_list[] = {
    "lenet5",   "convnet",    "resnet20",        "resnet32",        "resnet44",
    "resnet56", "densenet40", "centernet-small", "centernet-medium"};

}  // namespace plumbline
