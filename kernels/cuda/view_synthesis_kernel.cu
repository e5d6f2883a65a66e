#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "kernels/aten/aten_views.h"
#include "kernels/cuda/level_maps.cuh"
#include "kernels/cuda/resampled_views.h"
#include "kernels/cuda/uploaded_facts.h"
#include "kernels/view_plan.h"

namespace plumbline::kernels {

namespace {

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
    const bool moves = maps.pass[0].mirror_x || maps.pass[0].first_mirror_y ||
                       (plan.channels == 3 && maps.reverse_channels);
    const bool in_eights =
        image_bytes % 8 == 0 &&
        (maps.images_a_block > 0 || maps.rows_a_block * maps.row_values % 8 == 0) &&
        reinterpret_cast<uintptr_t>(out) % 16 == 0;
    const bool one_view = maps.passes == 1 && maps.pass[0].second < 0 && !moves && in_eights;
    const auto kernel = plan.channels == 3 ? (one_view ? map_one_view<T, 3> : map_levels<T, 3>)
                                           : (one_view ? map_one_view<T, 1> : map_levels<T, 1>);
    kernel<<<grid, map_threads, shared, stream>>>(maps);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  }
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

  std::vector<PlacedView> in_words, by_value;
  std::vector<int> without_table;
  for (size_t v = 0; v < plan.views.size(); ++v) {
    const PlannedView& view = plan.views[v];
    const PlacedView placed{&view, static_cast<int>(v)};
    if (!view.table.empty()) {
      (view.placement.transposed || !walks_in_words(plan, images) ? by_value : in_words)
          .push_back(placed);
    } else {
      without_table.push_back(placed.place);
    }
  }
  std::shared_ptr<const PreparedResampling> resampled;
  if (!without_table.empty()) resampled = prepare_resampling(plan, without_table, images);
  for (const int place : without_table)
    if (std::ranges::find(resampled->places, place) == resampled->places.end())
      out[place].copy_(view_by_aten(plan, plan.views[static_cast<size_t>(place)], images));
  const auto launch = [&](auto* destination) {
    map_in_words(plan, in_words, images, destination);
    map_by_value(plan, by_value, images, destination);
    if (resampled && !resampled->places.empty())
      resample_views(plan, *resampled, images, destination);
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
