#include "kernels/cpu/winograd_tile_body.h"

namespace plumbline::kernels {

constinit const WinogradTile winograd_tile_avx512{16, WinogradVectors<16>::by_two,
                                                  WinogradVectors<16>::by_four};

}  // namespace plumbline::kernels
