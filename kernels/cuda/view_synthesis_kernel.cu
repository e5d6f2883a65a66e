#include <cstring>
#include <memory>

#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "kernels/aten/aten_views.h"
#include "kernels/cuda/level_maps.cuh"
#include "kernels/cuda/resampled_views.cuh"
#include "kernels/resample_plan.h"
#include "kernels/view_plan.h"

namespace plumbline::kernels {

namespace {

/// Bytes of the host on the device: from memory that it copies from without anybody waiting.
at::Tensor uploaded(const void* bytes, size_t count, const at::Device& device) {
  const at::Tensor staged =
      at::empty({static_cast<int64_t>(count)}, at::TensorOptions(at::kByte).pinned_memory(true));
  std::memcpy(staged.mutable_data_ptr<uint8_t>(), bytes, count);
  return staged.to(device, /*non_blocking=*/true);
}

template <class T>
at::Tensor uploaded(const std::vector<T>& values, const at::Device& device) {
  return uploaded(values.data(), values.size() * sizeof(T), device);
}

/// A view's place among all of them.
struct PlacedView {
  const PlannedView* view;
  int place;
};

// ---------------------------------------------------------------------------------------------
// Any table: one thread a value at a time.

constexpr int general_threads = 256;

struct Movement {
  int view, mirror_x, mirror_y, transposed;
};

template <class T>
__global__ void map_any_levels(const uint8_t* __restrict__ images, const float* __restrict__ tables,
                               const Movement* __restrict__ movements, T* __restrict__ out,
                               int batch, int height, int width, int channels, bool reverse) {
  __shared__ float table[3 * 256];
  const int image = blockIdx.x;
  const int values = height * width * channels;
  for (int i = threadIdx.x; i < channels * 256; i += general_threads)
    table[i] = tables[blockIdx.y * channels * 256 + i];
  const Movement moved = movements[blockIdx.y];
  __syncthreads();
  const uint8_t* source = images + static_cast<int64_t>(image) * values;
  T* destination = out + (static_cast<int64_t>(moved.view) * batch + image) * values;
  for (int i = threadIdx.x; i < values; i += general_threads) {
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

template <class T>
void map_by_value(const ViewPlan& plan, const std::vector<PlacedView>& views,
                  const at::Tensor& images, T* out) {
  if (views.empty()) return;
  std::vector<float> tables;
  std::vector<Movement> movements;
  for (const auto& [view, place] : views) {
    tables.insert(tables.end(), view->table.begin(), view->table.end());
    movements.push_back({place, view->placement.mirrors_x(), view->placement.mirrors_y(),
                         view->placement.transposed});
  }
  const at::Tensor device_tables = uploaded(tables, images.device());
  const at::Tensor device_movements = uploaded(movements, images.device());
  const dim3 grid(static_cast<unsigned>(plan.batch), static_cast<unsigned>(movements.size()));
  map_any_levels<<<grid, general_threads, 0, at::cuda::getCurrentCUDAStream()>>>(
      images.const_data_ptr<uint8_t>(),
      reinterpret_cast<const float*>(device_tables.const_data_ptr<uint8_t>()),
      reinterpret_cast<const Movement*>(device_movements.const_data_ptr<uint8_t>()), out,
      static_cast<int>(plan.batch), static_cast<int>(plan.height), static_cast<int>(plan.width),
      static_cast<int>(plan.channels), plan.reverse_channels);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

// ---------------------------------------------------------------------------------------------
// Tables whose rows stay rows: words at a time.

/// Blocks that keep all processors busy, a few on each.
int enough_blocks() { return 8 * at::cuda::getCurrentDeviceProperties()->multiProcessorCount; }

bool walks_in_words(const ViewPlan& plan, const at::Tensor& images) {
  const int64_t row_values = plan.width * plan.channels;
  return row_values % 4 == 0 && row_values >= 8 && row_values <= map_tile_bytes &&
         reinterpret_cast<uintptr_t>(images.const_data_ptr()) % 4 == 0;
}

/// Two views that move along a row alike are written by one walk.
std::vector<std::pair<PlacedView, std::optional<PlacedView>>> pairs_of(
    const std::vector<PlacedView>& views) {
  std::vector<std::pair<PlacedView, std::optional<PlacedView>>> pairs;
  for (const bool mirror : {false, true}) {
    bool open = false;
    for (const PlacedView& view : views) {
      if (view.view->placement.mirrors_x() != mirror) continue;
      if (open)
        pairs.back().second = view;
      else
        pairs.push_back({view, std::nullopt});
      open = !open;
    }
  }
  return pairs;
}

template <class T>
void map_in_words(const ViewPlan& plan, const std::vector<PlacedView>& views,
                  const at::Tensor& images, T* out) {
  if (views.empty()) return;
  const auto pairs = pairs_of(views);
  const size_t entries = static_cast<size_t>(plan.channels) * 256;
  std::vector<T> tables;
  for (const auto& [first, second] : pairs)
    for (size_t i = 0; i < entries; ++i) {
      tables.push_back(static_cast<T>(first.view->table[i]));
      tables.push_back(static_cast<T>((second ? *second : first).view->table[i]));
    }
  const at::Tensor device_tables = uploaded(tables, images.device());

  LevelMaps<T> maps{};
  maps.images = images.const_data_ptr<uint8_t>();
  maps.out = out;
  maps.batch = static_cast<int>(plan.batch);
  maps.height = static_cast<int>(plan.height);
  maps.row_values = static_cast<int>(plan.width * plan.channels);
  maps.view_values = plan.batch * plan.values_per_image();
  maps.reverse_channels = plan.reverse_channels;
  maps.words_a_row = quick_division(static_cast<unsigned>(maps.row_values / 4));
  // Of one row there is no other one to go to.
  maps.rows_an_image = quick_division(static_cast<unsigned>(std::max(maps.height, 2)));
  const int64_t image_bytes = plan.values_per_image();
  int64_t blocks = 0;
  if (image_bytes <= map_tile_bytes) {
    const int64_t fair = (plan.batch + enough_blocks() - 1) / enough_blocks();
    maps.images_a_block =
        static_cast<int>(std::clamp<int64_t>(fair, 1, map_tile_bytes / image_bytes));
    blocks = (plan.batch + maps.images_a_block - 1) / maps.images_a_block;
  } else {
    const int most = map_tile_bytes / maps.row_values;
    maps.bands = (maps.height + most - 1) / most;
    maps.rows_a_block = (maps.height + maps.bands - 1) / maps.bands;
    blocks = plan.batch * maps.bands;
  }
  TORCH_CHECK(blocks < INT_MAX, "view_synthesis: a batch of ", plan.batch, " is too large");

  for (size_t begin = 0; begin < pairs.size(); begin += most_map_passes) {
    maps.passes = static_cast<int>(std::min<size_t>(most_map_passes, pairs.size() - begin));
    const size_t table_bytes = 2 * entries * sizeof(T);
    maps.tables = device_tables.const_data_ptr<uint8_t>() + begin * table_bytes;
    for (int p = 0; p < maps.passes; ++p) {
      const auto& [first, second] = pairs[begin + static_cast<size_t>(p)];
      const auto turns = [&](const PlacedView& view) {
        return view.view->placement.mirrors_y() && maps.height > 1;
      };
      maps.pass[p] = {first.place, second ? second->place : -1, first.view->placement.mirrors_x(),
                      turns(first), second && turns(*second)};
    }
    const size_t shared = map_tile_bytes + 16 + static_cast<size_t>(maps.passes) * table_bytes;
    const auto stream = at::cuda::getCurrentCUDAStream();
    const auto grid = static_cast<unsigned>(blocks);
    if (plan.channels == 3)
      map_levels<T, 3><<<grid, map_threads, shared, stream>>>(maps);
    else
      map_levels<T, 1><<<grid, map_threads, shared, stream>>>(maps);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  }
}

// ---------------------------------------------------------------------------------------------
// Resampled views.

struct PlacedResampling {
  Resampling how;
  int place;
};

/// How a launch of resampled views divides the work; nothing where its rows fit no block.
struct ResampleBands {
  int rows, bands, tile_rows;  ///< tile_rows: the most of the source that a band needs
};

std::optional<ResampleBands> bands_of(const ViewPlan& plan,
                                      const std::vector<PlacedResampling>& views) {
  const int height = static_cast<int>(plan.height);
  const int64_t row_values = plan.width * plan.channels;
  for (int rows = most_band_rows; rows >= 1; rows /= 2) {
    // As even as it goes.
    const int bands = (height + rows - 1) / rows;
    const int even = (height + bands - 1) / bands;
    int tile_rows = 0;
    for (const auto& view : views)
      for (int y = 0; y < height; y += even)
        tile_rows = std::max(tile_rows, source_rows(view.how.rows, y, even).second);
    if (tile_rows * row_values <= resample_tile_bytes - 16) return {{even, bands, tile_rows}};
  }
  return std::nullopt;
}

template <class T>
void resample_all(const ViewPlan& plan, const std::vector<PlacedResampling>& views,
                  const ResampleBands& bands, const at::Tensor& images, T* out) {
  // One upload: points of columns, points of rows, bands, places.
  std::vector<AxisPoint> columns, rows;
  std::vector<SourceBand> source;
  std::vector<int> places;
  const auto add = [](std::vector<AxisPoint>& to, const std::vector<TwoTaps>& taps) {
    for (const TwoTaps& tap : taps)
      to.push_back({tap.first, tap.first_weight, tap.second_weight, tap.inside});
  };
  for (const auto& [how, place] : views) {
    add(columns, how.columns);
    add(rows, how.rows);
    for (int band = 0; band < bands.bands; ++band) {
      const auto [first, count] = source_rows(how.rows, band * bands.rows, bands.rows);
      source.push_back({first, count});
    }
    places.push_back(place);
  }
  std::vector<std::byte> bytes;
  const auto append = [&](const auto& values) {
    const auto from = std::as_bytes(std::span(values));
    bytes.insert(bytes.end(), from.begin(), from.end());
    return bytes.size();
  };
  const size_t rows_at = append(columns), source_at = append(rows), places_at = append(source);
  append(places);
  const at::Tensor facts = uploaded(bytes, images.device());
  const uint8_t* const at = facts.const_data_ptr<uint8_t>();

  ResampledViews<T> work{};
  work.images = images.const_data_ptr<uint8_t>();
  work.columns = reinterpret_cast<const AxisPoint*>(at);
  work.rows = reinterpret_cast<const AxisPoint*>(at + rows_at);
  work.source = reinterpret_cast<const SourceBand*>(at + source_at);
  work.places = reinterpret_cast<const int*>(at + places_at);
  work.out = out;
  work.view_values = plan.batch * plan.values_per_image();
  work.views = static_cast<int>(views.size());
  work.batch = static_cast<int>(plan.batch);
  work.height = static_cast<int>(plan.height);
  work.width = static_cast<int>(plan.width);
  work.bands = bands.bands;
  work.band_rows = bands.rows;
  work.reverse_channels = plan.reverse_channels;
  for (size_t c = 0; c < static_cast<size_t>(plan.channels); ++c) {
    work.factor[c] = static_cast<float>(plan.context.scale / plan.std[c]);
    work.offset[c] = static_cast<float>(-plan.mean[c] / plan.std[c]);
    const auto from = static_cast<size_t>(plan.source_channel(static_cast<int64_t>(c)));
    work.outside[c] = plan.fill.outside[from] * work.factor[c] + work.offset[c];
  }
  const int row_values = work.width * static_cast<int>(plan.channels);
  work.image_bytes = (bands.tile_rows * row_values + 15) / 16 * 16;
  const int values = row_values % 4 == 0 ? 4 : 1;
  const int row_groups = row_values / values;
  // Narrow images share a block, so that it has work for every thread.
  const int wanted = std::max(1, most_resample_threads / row_groups);
  work.images_a_block = std::clamp(std::min(wanted, resample_tile_bytes / work.image_bytes), 1,
                                   static_cast<int>(plan.batch));
  const int lanes = work.images_a_block * row_groups;
  const int rounds = (lanes + most_resample_threads - 1) / most_resample_threads;
  const int threads = ((lanes + rounds - 1) / rounds + 31) / 32 * 32;
  const int64_t groups = (plan.batch + work.images_a_block - 1) / work.images_a_block;
  const int64_t blocks = groups * work.bands * work.views;
  TORCH_CHECK(blocks < INT_MAX, "view_synthesis: a batch of ", plan.batch, " is too large");
  const size_t shared = sizeof(AxisPoint) * most_band_rows +
                        static_cast<size_t>(work.images_a_block) * work.image_bytes;
  const auto stream = at::cuda::getCurrentCUDAStream();
  const auto grid = static_cast<unsigned>(blocks);
  const auto kernel = plan.channels == 3
                          ? (values == 4 ? resample_views<T, 3, 4> : resample_views<T, 3, 1>)
                          : (values == 4 ? resample_views<T, 1, 4> : resample_views<T, 1, 1>);
  kernel<<<grid, threads, shared, stream>>>(work);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

// ---------------------------------------------------------------------------------------------

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
  TORCH_CHECK(plan.batch < INT_MAX / 2, "view_synthesis: a batch of ", plan.batch, " is too large");
  const c10::cuda::CUDAGuard guard(images.device());
  at::Tensor out = empty_views(plan, images, dtype);
  if (out.numel() == 0) return out;

  std::vector<PlacedView> in_words, by_value, others;
  std::vector<PlacedResampling> resampled;
  for (size_t v = 0; v < plan.views.size(); ++v) {
    const PlannedView& view = plan.views[v];
    const PlacedView placed{&view, static_cast<int>(v)};
    if (!view.table.empty()) {
      (view.placement.transposed || !walks_in_words(plan, images) ? by_value : in_words)
          .push_back(placed);
    } else if (auto how = resampling_of(plan, view, images.scalar_type())) {
      resampled.push_back({std::move(*how), placed.place});
    } else {
      others.push_back(placed);
    }
  }
  std::optional<ResampleBands> bands;
  if (!resampled.empty() && !(bands = bands_of(plan, resampled)))
    for (const auto& view : resampled)
      others.push_back({&plan.views[static_cast<size_t>(view.place)], view.place});

  for (const auto& [view, place] : others) out[place].copy_(view_by_aten(plan, *view, images));
  const auto launch = [&](auto* destination) {
    map_in_words(plan, in_words, images, destination);
    map_by_value(plan, by_value, images, destination);
    if (bands) resample_all(plan, resampled, *bands, images, destination);
  };
  switch (dtype) {
    case at::kHalf: launch(out.mutable_data_ptr<at::Half>()); break;
    case at::kBFloat16: launch(out.mutable_data_ptr<at::BFloat16>()); break;
    default: launch(out.mutable_data_ptr<float>());
  }
  return out;
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("view_synthesis", view_synthesis_cuda);
}

}  // namespace plumbline::kernels
