#pragma once
#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// A mixture-of-experts feed-forward layer (DOMAIN §2) in which no token is dropped: tokens are
/// sorted by expert, multiplied with their experts' weights as grouped matrix products, and put
/// back.
///
///   y[t] = Σ_j gate[t, j] · (act(x[t] · w1[e] + b1[e]) · w2[e] + b2[e]),  e = choice[t, j]
///
/// x: [tokens, d], float32, float64, bfloat16 or float16; gate: [tokens, k]; w1: [experts, d,
/// inner]; b1: [experts, inner]; w2: [experts, inner, d]; b2: [experts, d]; all of x's type and on
/// its device. choice: int64 [tokens, k], 0 ≤ choice < experts, k = 1 or 2; the two may be the
/// same. `gelu`: act is GELU in its tanh form, else ReLU. Returns [tokens, d]. 0 tokens, experts
/// without tokens and all tokens at one expert are in order.
///
/// Differentiable once, by x, gate, w1, b1, w2 and b2; experts without tokens get zeros.
/// Deterministic, forward and backward: sorting is stable and no sum's order depends on time. On
/// CUDA, bfloat16 with d and inner divisible by 8 and weights aligned to 16 bytes is one grouped
/// product a layer, without a host round trip, so that it can be captured in a graph (compute
/// capability 9.0; below, LibTorch's own grouped product reads the counts on the host). All else on
/// CUDA is a loop over experts which reads the counts: not capturable.
/// Errors (c10::Error): shapes, types, devices, and on the CPU a choice out of range, which on CUDA
/// nothing looks for: what it gives is undefined.
at::Tensor expert_feed_forward(const at::Tensor& x, const at::Tensor& choice,
                               const at::Tensor& gate, const at::Tensor& w1, const at::Tensor& b1,
                               const at::Tensor& w2, const at::Tensor& b2, bool gelu);

/// The chosen experts' outputs themselves, neither weighted nor summed: [tokens, k, d]. What a
/// super-network needs whose options top-1 and top-2 share one pass. Otherwise as above.
at::Tensor expert_outputs(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                          const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                          bool gelu);

}  // namespace plumbline::kernels
