#pragma once
#include <cstdint>

#include <cooperative_groups.h>

#include "kernels/cuda/attention_tiles.cuh"

/// relative_attention.h's forward pass on tensor cores: a block has 64 queries of one head of one
/// batch entry, a warp 16 of them, and goes through its keys 64 at a time, as flash attention does
/// (Dao et al. 2022). Key j meets query i at row length − 1 − i + j of `positions`: a tile needs a
/// band of 127 of those rows, of which half were there for the tile before. Their products come out
/// of the tensor cores by distance; each warp turns its own, through shared memory, into products
/// by key, which are the sums that queries × keys start from.
///
/// Where blocks would be too few for the device, up to 8 share the keys of the same queries: a
/// cluster, whose partial results are added in the order of the keys.
namespace plumbline::kernels {

/// `fresh` keys come after `remembered` ones that lie in a ring.
template <class Element>
struct AttentionForward {
  const Element *query, *key, *value;
  AttentionStrides query_strides, key_strides, value_strides;
  Element *ring_keys, *ring_values;  ///< [batch, heads, remembered + fresh, d]
  const int64_t* seen;
  const Element* positions;
  int64_t position_row, position_head;
  const Element *content_bias, *position_bias;
  Element* output;   ///< [batch, length, heads, d]
  float* logsumexp;  ///< [batch, heads, length], or null
  int length, remembered, fresh, d, window;
  float scale;
  int splits;
};

template <int D>
constexpr int attention_forward_bytes =
    7 * attention_tile * D * 2 + attention_warps * 16 * turned_pitch * 4;

/// Where a block's keys, values and distances come from.
template <class Element, int D>
struct AttentionSource {
  const AttentionForward<Element>& a;
  int head, entry, start, first_query;

  __device__ int capacity() const { return a.remembered + a.fresh; }
  __device__ int slot(int key) const {
    const int turned = start + key;
    return turned >= capacity() ? turned - capacity() : turned;
  }
  /// Where this head's slots begin.
  __device__ int64_t ring_begin() const {
    return (static_cast<int64_t>(entry) * gridDim.y + head) * capacity() * a.d;
  }

  /// One tile of keys or values.
  __device__ void load(Element* to, int tile, const Element* ring, const Element* fresh,
                       const AttentionStrides& strides) const {
    const TileShare<D> share;
    const Element* own = fresh + entry * strides.batch + head * strides.head + share.piece * 8;
    const Element* ring_own = a.remembered > 0 ? ring + ring_begin() + share.piece * 8 : own;
    const bool inside = share.piece * 8 < a.d;
#pragma unroll
    for (int time = 0; time < share.times; ++time) {
      const int key = tile * attention_tile + share.row + time * share.step;
      const bool there = inside && key < capacity(), old = key < a.remembered;
      const int64_t stride = old ? a.d : strides.row;
      const int row = there ? (old ? slot(key) : key - a.remembered) : 0;
      fragments::copy_ahead(to + share.target_of(time), (old ? ring_own : own) + row * stride,
                            there);
    }
  }

  /// 64 rows of distances, such that key tile n needs the n-th and the one after.
  __device__ void load_positions(Element* to, int chunk) const {
    load_tile<Element, D>(to, a.positions + head * a.position_head, a.position_row,
                          a.length - attention_tile - first_query + chunk * attention_tile,
                          capacity(), a.d);
  }

