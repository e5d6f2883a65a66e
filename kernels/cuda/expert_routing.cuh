#pragma once
#include <cstdint>

#include "kernels/cuda/barriers.cuh"
#include "kernels/cuda/matrix_fragments.cuh"

/// Which experts a token goes to, and the order of tokens by expert, in two launches.
namespace plumbline::kernels {

constexpr int most_routed_experts = 32;

template <class Element>
struct ExpertRouting {
  const Element* x;     ///< [tokens, d]
  const Element* gate;  ///< [experts, d]
  int* choice;          ///< [tokens · top_k]: a slot's expert
  float* share;         ///< [tokens · top_k]: its weight
  int tokens, d, experts, top_k;
};

constexpr int routing_warps = 4, tokens_per_block = 16;

/// The greatest of four lanes' values and where it is; of equal ones the first expert's.
inline __device__ void find_greatest(float& value, int& expert) {
#pragma unroll
  for (int distance = 1; distance < 4; distance *= 2) {
    const float other = __shfl_xor_sync(~0u, value, distance);
    const int its = __shfl_xor_sync(~0u, expert, distance);
    if (other > value || (other == value && its < expert)) value = other, expert = its;
  }
}

/// What a token's four lanes, of eight experts each `groups` times two, make of its logits.
template <class Element, int groups>
__device__ void choose(const ExpertRouting<Element>& r, const float (&logits)[2 * groups],
                       int64_t token) {
  const int t = threadIdx.x % 4;
  const auto expert_of = [&](int i) { return i / 2 * 8 + 2 * t + i % 2; };
  float greatest = -INFINITY, next = -INFINITY;
  int first = most_routed_experts, second = most_routed_experts;
#pragma unroll
  for (int i = 0; i < 2 * groups; ++i)
    if (expert_of(i) < r.experts && (first == most_routed_experts || logits[i] > greatest))
      greatest = logits[i], first = expert_of(i);
  find_greatest(greatest, first);
  if (r.top_k == 1) {
    float total = 0;
#pragma unroll
    for (int i = 0; i < 2 * groups; ++i)
      if (expert_of(i) < r.experts) total += expf(logits[i] - greatest);
    total += __shfl_xor_sync(~0u, total, 1);
    total += __shfl_xor_sync(~0u, total, 2);
    if (t == 0 && token < r.tokens) {
      r.choice[token] = first;
      r.share[token] = 1.0f / total;
    }
    return;
  }
#pragma unroll
  for (int i = 0; i < 2 * groups; ++i)
    if (expert_of(i) < r.experts && expert_of(i) != first &&
        (second == most_routed_experts || logits[i] > next))
      next = logits[i], second = expert_of(i);
  find_greatest(next, second);
  if (t == 0 && token < r.tokens) {
    // Both renormalised: all others' shares cancel.
    const float share = 1.0f / (1.0f + expf(next - greatest));
    r.choice[2 * token] = first;
    r.choice[2 * token + 1] = second;
    r.share[2 * token] = share;
    r.share[2 * token + 1] = 1.0f - share;
  }
}

/// A block has 16 tokens, each warp a fourth of their depth, so that all of it is on its way at
/// once; `groups`: of eight experts. A lane reads eight neighbours of a row and multiplies them in
/// two products: in which order a sum's terms come is the same for both factors.
template <class Element, int groups>
__global__ void __launch_bounds__(routing_warps * 32)
    choose_experts(const ExpertRouting<Element> r) {
  __shared__ float4 parts[routing_warps - 1][groups][32];
  wait_for_last_kernel();
  begin_next_kernel();
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, t = lane % 4;
  const int64_t first_token = static_cast<int64_t>(blockIdx.x) * tokens_per_block;
  const auto row_of = [&](int64_t token) { return r.x + min(token, int64_t{r.tokens} - 1) * r.d; };
  const Element *upper = row_of(first_token + g), *lower = row_of(first_token + g + 8);
  float sums[groups][4] = {};
#pragma unroll 4
  for (int base = 32 * warp; base < r.d; base += 32 * routing_warps) {
    const int column = base + 8 * t;
    const bool inside = column < r.d;
    const auto read = [&](const Element* row, bool there) {
      return there ? *reinterpret_cast<const uint4*>(row + column) : uint4{};
    };
    const uint4 above = read(upper, inside), below = read(lower, inside);
#pragma unroll
    for (int n = 0; n < groups; ++n) {
      const int expert = 8 * n + g;
      const uint4 gate =
          read(r.gate + static_cast<int64_t>(expert) * r.d, inside && expert < r.experts);
      fragments::multiply_add<Element>(sums[n], {above.x, below.x, above.y, below.y}, gate.x,
                                       gate.y);
      fragments::multiply_add<Element>(sums[n], {above.z, below.z, above.w, below.w}, gate.z,
                                       gate.w);
    }
  }
  if (warp > 0)
#pragma unroll
    for (int n = 0; n < groups; ++n)
      parts[warp - 1][n][lane] = make_float4(sums[n][0], sums[n][1], sums[n][2], sums[n][3]);
  __syncthreads();
  if (warp > 0) return;
#pragma unroll
  for (int n = 0; n < groups; ++n)
#pragma unroll
    for (int other = 0; other < routing_warps - 1; ++other) {
      const float4 part = parts[other][n][lane];
      sums[n][0] += part.x, sums[n][1] += part.y, sums[n][2] += part.z, sums[n][3] += part.w;
    }
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    // Rounded as a product in the network's type is: training chooses so.
    float logits[2 * groups];
#pragma unroll
    for (int i = 0; i < 2 * groups; ++i)
      logits[i] = fragments::unpacked<Element>(
                      fragments::packed<Element>(sums[i / 2][2 * half + i % 2], 0.0f))
                      .x;
    choose<Element, groups>(r, logits, first_token + g + 8 * half);
  }
}

