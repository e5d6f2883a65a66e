#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/add.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/layer_norm.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "kernels/cuda/barriers.cuh"
#include "kernels/cuda/early_launch.cuh"
#include "kernels/cuda/matrix_fragments.cuh"
#include "kernels/residual_norm.h"

namespace plumbline::kernels {

namespace {

constexpr int rows_per_block = 4, lane_elements = 8;

__device__ float warp_sum(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    value += __shfl_xor_sync(~0u, value, distance);
  return value;
}

/// A warp has a row, in registers: `pieces` times 8 elements a lane.
template <class Element, int pieces>
__global__ void __launch_bounds__(rows_per_block * 32)
    normalise(const Element* __restrict__ x, const Element* __restrict__ change,
              const Element* __restrict__ weight, const Element* __restrict__ bias,
              Element* __restrict__ y, int64_t rows, int width, float epsilon) {
  wait_for_last_kernel();
  begin_next_kernel();
  const int lane = threadIdx.x % 32;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * rows_per_block + threadIdx.x / 32;
  if (row >= rows) return;
  float sums[pieces][8] = {};
  float total = 0;
#pragma unroll
  for (int i = 0; i < pieces; ++i) {
    const int column = (32 * i + lane) * lane_elements;
    if (column >= width) continue;
    float added[8];
    fragments::read_eight(sums[i], x + row * width + column);
    fragments::read_eight(added, change + row * width + column);
#pragma unroll
    for (int j = 0; j < 8; ++j) total += sums[i][j] += added[j];
  }
  const float mean = warp_sum(total) / static_cast<float>(width);
  float squares = 0;
#pragma unroll
  for (int i = 0; i < pieces; ++i)
    if ((32 * i + lane) * lane_elements < width)
#pragma unroll
      for (int j = 0; j < 8; ++j) {
        sums[i][j] -= mean;
        squares = fmaf(sums[i][j], sums[i][j], squares);
      }
  const float inverse = rsqrtf(warp_sum(squares) / static_cast<float>(width) + epsilon);
#pragma unroll
  for (int i = 0; i < pieces; ++i) {
    const int column = (32 * i + lane) * lane_elements;
    if (column >= width) continue;
    float factors[8], terms[8];
    fragments::read_eight(factors, weight + column);
    fragments::read_eight(terms, bias + column);
#pragma unroll
    for (int j = 0; j < 8; ++j) terms[j] = fmaf(sums[i][j] * inverse, factors[j], terms[j]);
    fragments::write_eight(y + row * width + column, terms);
  }
}

template <class Element>
void launch(const at::Tensor& x, const at::Tensor& change, const at::Tensor& weight,
            const at::Tensor& bias, const at::Tensor& y, float epsilon) {
  const int64_t rows = x.numel() / weight.numel();
  const int width = static_cast<int>(weight.numel());
  const auto data = [](const at::Tensor& tensor) {
    return static_cast<const Element*>(tensor.const_data_ptr());
  };
  const auto blocks = static_cast<unsigned>((rows + rows_per_block - 1) / rows_per_block);
  const auto run = [&]<int pieces>() {
    launch_early<normalise<Element, pieces>>(
        blocks, rows_per_block * 32, data(x), data(change), data(weight), data(bias),
        static_cast<Element*>(y.mutable_data_ptr()), rows, width, epsilon);
  };
  if (width <= 256)
    run.template operator()<1>();
  else if (width <= 512)
    run.template operator()<2>();
  else
    run.template operator()<4>();
}

bool is_ready(const at::Tensor& tensor) {
  return tensor.is_contiguous() &&
         reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % 16 == 0;
}

at::Tensor norm_kernel(const at::Tensor& x, const at::Tensor& change, const at::Tensor& weight,
                       const at::Tensor& bias, double epsilon) {
  TORCH_CHECK(x.dim() > 0 && weight.dim() == 1 && x.size(-1) == weight.size(0),
              "residual_norm: weight is ", weight.sizes(), ", x ", x.sizes());
  TORCH_CHECK(x.sizes() == change.sizes(), "residual_norm: change is ", change.sizes(), ", x ",
              x.sizes());
  TORCH_CHECK(bias.sizes() == weight.sizes(), "residual_norm: bias is ", bias.sizes(), ", weight ",
              weight.sizes());
  for (const auto* tensor : {&change, &weight, &bias})
    TORCH_CHECK(tensor->scalar_type() == x.scalar_type() && tensor->device() == x.device(),
                "residual_norm: ", tensor->scalar_type(), " on ", tensor->device(), ", x is ",
                x.scalar_type(), " on ", x.device());
  const c10::cuda::CUDAGuard guard(x.device());
  const auto type = x.scalar_type();
  const bool ready = is_ready(x) && is_ready(change) && is_ready(weight) && is_ready(bias);
  if (!ready || (type != at::kBFloat16 && type != at::kHalf) ||
      weight.numel() % lane_elements != 0 || weight.numel() > 1024)
    return at::layer_norm(at::add(x, change), weight.sizes(), weight, bias, epsilon);
  at::Tensor y = at::empty_like(x);
  if (x.numel() == 0) return y;
  if (type == at::kBFloat16)
    launch<__nv_bfloat16>(x, change, weight, bias, y, static_cast<float>(epsilon));
  else
    launch<__half>(x, change, weight, bias, y, static_cast<float>(epsilon));
  return y;
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) { library.impl("residual_norm", norm_kernel); }

}  // namespace plumbline::kernels