  /// Puts the tile's fresh keys and values which belong to this block's queries into the ring: the
  /// slots that nobody reads in this step.
  __device__ void keep(const Element* keys, const Element* values, int tile) const {
    const int begin = tile * attention_tile;
    if (a.remembered == 0 || begin + attention_tile <= a.remembered + first_query ||
        begin >= a.remembered + first_query + attention_tile)
      return;
    const TileShare<D> share;
#pragma unroll
    for (int time = 0; time < share.times; ++time) {
      const int key = begin + share.row + time * share.step;
      const int query = key - a.remembered - first_query;
      if (query < 0 || query >= attention_tile || key >= capacity() || share.piece * 8 >= a.d)
        continue;
      const int64_t to = ring_begin() + static_cast<int64_t>(slot(key)) * a.d + share.piece * 8;
      const int from = share.target_of(time);
      *reinterpret_cast<uint4*>(a.ring_keys + to) = *reinterpret_cast<const uint4*>(keys + from);
      *reinterpret_cast<uint4*>(a.ring_values + to) =
          *reinterpret_cast<const uint4*>(values + from);
    }
  }
};

/// Scores · V so far, with the largest score and the sum of powers of rows g and g + 8.
template <int D>
struct AttentionRunning {
  float sums[D / 8][4] = {};
  float largest[2] = {-INFINITY, -INFINITY};
  float total[2] = {};  ///< this lane's share
};

template <class Element, int D>
__device__ void attend_tile(AttentionRunning<D>& running, const unsigned (&content)[D / 16][4],
                            const unsigned (&position)[D / 16][4], const Element* keys,
                            const Element* values, const Element* positions, int oldest_chunk,
                            float* turned, const AttentionForward<Element>& a, int tile,
                            int first_place, bool begins) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, t = lane % 4;
  // Rows of the ring of three chunks.
  const auto ring = [&](int of_oldest) {
    const int at = oldest_chunk * attention_tile + of_oldest;
    return positions + (at >= 3 * attention_tile ? at - 3 * attention_tile : at) * D;
  };
  float scores[8][4];
  if (begins) turn_distances<Element, D, true>(turned, position, ring(48 - 16 * warp), 0);
#pragma unroll
  for (int part = 0; part < 2; ++part) {
#pragma unroll
    for (int n = 0; n < 2; ++n)
      turn_distances<Element, D, true>(turned, position, ring(64 - 16 * warp + 32 * part + 16 * n),
                                       32 * part + 16 + 16 * n);
    __syncwarp();
#pragma unroll
    for (int n = 4 * part; n < 4 * part + 4; ++n) {
      const float2 upper =
          *reinterpret_cast<const float2*>(turned + g * turned_pitch + 8 * n + 2 * t);
      const float2 lower =
          *reinterpret_cast<const float2*>(turned + (g + 8) * turned_pitch + 8 * n + 2 * t);
      scores[n][0] = upper.x, scores[n][1] = upper.y, scores[n][2] = lower.x,
      scores[n][3] = lower.y;
    }
    __syncwarp();
  }
  multiply_by_rows<Element, D>(scores, content, keys);

  const int begin = tile * attention_tile;
  if (begin + attention_tile - 1 > first_place ||
      (a.window > 0 && begin <= first_place + 15 - a.window)) {
#pragma unroll
    for (int n = 0; n < 8; ++n)
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        const int key = begin + 8 * n + 2 * t + (c & 1), place = first_place + g + (c >= 2 ? 8 : 0);
        if (key > place || (a.window > 0 && key <= place - a.window)) scores[n][c] = -INFINITY;
      }
  }

#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float largest = running.largest[r];
#pragma unroll
    for (int n = 0; n < 8; ++n)
      largest = fmaxf(largest, fmaxf(scores[n][2 * r], scores[n][2 * r + 1]));
    largest = fmaxf(largest, __shfl_xor_sync(~0u, largest, 1));
    largest = fmaxf(largest, __shfl_xor_sync(~0u, largest, 2));
    // Rows of which nothing is seen yet.
    const float base = largest == -INFINITY ? 0.0f : largest * a.scale;
    const float shrink = power_of_two(running.largest[r] * a.scale - base);
    running.largest[r] = largest;
    float total = 0;
#pragma unroll
    for (int n = 0; n < 8; ++n) {
      scores[n][2 * r] = power_of_two(fmaf(scores[n][2 * r], a.scale, -base));
      scores[n][2 * r + 1] = power_of_two(fmaf(scores[n][2 * r + 1], a.scale, -base));
      total += scores[n][2 * r] + scores[n][2 * r + 1];
    }
    running.total[r] = running.total[r] * shrink + total;
#pragma unroll
    for (int n = 0; n < D / 8; ++n) {
      running.sums[n][2 * r] *= shrink;
      running.sums[n][2 * r + 1] *= shrink;
    }
  }
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    const unsigned weights[4] = {
        fragments::packed<Element>(scores[2 * k][0], scores[2 * k][1]),
        fragments::packed<Element>(scores[2 * k][2], scores[2 * k][3]),
        fragments::packed<Element>(scores[2 * k + 1][0], scores[2 * k + 1][1]),
        fragments::packed<Element>(scores[2 * k + 1][2], scores[2 * k + 1][3])};
    add_rows<Element, D>(running.sums, weights, values, 16 * k);
  }
}

