#include "kernels/cpu/panel_tile_body.h"

namespace plumbline::kernels {

namespace {

using V = Vectors<8>;

// 12 sums, of 16 registers.
constexpr void (*tiles[])(const Tile&) = {V::tile<1>, V::tile<2>, V::tile<3>,
                                          V::tile<4>, V::tile<5>, V::tile<6>};

}  // namespace

constinit const TileKernel tile_kernel_avx2{V::columns, 6, tiles, V::pack};

}  // namespace plumbline::kernels
