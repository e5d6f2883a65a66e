#pragma once
#include <cstdint>

#include "kernels/cuda/attention_tiles.cuh"

/// The gradient of relative_attention.h on tensor cores. A block has 64 keys of one head of one
/// batch entry and goes through the queries that see them, 64 at a time: shares again from the
/// sums that the forward pass kept, then the scores' gradients. Those by key and value stay in
/// registers until all queries are through. The scores' gradients themselves are written twice, by
/// key and by distance: what queries, distances and biases get of them are plain products, with no
/// sum whose order depends on time.
namespace plumbline::kernels {

template <class Element>
struct AttentionBackward {
  const Element *key, *value, *grad;  ///< [batch, keys, heads, d]; grad [batch, length, heads, d]
  AttentionStrides key_strides, value_strides, grad_strides;
  const Element* content;    ///< [batch, heads, length, d]: queries with content_bias
  const Element* position;   ///< [heads, batch, length, d]: with position_bias
  const Element* positions;  ///< [keys, heads, d]
  int64_t position_row, position_head;
  const float *logsumexp, *mean;  ///< [batch, heads, length]; mean: Σ grad · output
  Element* by_key;                ///< [batch, heads, length, pitch], every column below `keys`
  Element* by_distance;           ///< [heads, batch, length, pitch], likewise
  Element *of_key, *of_value;     ///< [batch, keys, heads, d]
  int length, keys, d, window, pitch;
  float scale;  ///< 1 / √d
};

template <int D>
constexpr int attention_backward_bytes =
    11 * attention_tile * D * 2 + attention_warps * 16 * turned_pitch * 4;

/// 16 × 64 of a warp in its part of shared memory, as 2-byte elements: shares, and behind them the
/// scores' gradients.
constexpr int kept_elements = 16 * turned_pitch;

template <class Element>
__device__ void keep_pairs(Element* kept, const float (&sums)[8][4]) {
  const int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
#pragma unroll
  for (int n = 0; n < 8; ++n)
#pragma unroll
    for (int r = 0; r < 2; ++r)
      *reinterpret_cast<unsigned*>(kept + (g + 8 * r) * turned_pitch + 8 * n + 2 * t) =
          fragments::packed<Element>(sums[n][2 * r], sums[n][2 * r + 1]);
}

/// Where a warp's scores' gradients go: `first_query` … of one head of one batch entry.
template <class Element>
struct ScoreRows {
  const AttentionBackward<Element>& a;
  int64_t of_key, of_distance;  ///< the first row of both
  int first_query;

  __device__ ScoreRows(const AttentionBackward<Element>& arguments, int head, int entry, int query)
      : a(arguments), first_query(query) {
    const int64_t heads = gridDim.y, batch = gridDim.z;
    of_key = (entry * heads + head) * a.length + query;
    of_distance = (head * batch + entry) * a.length + query;
  }

  /// Keys first … first + 63; zeros where `kept` is null.
  __device__ void write(const Element* kept, int first) const {
    const int lane = threadIdx.x % 32;
#pragma unroll
    for (int i = lane; i < 16 * 8; i += 32) {
      const int row = i / 8, column = first + i % 8 * 8;
      if (first_query + row < a.length && column < a.pitch)
        *reinterpret_cast<uint4*>(a.by_key + (of_key + row) * a.pitch + column) =
            kept ? *reinterpret_cast<const uint4*>(kept + row * turned_pitch + i % 8 * 8) : uint4{};
    }
    // A row begins anywhere.
#pragma unroll 4
    for (int row = 0; row < 16; ++row) {
      const int distance = a.length - 1 - first_query - row + first;
      if (first_query + row >= a.length) break;
#pragma unroll
      for (int key = lane; key < attention_tile; key += 32)
        if (distance + key < a.keys)
          a.by_distance[(of_distance + row) * a.pitch + distance + key] =
              kept ? kept[row * turned_pitch + key] : Element(0.0f);
    }
  }

  /// Distances that no key has.
  __device__ void clear_beyond() const {
    for (int row = 0; row < 16 && first_query + row < a.length; ++row)
      for (int i = threadIdx.x % 32; i < a.length - 1 - first_query - row; i += 32)
        a.by_distance[(of_distance + row) * a.pitch + i] = Element(0.0f);
  }
};

/// Rows of a tile in shared memory as the left factor: a warp's 16.
template <int D, class Element>
__device__ void read_factor(unsigned (&a)[D / 16][4], const Element* rows, int first) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int k = 0; k < D / 16; ++k)
    fragments::read_four(a[k],
                         rows + fragments::Rows<D>::offset(first + lane % 16, 2 * k + lane / 16));
}

