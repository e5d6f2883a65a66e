#include <vector>

#include <ATen/Parallel.h>
#include <torch/library.h>

#include "kernels/vectorised.h"
#include "kernels/view_plan.h"

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

PLUMBLINE_VECTORISED void normalise_grey(const float* levels, float factor, float offset,
                                         float* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = levels[i] * factor + offset;
}

PLUMBLINE_VECTORISED void normalise_colours(const float* const* planes, const float* factor,
                                            const float* offset, float* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    out[3 * i] = planes[0][i] * factor[0] + offset[0];
    out[3 * i + 1] = planes[1][i] * factor[1] + offset[1];
    out[3 * i + 2] = planes[2][i] * factor[2] + offset[2];
  }
}

PLUMBLINE_VECTORISED void split_colours(const float* in, float* red, float* green, float* blue,
                                        size_t n) {
  for (size_t i = 0; i < n; ++i) {
    red[i] = in[3 * i];
    green[i] = in[3 * i + 1];
    blue[i] = in[3 * i + 2];
  }
}

template <class T>
void store(const float* in, T* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(in[i]);
}

/// One thread's memory.
struct Scratch {
  std::vector<uint8_t> row, moved;
  std::vector<float> values;
  views::Levels levels;
};

/// A view that is a table and a movement of pixels.
template <class T>
void map_image(const ViewPlan& plan, const PlannedView& view, const uint8_t* image,
               const std::vector<int32_t>& offset, Scratch& scratch, T* out) {
  const auto& placement = view.placement;
  const auto row_values = static_cast<int64_t>(offset.size());
  if (placement.transposed) {
    scratch.moved.resize(static_cast<size_t>(plan.values_per_image()));
    views::permute(
        {image, plan.frame().width, plan.frame().height, static_cast<int>(plan.channels)},
        placement, scratch.moved.data());
    image = scratch.moved.data();
  }
  const bool mirror_x = !placement.transposed && placement.mirrors_x();
  const bool mirror_y = !placement.transposed && placement.mirrors_y();
  scratch.row.resize(offset.size());
  scratch.values.resize(offset.size());
  for (int64_t y = 0; y < plan.height; ++y) {
    const uint8_t* source = image + (mirror_y ? plan.height - 1 - y : y) * row_values;
    if (mirror_x || plan.reverse_channels) {
      if (!mirror_x)
        std::copy(source, source + row_values, scratch.row.data());
      else if (plan.channels == 1)
        mirror_row(source, scratch.row.data(), plan.width);
      else
        mirror_pixels(source, scratch.row.data(), plan.width);
      if (plan.reverse_channels) reverse_channels(scratch.row.data(), plan.width);
      source = scratch.row.data();
    }
    if constexpr (std::is_same_v<T, float>) {
      map_row(source, offset.data(), view.table.data(), out + y * row_values, row_values);
    } else {
      map_row(source, offset.data(), view.table.data(), scratch.values.data(), row_values);
      store(scratch.values.data(), out + y * row_values, row_values);
    }
  }
}

void load_floats(const ViewPlan& plan, const float* image, views::Levels& levels) {
  levels.reshape(plan.frame().width, plan.frame().height, static_cast<int>(plan.channels));
  if (plan.channels == 1)
    std::copy_n(image, levels.plane_size(), levels.plane(0));
  else
    split_colours(image, levels.plane(0), levels.plane(1), levels.plane(2), levels.plane_size());
}

