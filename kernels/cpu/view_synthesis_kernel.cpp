#include <vector>

#include <ATen/Parallel.h>
#include <torch/library.h>

#include "kernels/view_plan.h"

// One function, compiled for each width of vectors; the loader picks. Sanitizers' instrumentation
// runs before the loader is ready for that.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PLUMBLINE_VECTORISED \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PLUMBLINE_VECTORISED
#endif

namespace plumbline::kernels {

namespace {

/// out[i] = table[in[i] + offset[i]]: a gather, so that the loop is one vector at a time whatever
/// the number of channels. `offset` says which channel's table a place in the row uses.
PLUMBLINE_VECTORISED void map_row(const uint8_t* in, const int32_t* offset, const float* table,
                                  float* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = table[in[i] + offset[i]];
}

PLUMBLINE_VECTORISED void mirror_row(const uint8_t* in, uint8_t* out, int64_t width) {
  for (int64_t x = 0; x < width; ++x) out[x] = in[width - 1 - x];
}

void mirror_pixels(const uint8_t* in, uint8_t* out, int64_t width) {
  for (int64_t x = 0; x < width; ++x)
    for (int64_t c = 0; c < 3; ++c) out[3 * x + c] = in[3 * (width - 1 - x) + c];
}

/// Reversed channels exchange the first and the third value of a pixel.
void reverse_channels(uint8_t* row, int64_t width) {
  for (int64_t x = 0; x < width; ++x) std::swap(row[3 * x], row[3 * x + 2]);
}

template <class T>
void store_row(const float* in, T* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(in[i]);
}

template <class T>
void synthesize(const ViewPlan& plan, const uint8_t* images, T* out) {
  const int64_t row_values = plan.width * plan.channels;
  std::vector<int32_t> offset(static_cast<size_t>(row_values));
  for (size_t i = 0; i < offset.size(); ++i)
    offset[i] = static_cast<int32_t>(i % static_cast<size_t>(plan.channels)) * 256;
  const bool reverse = plan.reverse_channels && plan.channels == 3;

  const int64_t grain =
      std::max<int64_t>(1, 65'536 / std::max<int64_t>(1, plan.values_per_image()));
  at::parallel_for(0, plan.views * plan.batch, grain, [&](int64_t begin, int64_t end) {
    std::vector<uint8_t> row(static_cast<size_t>(row_values));
    std::vector<float> mapped(static_cast<size_t>(row_values));
    for (int64_t item = begin; item < end; ++item) {
      const int64_t view = item / plan.batch;
      const uint8_t* image = images + item % plan.batch * plan.values_per_image();
      const float* table = plan.tables.data() + view * plan.channels * 256;
      T* destination = out + item * plan.values_per_image();
      const bool mirrored = plan.mirror_x[static_cast<size_t>(view)];
      for (int64_t y = 0; y < plan.height; ++y) {
        const uint8_t* source = image + y * row_values;
        if (mirrored || reverse) {
          if (!mirrored)
            std::copy(source, source + row_values, row.data());
          else if (plan.channels == 1)
            mirror_row(source, row.data(), plan.width);
          else
            mirror_pixels(source, row.data(), plan.width);
          if (reverse) reverse_channels(row.data(), plan.width);
          source = row.data();
        }
        if constexpr (std::is_same_v<T, float>) {
          map_row(source, offset.data(), table, destination + y * row_values, row_values);
        } else {
          map_row(source, offset.data(), table, mapped.data(), row_values);
          store_row(mapped.data(), destination + y * row_values, row_values);
        }
      }
    }
  });
}

at::Tensor view_synthesis_cpu(const at::Tensor& images, const c10::List<std::string>& views,
                              at::ArrayRef<double> values, double scale, at::ArrayRef<double> mean,
                              at::ArrayRef<double> std, bool reverse, at::ScalarType dtype) {
  const ViewPlan plan = make_view_plan(images, views, values, scale, mean, std, reverse, dtype);
  at::Tensor out = empty_views(plan, images, dtype);
  if (out.numel() == 0) return out;
  const auto* pixels = images.const_data_ptr<uint8_t>();
  switch (dtype) {
    case at::kHalf: synthesize(plan, pixels, out.mutable_data_ptr<at::Half>()); break;
    case at::kBFloat16: synthesize(plan, pixels, out.mutable_data_ptr<at::BFloat16>()); break;
    default: synthesize(plan, pixels, out.mutable_data_ptr<float>());
  }
  return out;
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CPU, library) { library.impl("view_synthesis", view_synthesis_cpu); }

}  // namespace plumbline::kernels