/// Queries of a warp as fragments, with a bias: rounded once.
template <class Element, int D>
__device__ void read_queries(unsigned (&content)[D / 16][4], unsigned (&position)[D / 16][4],
                             const AttentionForward<Element>& a, int entry, int head,
                             int first_query) {
  const int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  const auto pair = [](const Element* at) {
    return fragments::unpacked<Element>(*reinterpret_cast<const unsigned*>(at));
  };
  const Element* own = a.query + entry * a.query_strides.batch + head * a.query_strides.head;
#pragma unroll
  for (int k = 0; k < D / 16; ++k)
#pragma unroll
    for (int c = 0; c < 4; ++c) {
      const int row = first_query + g + 8 * (c & 1), column = 16 * k + 2 * t + 8 * (c >> 1);
      float2 q{}, u{}, v{};
      if (column < a.d) {
        if (row < a.length) q = pair(own + row * a.query_strides.row + column);
        u = pair(a.content_bias + head * a.d + column);
        v = pair(a.position_bias + head * a.d + column);
      }
      content[k][c] = fragments::packed<Element>(q.x + u.x, q.y + u.y);
      position[k][c] = fragments::packed<Element>(q.x + v.x, q.y + v.y);
    }
}

constexpr float natural = 0.69314718055994530942f;

/// A warp's 16 rows, when its block has seen all keys.
template <class Element, int D>
__device__ void write_own_rows(const AttentionRunning<D>& running,
                               const AttentionForward<Element>& a, float* scratch, int entry,
                               int head, int first_query) {
  const int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  float factors[2];
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float total = running.total[r];
    total += __shfl_xor_sync(~0u, total, 1);
    total += __shfl_xor_sync(~0u, total, 2);
    factors[r] = 1.0f / total;
    const int row = first_query + g + 8 * r;
    if (a.logsumexp && t == 0 && row < a.length)
      a.logsumexp[(static_cast<int64_t>(entry) * gridDim.y + head) * a.length + row] =
          (running.largest[r] * a.scale + log2f(total)) * natural;
  }
  const int64_t stride = static_cast<int64_t>(gridDim.y) * a.d;
  write_rows<Element, D>(running.sums, factors, scratch,
                         a.output + entry * a.length * stride + head * a.d, stride, first_query,
                         a.length, a.d);
}

/// The same where blocks of a cluster have seen different keys.
template <class Element, int D>
__device__ void write_shared_rows(const AttentionRunning<D>& running,
                                  const AttentionForward<Element>& a, float* memory, int entry,
                                  int head, int first_query) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  namespace cg = cooperative_groups;
  const auto cluster = cg::this_cluster();
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, t = lane % 4;
  constexpr int pitch = D + 8;
  float* largest = memory + attention_tile * pitch;
  float* totals = largest + attention_tile;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int row = 16 * warp + g + 8 * r;
    float total = running.total[r];
    total += __shfl_xor_sync(~0u, total, 1);
    total += __shfl_xor_sync(~0u, total, 2);
    if (t == 0) largest[row] = running.largest[r], totals[row] = total;
#pragma unroll
    for (int n = 0; n < D / 8; ++n)
      *reinterpret_cast<float2*>(memory + row * pitch + 8 * n + 2 * t) =
          make_float2(running.sums[n][2 * r], running.sums[n][2 * r + 1]);
  }
  cluster.sync();
  const int blocks = a.splits, rows = attention_tile / blocks;
  const int first = static_cast<int>(cluster.block_rank()) * rows;
  for (int i = threadIdx.x; i < rows * D / 4; i += attention_warps * 32) {
    const int row = first + i / (D / 4), column = i % (D / 4) * 4, query = first_query + row;
    float most = -INFINITY;
#pragma unroll 8
    for (int block = 0; block < blocks; ++block)
      most = fmaxf(most, *cluster.map_shared_rank(largest + row, block));
    const float base = most == -INFINITY ? 0.0f : most * a.scale;
    float total = 0;
    float4 sum{};
#pragma unroll 8
    for (int block = 0; block < blocks; ++block) {
      const float share =
          power_of_two(*cluster.map_shared_rank(largest + row, block) * a.scale - base);
      const float4 part = *reinterpret_cast<const float4*>(
          cluster.map_shared_rank(memory + row * pitch + column, block));
      total += share * *cluster.map_shared_rank(totals + row, block);
      sum.x += share * part.x, sum.y += share * part.y;
      sum.z += share * part.z, sum.w += share * part.w;
    }
    if (query >= a.length || column >= a.d) continue;
    const float inverse = 1.0f / total;
    if (a.logsumexp && column == 0)
      a.logsumexp[(static_cast<int64_t>(entry) * gridDim.y + head) * a.length + query] =
          (base + log2f(total)) * natural;
    const uint2 pairs{fragments::packed<Element>(sum.x * inverse, sum.y * inverse),
                      fragments::packed<Element>(sum.z * inverse, sum.w * inverse)};
    *reinterpret_cast<uint2*>(
        a.output + ((static_cast<int64_t>(entry) * a.length + query) * gridDim.y + head) * a.d +
        column) = pairs;
  }
  // Others may still read what is this block's.
  cluster.sync();