/// Any other view: levels, moved and changed, then normalised.
template <class Pixel, class T>
void compute_image(const ViewPlan& plan, const PlannedView& view, const Pixel* image, int64_t index,
                   Scratch& scratch, T* out) {
  views::Levels& levels = scratch.levels;
  if constexpr (std::is_same_v<Pixel, float>)
    load_floats(plan, image, levels);
  else
    views::place_levels(
        {image, plan.frame().width, plan.frame().height, static_cast<int>(plan.channels)},
        view.placement, plan.antialias, plan.fill, levels);
  if (plan.valid.defined() && view.placement == views::whole(plan.frame())) {
    const auto* sides = plan.valid.const_data_ptr<int32_t>() + 4 * index;
    levels.valid = {sides[0], sides[1], sides[2], sides[3]};
  }
  views::ViewContext context = plan.context;
  context.sample = plan.sample(index);
  views::apply_intensities(levels, view.steps, context);

  std::array<const float*, 3> planes{};
  std::array<float, 3> factor{}, offset{};
  for (int64_t c = 0; c < plan.channels; ++c) {
    const auto at = static_cast<size_t>(c);
    planes[at] = levels.plane(static_cast<int>(plan.source_channel(c)));
    factor[at] = static_cast<float>(plan.context.scale / plan.std[at]);
    offset[at] = static_cast<float>(-plan.mean[at] / plan.std[at]);
  }
  float* values = nullptr;
  if constexpr (std::is_same_v<T, float>) {
    values = out;
  } else {
    scratch.values.resize(levels.values.size());
    values = scratch.values.data();
  }
  const auto pixels = static_cast<int64_t>(levels.plane_size());
  if (plan.channels == 1)
    normalise_grey(planes[0], factor[0], offset[0], values, pixels);
  else
    normalise_colours(planes.data(), factor.data(), offset.data(), values, pixels);
  if constexpr (!std::is_same_v<T, float>) store(values, out, plan.values_per_image());
}

template <class Pixel, class T>
void synthesize(const ViewPlan& plan, const Pixel* images, T* out) {
  std::vector<int32_t> offset(static_cast<size_t>(plan.width * plan.channels));
  for (size_t i = 0; i < offset.size(); ++i)
    offset[i] = static_cast<int32_t>(i % static_cast<size_t>(plan.channels)) * 256;
  const int64_t size = plan.values_per_image();
  const int64_t grain = std::max<int64_t>(1, 65'536 / std::max<int64_t>(1, size));
  // Images outer: all views of an image are made while it is in the cache.
  const auto count = static_cast<int64_t>(plan.views.size());
  at::parallel_for(0, plan.batch * count, grain, [&](int64_t begin, int64_t end) {
    Scratch scratch;
    for (int64_t item = begin; item < end; ++item) {
      const int64_t image = item / count, view = item % count;
      const PlannedView& planned = plan.views[static_cast<size_t>(view)];
      const Pixel* pixels = images + image * size;
      T* destination = out + (view * plan.batch + image) * size;
      if constexpr (std::is_same_v<Pixel, uint8_t>) {
        if (!planned.table.empty()) {
          map_image(plan, planned, pixels, offset, scratch, destination);
          continue;
        }
      }
      compute_image(plan, planned, pixels, image, scratch, destination);
    }
  });
}

template <class Pixel>
void synthesize_as(const ViewPlan& plan, const Pixel* pixels, const at::Tensor& out) {
  switch (out.scalar_type()) {
    case at::kHalf: synthesize(plan, pixels, out.mutable_data_ptr<at::Half>()); break;
    case at::kBFloat16: synthesize(plan, pixels, out.mutable_data_ptr<at::BFloat16>()); break;
    default: synthesize(plan, pixels, out.mutable_data_ptr<float>());
  }
}

at::Tensor view_synthesis_cpu(const at::Tensor& images, const c10::List<std::string>& steps,
                              at::ArrayRef<double> values, at::ArrayRef<int64_t> counts,
                              double scale, at::ArrayRef<double> mean, at::ArrayRef<double> std,
                              bool reverse, at::ScalarType dtype, bool antialias,
                              const std::optional<at::Tensor>& samples,
                              const std::optional<at::Tensor>& valid) {
  const ViewPlan plan = make_view_plan(
      images, {steps, values, counts, scale, mean, std, reverse, dtype, antialias, samples, valid});
  at::Tensor out = empty_views(plan, images, dtype);
  if (out.numel() == 0) return out;
  if (images.scalar_type() == at::kByte)
    synthesize_as(plan, images.const_data_ptr<uint8_t>(), out);
  else
    synthesize_as(plan, images.const_data_ptr<float>(), out);
  return out;
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CPU, library) { library.impl("view_synthesis", view_synthesis_cpu); }

}  // namespace plumbline::kernels
