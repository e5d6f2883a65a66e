#pragma once
#include <cstdint>

#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// A layer of experts at inference, with its routing: each token's `top_k` experts by the largest
/// softmax(x · gateᵀ), weighted by that probability for one expert, for two renormalised over both
/// (Fedus et al. 2022), in float32, then expert_feed_forward.h.
///
/// x: [tokens, d]; gate: [experts, d]; w1: [experts, d, inner]; b1: [experts, inner]; w2: [experts,
/// inner, d]; b2: [experts, d], all of one type and device; top_k 1 or 2. Returns [tokens, d].
/// Drops no token; 0 tokens and experts without tokens are in order.
///
/// On CUDA, bfloat16 and float16 with d and inner divisible by 8 and at most 32 experts are two
/// launches for routing and one a layer of products (compute capability 8.0): tokens are gathered
/// where they are read and put back where they are written, hidden values stay in the type, sums
/// are float32. Deterministic and capturable in a CUDA graph. All else is made of LibTorch's
/// routing and expert_feed_forward. No gradient. Errors (c10::Error): shapes, types, devices.
at::Tensor routed_experts(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& w1,
                          const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                          int64_t top_k, bool gelu);

}  // namespace plumbline::kernels