#endif
}

/// Grid: splits · tiles of queries, heads, batch; a cluster is the splits of one tile.
template <class Element, int D>
__global__ void __launch_bounds__(attention_warps * 32, D <= 64 ? 3 : 1)
    attend_forward(const AttentionForward<Element> a) {
  extern __shared__ __align__(128) unsigned char attention_memory[];
  Element* keys = reinterpret_cast<Element*>(attention_memory);
  constexpr int tile_elements = attention_tile * D;
  Element* values = keys + 2 * tile_elements;
  Element* positions = values + 2 * tile_elements;
  float* turned = reinterpret_cast<float*>(positions + 3 * tile_elements);
  const int warp = threadIdx.x / 32;
  turned += warp * 16 * turned_pitch;

  const int split = blockIdx.x % a.splits, first_query = blockIdx.x / a.splits * attention_tile;
  const int head = blockIdx.y, entry = blockIdx.z;
  const int all = a.remembered + a.fresh, before = all - a.length;
  const int start = a.remembered > 0 ? static_cast<int>(*a.seen % all) : 0;
  const AttentionSource<Element, D> source{a, head, entry, start, first_query};
  // Tiles that some query sees, and this block's share of them.
  const int last_key = before + min(first_query + attention_tile, a.length);
  const int lowest =
      a.window > 0 ? max(0, before + first_query - a.window + 1) / attention_tile : 0;
  const int tiles = (last_key + attention_tile - 1) / attention_tile - lowest;
  const int first = lowest + tiles * split / a.splits,
            end = lowest + tiles * (split + 1) / a.splits;

  if (first < end) {
    source.load_positions(positions, first);
    source.load_positions(positions + tile_elements, first + 1);
    source.load(keys, first, a.ring_keys, a.key, a.key_strides);
    source.load(values, first, a.ring_values, a.value, a.value_strides);
  }
  fragments::close_group();
  unsigned content[D / 16][4], position[D / 16][4];
  read_queries<Element, D>(content, position, a, entry, head, first_query + 16 * warp);

  AttentionRunning<D> running;
  const int first_place = before + first_query + 16 * warp;
  int oldest = 0;
  for (int tile = first; tile < end; ++tile) {
    const int stage = (tile - first) & 1;
    if (tile + 1 < end) {
      const int free = oldest == 0 ? 2 : oldest - 1;
      source.load_positions(positions + free * tile_elements, tile + 2);
      source.load(keys + (1 - stage) * tile_elements, tile + 1, a.ring_keys, a.key, a.key_strides);
      source.load(values + (1 - stage) * tile_elements, tile + 1, a.ring_values, a.value,
                  a.value_strides);
    }
    fragments::close_group();
    fragments::wait_for_groups<1>();
    __syncthreads();
    const Element *tile_keys = keys + stage * tile_elements,
                  *tile_values = values + stage * tile_elements;
    // A warp whose queries all come before these keys has nothing to see.
    if (tile * attention_tile <= first_place + 15)
      attend_tile<Element, D>(running, content, position, tile_keys, tile_values, positions, oldest,
                              turned, a, tile, first_place, tile == first);
    source.keep(tile_keys, tile_values, tile);
    oldest = oldest == 2 ? 0 : oldest + 1;
    __syncthreads();
  }
  if (a.splits == 1)
    write_own_rows<Element, D>(running, a, turned, entry, head, first_query + 16 * warp);
  else
    write_shared_rows<Element, D>(running, a, reinterpret_cast<float*>(attention_memory), entry,
                                  head, first_query);
}

}  // namespace plumbline::kernels
