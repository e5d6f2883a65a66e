#pragma once
#include <cstdint>
#include <tuple>

#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// Transformer-XL's attention (Dai et al. 2019) of a segment's queries over the keys that end with
/// it, before the output projection:
///
///   score(i, j) = ((q_i + u) · k_j + (q_i + v) · r_{place(i) − j}) / √d,
///   place(i) = keys − length + i,  y_i = Σ_j softmax_j(score(i, ·)) · value_j
///
/// over j ≤ place(i) and, where window > 0, j > place(i) − window.
///
/// query: [batch, length, heads, d]; key, value: [batch, keys, heads, d], keys ≥ length; positions:
/// [keys, heads, d], row c is r of distance keys − 1 − c; content_bias u, position_bias v: [heads,
/// d]; all of one type and device. Any strides; the fastest are those of a joint projection.
/// Returns [batch, length, heads, d]. Any of batch, length and heads may be 0.
///
/// bfloat16 and float16 are multiplied on tensor cores where d is a multiple of 8 up to 128
/// (compute capability 8.0): sums in float32, nothing of size queries × keys in memory. All else,
/// and float32 and float64 with it, is LibTorch's products in the type itself, or for halves in
/// float32: exact, of size queries × keys.
/// The gradient has two matrices of queries × keys in memory, in halves for as many entries of the
/// batch at a time as take 512 MiB, at least one.
/// Differentiable once, by all tensors. Deterministic, forward and backward. On CUDA it can be
/// captured in a graph.
/// Errors (c10::Error): shapes, types, devices.
at::Tensor relative_attention(const at::Tensor& query, const at::Tensor& key,
                              const at::Tensor& value, const at::Tensor& positions,
                              const at::Tensor& content_bias, const at::Tensor& position_bias,
                              int64_t window);

/// The same at inference, where what the memory holds lies in a ring: no copy of what is there.
///
/// key, value: [batch, length, heads, d], the new ones. ring_keys, ring_values: contiguous [batch,
/// heads, memory + length, d], read and renewed in place. seen: int64 [1] on the same device: how
/// many tokens the ring has been given, modulo any multiple of memory + length. The memory's oldest
/// key is at slot seen mod (memory + length), the next ones follow; the new keys are put behind
/// them, into slots that this step does not read. The caller adds `length` to `seen` before the
/// next step: once for all rings of a network, on the device, so that a captured step goes on
/// turning.
/// positions: [memory + length, heads, d]. Without a memory rings are not touched and may be empty.
/// No gradient. Otherwise as above; the CPU has the scores of 32 queries of one head at a time.
at::Tensor relative_attention_step(const at::Tensor& query, const at::Tensor& key,
                                   const at::Tensor& value, const at::Tensor& ring_keys,
                                   const at::Tensor& ring_values, const at::Tensor& seen,
                                   const at::Tensor& positions, const at::Tensor& content_bias,
                                   const at::Tensor& position_bias, int64_t window);

}  // namespace plumbline::kernels
