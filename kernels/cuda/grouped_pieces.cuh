#pragma once
#include "kernels/cuda/grouped_product.cuh"

/// Which part of grouped_product.cuh's products a block takes, where there is one block for every
/// processor, and the ring of shared memory through which it goes down the depth.
namespace plumbline::kernels {

/// What blocks take in turns, alike for all warps and for all lanes of a warp at once: whole tiles
/// as long as there is one for every block, then the rest, in as many pieces of fewer columns as
/// there are blocks for. A group has as few tiles of at most `tile_rows` rows as it takes; where
/// the Tile is `even` they have its rows in equal shares, else all but the last are full. Lane n
/// knows group n.
template <class Element, class Tile>
class PieceFinder {
 public:
  __device__ explicit PieceFinder(const GroupedProduct<Element>& p) {
    const int lane = threadIdx.x % 32;
    end_ = lane < p.groups ? p.ends[lane] : 0;
    begin_ = __shfl_up_sync(~0u, end_, 1);
    if (lane == 0) begin_ = 0;
    const int rows = lane < p.groups ? end_ - begin_ : 0;
    tiles_ = (rows + p.tile_rows - 1) / p.tile_rows;
    each_ = p.tile_rows;
    if (Tile::even && tiles_ > 0) each_ = (rows + tiles_ - 1) / tiles_;
#pragma unroll
    for (int distance = 1; distance < 32; distance *= 2) {
      const int other = __shfl_up_sync(~0u, tiles_, distance);
      if (lane >= distance) tiles_ += other;
    }
    across_ = (p.width + Tile::columns - 1) / Tile::columns;
    const int all = __shfl_sync(~0u, tiles_, 31) * across_, blocks = static_cast<int>(gridDim.x);
    whole_ = all / blocks * blocks;
    const int rest = all - whole_;
    while (Tile::columns / (2 * split_) >= Tile::narrowest && 2 * split_ * rest <= blocks)
      split_ *= 2;
    count_ = whole_ + rest * split_;
  }
  __device__ int count() const { return count_; }

  struct Piece {
    int group, begin, rows, first_column, columns;
  };
  __device__ Piece at(int piece) const {
    const bool whole = piece < whole_;
    const int tile = whole ? piece : whole_ + (piece - whole_) / split_;
    const int columns = whole ? Tile::columns : Tile::columns / split_;
    const int part = whole ? 0 : (piece - whole_) % split_;
    const int down = tile / across_;
    const int group = __popc(__ballot_sync(~0u, tiles_ <= down));
    const int before = group == 0 ? 0 : __shfl_sync(~0u, tiles_, group - 1);
    const int each = __shfl_sync(~0u, each_, group);
    const int begin = __shfl_sync(~0u, begin_, group) + (down - before) * each;
    return {group, begin, min(each, __shfl_sync(~0u, end_, group) - begin),
            tile % across_ * Tile::columns + part * columns, columns};
  }

 private:
  int begin_, end_, each_, tiles_, across_, whole_, split_ = 1, count_;
};

/// A place in the ring of stages, and how often, by its parity, the ring went round.
template <int stages>
struct RingPlace {
  int stage = 0;
  unsigned parity = 0;
  __device__ void advance() {
    if (++stage == stages) stage = 0, parity ^= 1;
  }
};

}  // namespace plumbline::kernels