/// Shares and scores' gradients of a warp's 16 queries by 64 keys, into its part of shared memory.
/// `near`: distances' rows 0 … 63 of the band, `far`: 64 … 127.
template <class Element, int D>
__device__ void score_gradients(float* turned, const AttentionBackward<Element>& a,
                                const Element* content, const Element* position,
                                const Element* grad, const Element* keys, const Element* values,
                                const Element* near, const Element* far, int first_query,
                                int first_key, int64_t row_of_sums) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, t = lane % 4;
  float scores[8][4], gradients[8][4] = {};
  unsigned factor[D / 16][4];
  read_factor<D>(factor, position, 16 * warp);
#pragma unroll
  for (int block = 0; block < 5; ++block) {
    const int row = 48 - 16 * warp + 16 * block;
    const Element* rows = row < attention_tile ? near + row * D : far + (row - attention_tile) * D;
    turn_distances<Element, D, false>(turned, factor, rows, 16 * block);
  }
  __syncwarp();
#pragma unroll
  for (int n = 0; n < 8; ++n)
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const float2 pair =
          *reinterpret_cast<const float2*>(turned + (g + 8 * r) * turned_pitch + 8 * n + 2 * t);
      scores[n][2 * r] = pair.x, scores[n][2 * r + 1] = pair.y;
    }
  read_factor<D>(factor, content, 16 * warp);
  multiply_by_rows<Element, D>(scores, factor, keys);
  read_factor<D>(factor, grad, 16 * warp);
  multiply_by_rows<Element, D>(gradients, factor, values);

  constexpr float of_two = 1.44269504088896340736f;
  const int before = a.keys - a.length;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int query = first_query + g + 8 * r, place = before + query;
    // Queries that are not there have no share in anything.
    const bool there = query < a.length;
    const float sum = there ? a.logsumexp[row_of_sums + g + 8 * r] * of_two : INFINITY;
    const float mean = there ? a.mean[row_of_sums + g + 8 * r] : 0.0f;
#pragma unroll
    for (int n = 0; n < 8; ++n)
#pragma unroll
      for (int c = 2 * r; c < 2 * r + 2; ++c) {
        const int key = first_key + 8 * n + 2 * t + (c & 1);
        const bool seen = key <= place && (a.window == 0 || key > place - a.window);
        const float share = seen ? power_of_two(fmaf(scores[n][c], a.scale * of_two, -sum)) : 0.0f;
        scores[n][c] = share;
        gradients[n][c] = share * (gradients[n][c] - mean) * a.scale;
      }
  }
  __syncwarp();
  Element* kept = reinterpret_cast<Element*>(turned);
  keep_pairs(kept, scores);
  keep_pairs(kept + kept_elements, gradients);
  __syncwarp();
}

