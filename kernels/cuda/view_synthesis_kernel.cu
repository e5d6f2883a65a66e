#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/from_blob.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "kernels/view_plan.h"

namespace plumbline::kernels {

namespace {

// One block works on one (view, image); its view's tables lie in shared memory.
constexpr int threads = 256;

template <class T>
__global__ void synthesize(const uint8_t* __restrict__ images, const float* __restrict__ tables,
                           const uint8_t* __restrict__ mirror_x, T* __restrict__ out, int batch,
                           int width, int channels, int values, bool reverse) {
  __shared__ float table[3 * 256];
  const int view = blockIdx.y, image = blockIdx.x;
  for (int i = threadIdx.x; i < channels * 256; i += threads)
    table[i] = tables[view * channels * 256 + i];
  __syncthreads();
  const bool mirrored = mirror_x[view] != 0;
  const uint8_t* source = images + static_cast<int64_t>(image) * values;
  T* destination = out + (static_cast<int64_t>(view) * batch + image) * values;
  for (int i = threadIdx.x; i < values; i += threads) {
    const int channel = i % channels, pixel = i / channels;
    const int column = pixel % width;
    const int from = mirrored ? pixel - column + (width - 1 - column) : pixel;
    const int from_channel = reverse ? channels - 1 - channel : channel;
    destination[i] =
        static_cast<T>(table[channel * 256 + __ldg(source + from * channels + from_channel)]);
  }
}

at::Tensor view_synthesis_cuda(const at::Tensor& images, const c10::List<std::string>& views,
                               at::ArrayRef<double> values, double scale, at::ArrayRef<double> mean,
                               at::ArrayRef<double> std, bool reverse, at::ScalarType dtype) {
  const ViewPlan plan = make_view_plan(images, views, values, scale, mean, std, reverse, dtype);
  TORCH_CHECK(plan.values_per_image() < INT_MAX / 2, "view_synthesis: an image of ",
              plan.values_per_image(), " values is too large");
  TORCH_CHECK(plan.views < 65'536, "view_synthesis: too many views: ", plan.views);
  const c10::cuda::CUDAGuard guard(images.device());
  at::Tensor out = empty_views(plan, images, dtype);
  if (out.numel() == 0) return out;
  const auto stream = at::cuda::getCurrentCUDAStream();
  // A few kilobytes from pageable memory: staged by the driver, so that nothing waits.
  const auto upload = [&](const auto& host, at::ScalarType type) {
    return at::from_blob(const_cast<void*>(static_cast<const void*>(host.data())),
                         {static_cast<int64_t>(host.size())}, type)
        .to(images.device(), /*non_blocking=*/true);
  };
  const at::Tensor tables = upload(plan.tables, at::kFloat);
  const at::Tensor mirror = upload(plan.mirror_x, at::kByte);
  const dim3 grid(static_cast<unsigned>(plan.batch), static_cast<unsigned>(plan.views));
  const auto launch = [&](auto* destination) {
    synthesize<<<grid, threads, 0, stream>>>(
        images.const_data_ptr<uint8_t>(), tables.const_data_ptr<float>(),
        mirror.const_data_ptr<uint8_t>(), destination, static_cast<int>(plan.batch),
        static_cast<int>(plan.width), static_cast<int>(plan.channels),
        static_cast<int>(plan.values_per_image()), plan.reverse_channels && plan.channels == 3);
  };
  switch (dtype) {
    case at::kHalf: launch(out.mutable_data_ptr<at::Half>()); break;
    case at::kBFloat16: launch(out.mutable_data_ptr<at::BFloat16>()); break;
    default: launch(out.mutable_data_ptr<float>());
  }
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  return out;
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("view_synthesis", view_synthesis_cuda);
}

}  // namespace plumbline::kernels
