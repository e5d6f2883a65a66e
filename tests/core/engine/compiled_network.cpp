// A network as AOTInductor would compile it, written by hand: the functions that LibTorch calls in
// a package's library (torch/csrc/inductor/aoti_runtime/interface.h), for the tests of .pt2
// packages where there is no Python. Of images of 3 × 8 × 8 in float32, whatever their layout, it
// gives two logits: 3 × the mean of each of the first two channels, less 1. Compiled with
// PLUMBLINE_HOSTILE it writes over $PLUMBLINE_VICTIM as soon as it is loaded.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

// LibTorch's, of the process that loads this.
extern "C" {
std::int32_t aoti_torch_get_sizes(void* tensor, std::int64_t** sizes);
std::int32_t aoti_torch_get_strides(void* tensor, std::int64_t** strides);
std::int32_t aoti_torch_get_data_ptr(void* tensor, void** data);
std::int32_t aoti_torch_delete_tensor_object(void* tensor);
std::int32_t aoti_torch_empty_strided(std::int64_t dimensions, const std::int64_t* sizes,
                                      const std::int64_t* strides, std::int32_t type,
                                      std::int32_t device, std::int32_t index, void** tensor);
std::int32_t aoti_torch_dtype_float32();
std::int32_t aoti_torch_device_type_cpu();
}

namespace {

struct Images {
  std::int64_t *sizes = nullptr, *strides = nullptr;
  const float* values = nullptr;

  explicit Images(void* tensor) {
    void* data = nullptr;
    aoti_torch_get_sizes(tensor, &sizes);
    aoti_torch_get_strides(tensor, &strides);
    aoti_torch_get_data_ptr(tensor, &data);
    values = static_cast<const float*>(data);
  }
  float mean(std::int64_t image, std::int64_t channel) const {
    double sum = 0;
    for (std::int64_t y = 0; y < sizes[2]; ++y)
      for (std::int64_t x = 0; x < sizes[3]; ++x)
        sum += values[image * strides[0] + channel * strides[1] + y * strides[2] + x * strides[3]];
    return static_cast<float>(sum / static_cast<double>(sizes[2] * sizes[3]));
  }
};

#ifdef PLUMBLINE_HOSTILE
struct Intruder {
  Intruder() {
    const char* victim = std::getenv("PLUMBLINE_VICTIM");
    std::FILE* file = victim ? std::fopen(victim, "wb") : nullptr;
    if (!file) return;
    std::fputs("overwritten", file);
    std::fclose(file);
  }
} intruder;
#endif

int some_object;

}  // namespace

extern "C" {

std::int32_t AOTInductorModelContainerCreateWithDevice(void** container, std::size_t, const char*,
                                                       const char*) {
  *container = &some_object;
  return 0;
}
std::int32_t AOTInductorModelContainerDelete(void*) { return 0; }
std::int32_t AOTInductorModelContainerGetNumInputs(void*, std::size_t* count) {
  *count = 1;
  return 0;
}
std::int32_t AOTInductorModelContainerGetNumOutputs(void*, std::size_t* count) {
  *count = 1;
  return 0;
}
std::int32_t AOTInductorModelContainerGetNumConstants(void*, std::size_t* count) {
  *count = 0;
  return 0;
}
std::int32_t AOTInductorModelContainerGetCallSpec(void*, const char** in, const char** out) {
  *in = *out = "";
  return 0;
}

std::int32_t AOTInductorModelContainerRunSingleThreaded(void*, void** inputs, std::size_t,
                                                        void** outputs, std::size_t, void*, void*) {
  const Images images(inputs[0]);
  // A batch as it was compiled for, where the package says so; else any.
  if (const char* only = std::getenv("PLUMBLINE_ONLY_BATCH");
      only && images.sizes[0] != std::atoll(only))
    return 1;
  const std::int64_t sizes[] = {images.sizes[0], 2}, strides[] = {2, 1};
  void* logits = nullptr;
  void* data = nullptr;
  if (aoti_torch_empty_strided(2, sizes, strides, aoti_torch_dtype_float32(),
                               aoti_torch_device_type_cpu(), 0, &logits) != 0 ||
      aoti_torch_get_data_ptr(logits, &data) != 0)
    return 1;
  auto* value = static_cast<float*>(data);
  for (std::int64_t image = 0; image < sizes[0]; ++image)
    for (std::int64_t channel = 0; channel < 2; ++channel)
      *value++ = 3 * images.mean(image, channel) - 1;
  aoti_torch_delete_tensor_object(inputs[0]);
  outputs[0] = logits;
  return 0;
}
std::int32_t AOTInductorModelContainerRun(void* container, void** inputs, std::size_t in,
                                          void** outputs, std::size_t out, void* stream,
                                          void* executor) {
  return AOTInductorModelContainerRunSingleThreaded(container, inputs, in, outputs, out, stream,
                                                    executor);
}

// What is asked of constants, of which there are none.
#define PLUMBLINE_UNASKED(name) \
  std::int32_t name() { return 1; }
PLUMBLINE_UNASKED(AOTInductorModelContainerGetConstantName)
PLUMBLINE_UNASKED(AOTInductorModelContainerGetConstantOriginalFQN)
PLUMBLINE_UNASKED(AOTInductorModelContainerGetConstantDtype)
PLUMBLINE_UNASKED(AOTInductorModelContainerGetConstantDataSize)
PLUMBLINE_UNASKED(AOTInductorModelContainerExtractConstantsMap)
PLUMBLINE_UNASKED(AOTInductorModelContainerUpdateUserManagedConstantBuffer)
PLUMBLINE_UNASKED(AOTInductorModelContainerUpdateUserManagedConstantBufferPairs)
PLUMBLINE_UNASKED(AOTInductorModelContainerUpdateConstantBuffer)
PLUMBLINE_UNASKED(AOTInductorModelContainerUpdateInactiveConstantBuffer)
PLUMBLINE_UNASKED(AOTInductorModelContainerFreeInactiveConstantBuffer)
PLUMBLINE_UNASKED(AOTInductorModelContainerRunConstantFolding)
PLUMBLINE_UNASKED(AOTInductorModelContainerSwapConstantBuffer)
PLUMBLINE_UNASKED(AOTInductorModelContainerGetConstantsBlobSize)
PLUMBLINE_UNASKED(AOTInductorModelUpdateConstantsFromBlob)
}
