#pragma once
#include <utility>

#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAException.h>

namespace plumbline::kernels {

/// Launches `kernel` on the current stream such that it may begin while the stream's last kernel
/// ends (barriers.cuh): it waits before it reads or writes what others have. Where the device
/// cannot, or the code that the driver made of an older version's lacks the wait, it begins after.
template <auto kernel, class... Arguments>
void launch_early(dim3 blocks, int threads, Arguments&&... arguments) {
  static const bool waits = [] {
    cudaFuncAttributes attributes{};
    C10_CUDA_CHECK(cudaFuncGetAttributes(&attributes, kernel));
    return attributes.ptxVersion >= 90;
  }();
  cudaLaunchConfig_t config{};
  config.gridDim = blocks;
  config.blockDim = static_cast<unsigned>(threads);
  config.stream = at::cuda::getCurrentCUDAStream();
  cudaLaunchAttribute begins_early{};
  begins_early.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  begins_early.val.programmaticStreamSerializationAllowed = 1;
  config.attrs = &begins_early;
  config.numAttrs = waits && at::cuda::getCurrentDeviceProperties()->major >= 9 ? 1 : 0;
  C10_CUDA_CHECK(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...));
}

}  // namespace plumbline::kernels
