#include "kernels/cpu/winograd_tile_body.h"

namespace plumbline::kernels {

constinit const WinogradTile winograd_tile_avx2{8, WinogradVectors<8>::by_two,
                                                WinogradVectors<8>::by_four};

}  // namespace plumbline::kernels
