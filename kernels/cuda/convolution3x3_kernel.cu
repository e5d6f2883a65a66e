#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "kernels/convolution3x3.h"

namespace plumbline::kernels {

namespace {

// A thread keeps the sums of 8 output channels × 2 rows × 4 columns in registers: 576 products for
// an input channel cost 4 loads of its own pixels and 18 loads of weights that its whole warp
// shares. Channels come in pieces through two buffers in shared memory: one is filled while the
// other is used. A block has whole rows, so that a neighbour's pixels come from the lane beside it
// and the border from nowhere.
constexpr int outputs_per_thread = 8, rows_per_thread = 2, columns_per_thread = 4;
constexpr int channels_per_piece = 8, taps = 9;

/// What a block computes: `images_` images × `height_` rows of at most `width_` pixels × `outputs_`
/// output channels. `pitch_` is a row's in shared memory, such that lanes hit different banks.
template <int width_, int height_, int pitch_, int images_, int outputs_, int blocks_>
struct Tile {
  static constexpr int width = width_, height = height_, pitch = pitch_, images = images_;
  static constexpr int outputs = outputs_;
  static constexpr int blocks_per_processor = blocks_;
  static constexpr int lanes_x = width / columns_per_thread, lanes_y = height / rows_per_thread;
  static constexpr int places = images * lanes_y * lanes_x;
  static constexpr int threads = places * outputs / outputs_per_thread;
  static constexpr int halo_rows = height + 2;
  static constexpr int pixels = channels_per_piece * images * halo_rows * pitch;
  static constexpr int weights = channels_per_piece * taps * outputs;
  static constexpr int bytes = 2 * (pixels + weights) * static_cast<int>(sizeof(float));
  static_assert(places % 32 == 0, "a warp must have one set of weights");
  static_assert(32 % lanes_x == 0, "neighbours must be in one warp");
};
using Wide = Tile<32, 16, 32, 1, 16, 4>;
using Middle = Tile<16, 16, 24, 1, 32, 4>;
using Narrow = Tile<8, 8, 12, 4, 64, 2>;

struct Layer {
  int images, channels, outputs, height, width;
};

// Processors before 8.0 have no copies in the background, and less shared memory than a block
// takes: the layer is refused there, and this only has to compile.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
template <int bytes>
__device__ void copy_ahead(float*, const float*, bool) {}
__device__ void close_group() {}
template <int open>
__device__ void wait_for_groups() {}
#else
/// Copies `bytes` (4 or 16) to shared memory in the background, or zeros where `there` is false.
template <int bytes>
__device__ void copy_ahead(float* target, const float* source, bool there) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(target));
  const int size = there ? bytes : 0;
  if constexpr (bytes == 16)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(source),
                 "r"(size));
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(address), "l"(source),
                 "r"(size));
}
__device__ void close_group() { asm volatile("cp.async.commit_group;"); }
template <int open>
__device__ void wait_for_groups() {
  asm volatile("cp.async.wait_group %0;" ::"n"(open));
}
#endif