constexpr int sorting_warps = 32;

/// Sorts slots by expert, stably; one block.
inline __global__ void __launch_bounds__(sorting_warps * 32)
    sort_slots(const int* __restrict__ choice, int* __restrict__ order, int* __restrict__ ends,
               int slots, int experts) {
  __shared__ int places[sorting_warps][most_routed_experts + 1], starts[most_routed_experts];
  wait_for_last_kernel();
  begin_next_kernel();
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int share = (slots + sorting_warps * 32 - 1) / (sorting_warps * 32) * 32;
  const int begin = warp * share, end = min(slots, begin + share);
  places[warp][lane] = 0;
  __syncwarp();
  // Many loads at a time, since nobody else hides how long they take.
  constexpr int ahead = 16;
  const auto each = [&](auto&& body) {
    for (int i = begin; i < end; i += 32 * ahead) {
      int experts_of[ahead];
#pragma unroll
      for (int j = 0; j < ahead; ++j) {
        const int slot = i + 32 * j + lane;
        experts_of[j] = slot < end ? choice[slot] : -1;
      }
#pragma unroll
      for (int j = 0; j < ahead; ++j) {
        if (i + 32 * j >= end) break;
        const unsigned same = __match_any_sync(~0u, experts_of[j]);
        body(i + 32 * j + lane, experts_of[j], same, __popc(same & ((1u << lane) - 1)));
        __syncwarp();
      }
    }
  };
  // Each warp's own slots by expert,
  each([&](int, int expert, unsigned same, int rank) {
    if (expert >= 0 && rank == 0) places[warp][expert] += __popc(same);
  });
  __syncthreads();
  // where they begin within their expert, a warp for each of those,
  const auto sum_up_to = [&](int value) {
#pragma unroll
    for (int distance = 1; distance < 32; distance *= 2) {
      const int other = __shfl_up_sync(~0u, value, distance);
      if (lane >= distance) value += other;
    }
    return value;
  };
  if (warp < experts) {
    const int count = places[lane][warp], sum = sum_up_to(count);
    places[lane][warp] = sum - count;
    if (lane == 31) starts[warp] = sum;
  }
  __syncthreads();
  if (warp == 0) {
    const int count = lane < experts ? starts[lane] : 0, sum = sum_up_to(count);
    if (lane < experts) {
      ends[lane] = sum;
      starts[lane] = sum - count;
    }
  }
  __syncthreads();
  if (lane < experts) places[warp][lane] += starts[lane];
  __syncwarp();
  // and their places.
  each([&](int slot, int expert, unsigned same, int rank) {
    if (expert >= 0) order[places[warp][expert] + rank] = slot;
    __syncwarp();
    if (expert >= 0 && rank == 0) places[warp][expert] += __popc(same);
  });
}

}  // namespace plumbline::kernels
