#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/from_blob.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "kernels/aten/aten_views.h"
#include "kernels/view_plan.h"

namespace plumbline::kernels {

namespace {

// One block works on one (view, image); its view's tables lie in shared memory.
constexpr int threads = 256;

/// How the pixels of a view that is a table move, and where it is among all views.
struct Movement {
  int view, mirror_x, mirror_y, transposed;
};

template <class T>
__global__ void map_levels(const uint8_t* __restrict__ images, const float* __restrict__ tables,
                           const Movement* __restrict__ movements, T* __restrict__ out, int batch,
                           int height, int width, int channels, bool reverse) {
  __shared__ float table[3 * 256];
  const int image = blockIdx.x;
  const int values = height * width * channels;
  for (int i = threadIdx.x; i < channels * 256; i += threads)
    table[i] = tables[blockIdx.y * channels * 256 + i];
  const Movement moved = movements[blockIdx.y];
  __syncthreads();
  const uint8_t* source = images + static_cast<int64_t>(image) * values;
  T* destination = out + (static_cast<int64_t>(moved.view) * batch + image) * values;
  for (int i = threadIdx.x; i < values; i += threads) {
    const int channel = i % channels, pixel = i / channels;
    int x = pixel % width, y = pixel / width;
    if (moved.transposed) {
      const int other = x;
      x = y;
      y = other;
    }
    if (moved.mirror_x) x = width - 1 - x;
    if (moved.mirror_y) y = height - 1 - y;
    const int from_channel = reverse ? channels - 1 - channel : channel;
    destination[i] = static_cast<T>(
        table[channel * 256 + __ldg(source + (y * width + x) * channels + from_channel)]);
  }
}

at::Tensor view_synthesis_cuda(const at::Tensor& images, const c10::List<std::string>& steps,
                               at::ArrayRef<double> values, at::ArrayRef<int64_t> counts,
                               double scale, at::ArrayRef<double> mean, at::ArrayRef<double> std,
                               bool reverse, at::ScalarType dtype, bool antialias,
                               const std::optional<at::Tensor>& samples,
                               const std::optional<at::Tensor>& valid) {
  const ViewPlan plan = make_view_plan(
      images, {steps, values, counts, scale, mean, std, reverse, dtype, antialias, samples, valid});
  TORCH_CHECK(plan.values_per_image() < INT_MAX / 2, "view_synthesis: an image of ",
              plan.values_per_image(), " values is too large");
  TORCH_CHECK(plan.views.size() < 65'536, "view_synthesis: too many views: ", plan.views.size());
  const c10::cuda::CUDAGuard guard(images.device());
  at::Tensor out = empty_views(plan, images, dtype);
  if (out.numel() == 0) return out;
  const auto stream = at::cuda::getCurrentCUDAStream();

  std::vector<float> tables;
  std::vector<Movement> movements;
  for (size_t v = 0; v < plan.views.size(); ++v) {
    const PlannedView& view = plan.views[v];
    if (view.table.empty()) {
      out[static_cast<int64_t>(v)].copy_(view_by_aten(plan, view, images));
      continue;
    }
    tables.insert(tables.end(), view.table.begin(), view.table.end());
    movements.push_back({static_cast<int>(v), view.placement.mirrors_x(),
                         view.placement.mirrors_y(), view.placement.transposed});
  }
  if (movements.empty()) return out;

  // A few kilobytes from pageable memory: staged by the driver, so that nothing waits.
  const auto upload = [&](const auto& host, at::ScalarType type, size_t words) {
    return at::from_blob(const_cast<void*>(static_cast<const void*>(host.data())),
                         {static_cast<int64_t>(host.size() * words)}, type)
        .to(images.device(), /*non_blocking=*/true);
  };
  const at::Tensor device_tables = upload(tables, at::kFloat, 1);
  const at::Tensor device_movements = upload(movements, at::kInt, sizeof(Movement) / sizeof(int));
  const dim3 grid(static_cast<unsigned>(plan.batch), static_cast<unsigned>(movements.size()));
  const auto launch = [&](auto* destination) {
    map_levels<<<grid, threads, 0, stream>>>(
        images.const_data_ptr<uint8_t>(), device_tables.const_data_ptr<float>(),
        reinterpret_cast<const Movement*>(device_movements.const_data_ptr<int>()), destination,
        static_cast<int>(plan.batch), static_cast<int>(plan.height), static_cast<int>(plan.width),
        static_cast<int>(plan.channels), plan.reverse_channels);
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