/// Grid: tiles of keys, heads, batch.
template <class Element, int D>
__global__ void __launch_bounds__(attention_warps * 32, D <= 64 ? 2 : 1)
    attend_backward(const AttentionBackward<Element> a) {
  extern __shared__ __align__(128) unsigned char attention_memory[];
  constexpr int tile_elements = attention_tile * D;
  Element* keys = reinterpret_cast<Element*>(attention_memory);
  Element* values = keys + tile_elements;
  Element* contents = values + tile_elements;       // 2
  Element* queries = contents + 2 * tile_elements;  // 2
  Element* grads = queries + 2 * tile_elements;     // 2
  Element* distances = grads + 2 * tile_elements;   // 3
  float* turned = reinterpret_cast<float*>(distances + 3 * tile_elements);
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int tile = blockIdx.x, head = blockIdx.y, entry = blockIdx.z;
  const int first_key = tile * attention_tile, before = a.keys - a.length;
  float* own = turned + warp * 16 * turned_pitch;
  const Element* kept = reinterpret_cast<const Element*>(own);

  // Tiles of queries which see some of the keys.
  const int tiles = (a.length + attention_tile - 1) / attention_tile;
  const int begin = min(tiles, max(0, first_key - before) / attention_tile);
  int end = tiles;
  if (a.window > 0) {
    const int last = first_key + attention_tile - 1 + a.window - 1 - before;
    end = last < 0 ? begin : max(begin, min(tiles, last / attention_tile + 1));
  }
  for (int n = 0; n < tiles; ++n) {
    const ScoreRows<Element> rows(a, head, entry, n * attention_tile + 16 * warp);
    if (tile == 0) rows.clear_beyond();
    if (n < begin || n >= end) rows.write(nullptr, first_key);
  }

  const int64_t heads = gridDim.y, batch = gridDim.z;
  const Element* own_content = a.content + (entry * heads + head) * a.length * a.d;
  const Element* own_position = a.position + (head * batch + entry) * a.length * a.d;
  const Element* own_grad = a.grad + entry * a.grad_strides.batch + head * a.grad_strides.head;
  // Chunk m of distances: each tile of queries needs its own and the one before.
  const auto load_distances = [&](int chunk) {
    load_tile<Element, D>(distances + (chunk + 3) % 3 * tile_elements,
                          a.positions + head * a.position_head, a.position_row,
                          a.length + first_key - (chunk + 1) * attention_tile, a.keys, a.d);
  };
  const auto load_queries = [&](int n) {
    const int stage = n & 1, first = n * attention_tile;
    load_tile<Element, D>(contents + stage * tile_elements, own_content, a.d, first, a.length, a.d);
    load_tile<Element, D>(queries + stage * tile_elements, own_position, a.d, first, a.length, a.d);
    load_tile<Element, D>(grads + stage * tile_elements, own_grad, a.grad_strides.row, first,
                          a.length, a.d);
    load_distances(n);
  };
  if (begin < end) {
    load_tile<Element, D>(keys, a.key + entry * a.key_strides.batch + head * a.key_strides.head,
                          a.key_strides.row, first_key, a.keys, a.d);
    load_tile<Element, D>(values,
                          a.value + entry * a.value_strides.batch + head * a.value_strides.head,
                          a.value_strides.row, first_key, a.keys, a.d);
    load_distances(begin - 1);
    load_queries(begin);
  }
  fragments::close_group();

  float of_key[D / 8][4] = {}, of_value[D / 8][4] = {};
  for (int n = begin; n < end; ++n) {
    if (n + 1 < end) load_queries(n + 1);
    fragments::close_group();
    fragments::wait_for_groups<1>();
    __syncthreads();
    const int stage = n & 1, first_query = n * attention_tile + 16 * warp;
    const Element* content = contents + stage * tile_elements;
    const Element* grad = grads + stage * tile_elements;
    score_gradients<Element, D>(own, a, content, queries + stage * tile_elements, grad, keys,
                                values, distances + n % 3 * tile_elements,
                                distances + (n + 2) % 3 * tile_elements, first_query, first_key,
                                (entry * heads + head) * a.length + first_query);
    ScoreRows<Element>(a, head, entry, first_query).write(kept + kept_elements, first_key);
    __syncthreads();
    // A warp's 16 keys get something from all 64 queries.
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      const Element* block = reinterpret_cast<const Element*>(turned + k * 16 * turned_pitch) +
                             (lane / 16 * 8 + lane % 8) * turned_pitch + 16 * warp +
                             lane / 8 % 2 * 8;
      unsigned shares[4], gradients[4];
      fragments::read_four_turned(shares, block);
      add_rows<Element, D>(of_value, shares, grad, 16 * k);
      fragments::read_four_turned(gradients, block + kept_elements);
      add_rows<Element, D>(of_key, gradients, content, 16 * k);
    }
    __syncthreads();
  }
  const int64_t stride = heads * a.d;
  const int64_t start = entry * a.keys * stride + head * a.d;
  constexpr float one[2] = {1.0f, 1.0f};
  write_rows<Element, D>(of_key, one, own, a.of_key + start, stride, first_key + 16 * warp, a.keys,
                         a.d);
  write_rows<Element, D>(of_value, one, own, a.of_value + start, stride, first_key + 16 * warp,
                         a.keys, a.d);
}

/// Queries with both biases and Σ grad · output: a row of one head is 16 lanes' work.
template <class Element>
struct AttentionPreparation {
  const Element *query, *grad, *output;
  AttentionStrides query_strides, grad_strides;
  const Element *content_bias, *position_bias;
  Element *content, *position;
  float* mean;
  int batch, length, heads, d;
};

constexpr int preparing_threads = 256, lanes_of_row = 16;

template <class Element>
__global__ void __launch_bounds__(preparing_threads)
    prepare_backward(const AttentionPreparation<Element> a) {
  const int64_t row =
      (static_cast<int64_t>(blockIdx.x) * preparing_threads + threadIdx.x) / lanes_of_row;
  const int piece = threadIdx.x % lanes_of_row * 8;
  const int64_t rows = static_cast<int64_t>(a.batch) * a.length * a.heads;
  float sum = 0;
  const int64_t head = row % a.heads, query = row / a.heads % a.length,
                entry = row / a.heads / a.length;
  if (row < rows && piece < a.d) {
    float q[8], u[8], v[8], grad[8], output[8];
    fragments::read_eight(q, a.query + entry * a.query_strides.batch + query * a.query_strides.row +
                                 head * a.query_strides.head + piece);
    fragments::read_eight(grad, a.grad + entry * a.grad_strides.batch + query * a.grad_strides.row +
                                    head * a.grad_strides.head + piece);
    fragments::read_eight(output, a.output + row * a.d + piece);
    fragments::read_eight(u, a.content_bias + head * a.d + piece);
    fragments::read_eight(v, a.position_bias + head * a.d + piece);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      sum = fmaf(grad[i], output[i], sum);
      u[i] += q[i];
      v[i] += q[i];
    }
    fragments::write_eight(a.content + ((entry * a.heads + head) * a.length + query) * a.d + piece,
                           u);
    fragments::write_eight(a.position + ((head * a.batch + entry) * a.length + query) * a.d + piece,
                           v);
  }
#pragma unroll
  for (int distance = lanes_of_row / 2; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(~0u, sum, distance);
  if (row < rows && piece == 0) a.mean[(entry * a.heads + head) * a.length + query] = sum;
}

}  // namespace plumbline::kernels