/// `whole`: rows are as wide as the tile, so that four pixels are copied at once.
template <class T, bool whole>
__global__ void __launch_bounds__(T::threads, T::blocks_per_processor)
    convolve(const float* __restrict__ x, const float* __restrict__ weight,
             const float* __restrict__ bias, const float* __restrict__ addend,
             float* __restrict__ y, const Layer layer, const bool relu) {
  extern __shared__ __align__(16) float memory[];
  const int thread = static_cast<int>(threadIdx.x);
  const int place = thread % T::places, group = thread / T::places;
  const int lane_x = place % T::lanes_x, lane_y = place / T::lanes_x % T::lanes_y;
  const int first_image = static_cast<int>(blockIdx.x) * T::images;
  const int first_output = static_cast<int>(blockIdx.y) * T::outputs;
  const int first_row = static_cast<int>(blockIdx.z) * T::height;
  const int plane = layer.height * layer.width;

  const auto fill = [&](int piece) {
    float* pixels = memory + (piece & 1) * (T::pixels + T::weights);
    float* weights = pixels + T::pixels;
    const int first = piece * channels_per_piece;
    const int channels = min(channels_per_piece, layer.channels - first);
    constexpr int step = whole ? 4 : 1, steps = T::width / step;
    for (int i = thread; i < channels * T::images * T::halo_rows * steps; i += T::threads) {
      const int column = i % steps * step, line = i / steps;
      const int row = line % T::halo_rows + first_row - 1;
      const int image = line / T::halo_rows % T::images + first_image;
      const int channel = line / (T::halo_rows * T::images) + first;
      const bool there =
          row >= 0 && row < layer.height && image < layer.images && (whole || column < layer.width);
      const float* source =
          x + (there ? (static_cast<int64_t>(image) * layer.channels + channel) * plane +
                           row * layer.width + column
                     : 0);
      copy_ahead<4 * step>(pixels + line * T::pitch + column, source, there);
    }
    const float* piece_weights = weight + static_cast<int64_t>(first) * taps * layer.outputs;
    for (int i = thread; i < channels * taps * (T::outputs / 4); i += T::threads) {
      const int output = i % (T::outputs / 4) * 4, line = i / (T::outputs / 4);
      copy_ahead<16>(weights + line * T::outputs + output,
                     piece_weights + line * layer.outputs + first_output + output, true);
    }
    close_group();
  };

  float sums[outputs_per_thread][rows_per_thread][columns_per_thread];
#pragma unroll
  for (int k = 0; k < outputs_per_thread; ++k) {
    const float start = bias[first_output + group * outputs_per_thread + k];
#pragma unroll
    for (int o = 0; o < rows_per_thread; ++o)
#pragma unroll
      for (int i = 0; i < columns_per_thread; ++i) sums[k][o][i] = start;
  }

  const int pieces = (layer.channels + channels_per_piece - 1) / channels_per_piece;
  const int image_in_block = place / (T::lanes_x * T::lanes_y);
  fill(0);
  for (int piece = 0; piece < pieces; ++piece) {
    if (piece + 1 < pieces) {
      fill(piece + 1);
      wait_for_groups<1>();
    } else {
      wait_for_groups<0>();
    }
    __syncthreads();
    const float* pixels = memory + (piece & 1) * (T::pixels + T::weights) +
                          (image_in_block * T::halo_rows + lane_y * rows_per_thread) * T::pitch +
                          lane_x * columns_per_thread;
    const float* weights =
        memory + (piece & 1) * (T::pixels + T::weights) + T::pixels + group * outputs_per_thread;
    const int channels = min(channels_per_piece, layer.channels - piece * channels_per_piece);
#pragma unroll 1
    for (int channel = 0; channel < channels; ++channel) {
      float around[rows_per_thread + 2][columns_per_thread + 2];
#pragma unroll
      for (int r = 0; r < rows_per_thread + 2; ++r) {
        const float4 own = *reinterpret_cast<const float4*>(pixels + r * T::pitch);
        const float before = __shfl_up_sync(0xffffffff, own.w, 1);
        const float after = __shfl_down_sync(0xffffffff, own.x, 1);
        around[r][0] = lane_x == 0 ? 0.0f : before;
        around[r][1] = own.x;
        around[r][2] = own.y;
        around[r][3] = own.z;
        around[r][4] = own.w;
        around[r][5] = lane_x == T::lanes_x - 1 ? 0.0f : after;
      }
#pragma unroll
      for (int tap = 0; tap < taps; ++tap) {
        const auto* line = reinterpret_cast<const float4*>(weights + tap * T::outputs);
        const float4 low = line[0], high = line[1];
        const float of[outputs_per_thread] = {low.x,  low.y,  low.z,  low.w,
                                              high.x, high.y, high.z, high.w};
#pragma unroll
        for (int k = 0; k < outputs_per_thread; ++k)
#pragma unroll
          for (int o = 0; o < rows_per_thread; ++o)
#pragma unroll
            for (int i = 0; i < columns_per_thread; ++i)
              sums[k][o][i] += of[k] * around[o + tap / 3][i + tap % 3];
      }
      pixels += T::images * T::halo_rows * T::pitch;
      weights += taps * T::outputs;
    }
    __syncthreads();
  }

  const int image = first_image + image_in_block;
  if (image >= layer.images) return;
#pragma unroll
  for (int k = 0; k < outputs_per_thread; ++k) {
    const int output = first_output + group * outputs_per_thread + k;
#pragma unroll
    for (int o = 0; o < rows_per_thread; ++o) {
      const int row = first_row + lane_y * rows_per_thread + o;
      if (row >= layer.height) continue;
      const int column = lane_x * columns_per_thread;
      const int64_t at = (static_cast<int64_t>(image) * layer.outputs + output) * plane +
                         row * layer.width + column;
      const auto finish = [&](float sum, float other) {
        sum += other;
        // A NaN stays one.
        return relu && sum < 0 ? 0.0f : sum;
      };
      const float* own = sums[k][o];
      if constexpr (whole) {
        float4 other = {0, 0, 0, 0};
        if (addend) other = *reinterpret_cast<const float4*>(addend + at);
        *reinterpret_cast<float4*>(y + at) = {finish(own[0], other.x), finish(own[1], other.y),
                                              finish(own[2], other.z), finish(own[3], other.w)};
      } else {
#pragma unroll
        for (int i = 0; i < columns_per_thread; ++i)
          if (column + i < layer.width) y[at + i] = finish(own[i], addend ? addend[at + i] : 0.0f);
      }
    }
  }
}

