#include "kernels/cpu/panel_tile_body.h"

namespace plumbline::kernels {

namespace {

using V = Vectors<16>;

// 24 sums, of 32 registers.
constexpr void (*tiles[])(const Tile&) = {V::tile<1>, V::tile<2>,  V::tile<3>,  V::tile<4>,
                                          V::tile<5>, V::tile<6>,  V::tile<7>,  V::tile<8>,
                                          V::tile<9>, V::tile<10>, V::tile<11>, V::tile<12>};

}  // namespace

constinit const TileKernel tile_kernel_avx512{V::columns, 12, tiles, V::pack};

}  // namespace plumbline::kernels
