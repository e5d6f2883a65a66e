#pragma once
#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/planer/parameters.h"
#include "core/engine/sums/rank_sum.h"

namespace plumbline {

struct AdamwSettings {
  double beta1 = 0.9, beta2 = 0.98, epsilon = 1e-8;
  double weight_decay = 0.01;  ///< of weights only (Loshchilov & Hutter 2019)
  double largest_norm = 0;     ///< gradients longer than this are shortened; 0: never
};

/// AdamW on a parameter set, in one fused pass a group. A parameter without gradient (an option
/// that was not chosen) is left as it is, its moments too.
class Adamw {
 public:
  Adamw(ParameterSet& parameters, const AdamwSettings& settings);

  /// Takes the gradients of the computing copies, and clears them. `learning_rate`: float32, one
  /// value on the parameters' device, so that a captured step can have another one each time.
  /// Returns the gradients' norm before they were shortened, on the device: nothing waits.
  ///
  /// With `ranks` the gradients are first summed over them, and so are `figures`, float32 [n], in
  /// their place.
  at::Tensor step(const at::Tensor& learning_rate, RankSum* ranks = nullptr,
                  at::Tensor* figures = nullptr);

  /// Moments and counts, for a checkpoint.
  NamedTensors state() const;

 private:
  ParameterSet& parameters_;
  AdamwSettings settings_;
  std::vector<at::Tensor> first_, second_, steps_, gradients_;
};

}  // namespace plumbline