template <class T, bool whole>
void launch(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
            const float* addend, const at::Tensor& y, const Layer& layer, bool relu) {
  const auto blocks = [](int count, int of) {
    return static_cast<unsigned>((count + of - 1) / of);
  };
  const dim3 grid(blocks(layer.images, T::images), blocks(layer.outputs, T::outputs),
                  blocks(layer.height, T::height));
  TORCH_CHECK(grid.y < 65'536 && grid.z < 65'536, "convolution3x3: the layer is too large");
  const auto kernel = convolve<T, whole>;
  if constexpr (T::bytes > 48 * 1024)
    C10_CUDA_CHECK(
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, T::bytes));
  kernel<<<grid, T::threads, T::bytes, at::cuda::getCurrentCUDAStream()>>>(
      x.const_data_ptr<float>(), weight.const_data_ptr<float>(), bias.const_data_ptr<float>(),
      addend, y.mutable_data_ptr<float>(), layer, relu);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

void check(const char* name, const at::Tensor& tensor, at::IntArrayRef expected,
           const at::Tensor& x) {
  TORCH_CHECK(tensor.sizes() == expected, "convolution3x3: ", name, " is ", tensor.sizes(),
              ", expected ", expected);
  TORCH_CHECK(tensor.scalar_type() == at::kFloat, "convolution3x3: ", name, " is ",
              tensor.scalar_type(), ", expected float32");
  TORCH_CHECK(tensor.device() == x.device(), "convolution3x3: ", name, " is on ", tensor.device(),
              ", x on ", x.device());
  TORCH_CHECK(tensor.is_contiguous(), "convolution3x3: ", name, " is not contiguous");
  TORCH_CHECK(reinterpret_cast<uintptr_t>(tensor.const_data_ptr()) % 16 == 0,
              "convolution3x3: ", name, " is not aligned to 16 bytes");
}

at::Tensor convolution3x3_cuda(const at::Tensor& x, const at::Tensor& weight,
                               const at::Tensor& bias, const std::optional<at::Tensor>& addend,
                               bool relu) {
  TORCH_CHECK(x.dim() == 4, "convolution3x3: x is ", x.sizes(),
              ", expected [images, channels, height, width]");
  TORCH_CHECK(weight.dim() == 3, "convolution3x3: weight is ", weight.sizes(),
              ", expected [channels, 9, outputs]");
  const int64_t images = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const int64_t outputs = weight.size(2);
  TORCH_CHECK(suits_convolution3x3(outputs, width), "convolution3x3: ", outputs, " outputs of ",
              width, " columns do not suit");
  TORCH_CHECK(images < (1 << 30) && channels < (1 << 20) && height < (1 << 20),
              "convolution3x3: x of ", x.sizes(), " is too large");
  TORCH_CHECK(at::cuda::getDeviceProperties(x.device().index())->major >= 8,
              "convolution3x3: the device's compute capability is below 8.0");
  check("x", x, x.sizes(), x);
  check("weight", weight, {channels, taps, outputs}, x);
  check("bias", bias, {outputs}, x);
  if (addend) check("addend", *addend, {images, outputs, height, width}, x);
  const c10::cuda::CUDAGuard guard(x.device());
  at::Tensor y = at::empty({images, outputs, height, width}, x.options());
  if (y.numel() == 0) return y;
  const Layer layer{static_cast<int>(images), static_cast<int>(channels), static_cast<int>(outputs),
                    static_cast<int>(height), static_cast<int>(width)};
  const float* other = addend ? addend->const_data_ptr<float>() : nullptr;
  const auto as = [&]<class T>() {
    if (width == T::width)
      launch<T, true>(x, weight, bias, other, y, layer, relu);
    else
      launch<T, false>(x, weight, bias, other, y, layer, relu);
  };
  if (width <= Narrow::width)
    as.operator()<Narrow>();
  else if (width <= Middle::width)
    as.operator()<Middle>();
  else
    as.operator()<Wide>();
  return y;
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("convolution3x3", convolution3x3_cuda);
}

}  // namespace plumbline::kernels
