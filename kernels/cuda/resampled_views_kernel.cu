#include <algorithm>
#include <cstring>
#include <mutex>
#include <span>
#include <string>

#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAException.h>

#include "kernels/cuda/resampled_views.cuh"
#include "kernels/cuda/resampled_views.h"
#include "kernels/cuda/uploaded_facts.h"

namespace plumbline::kernels {

namespace {

/// All that decides how views are resampled, as bytes.
class Key {
 public:
  template <class... V>
  void add(const V&... values) {
    const auto append = [this](const auto& value) {
      static_assert(std::is_arithmetic_v<std::decay_t<decltype(value)>>);
      bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    };
    (append(values), ...);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

std::string key_of(const ViewPlan& plan, const std::vector<int>& places, const at::Tensor& images) {
  Key key;
  key.add(plan.height, plan.width, plan.channels, plan.reverse_channels, plan.antialias,
          plan.context.scale, static_cast<int>(images.scalar_type()), images.get_device());
  for (const double value : plan.mean) key.add(value);
  for (const double value : plan.std) key.add(value);
  for (const int place : places) {
    const PlannedView& view = plan.views[static_cast<size_t>(place)];
    const views::Placement& p = view.placement;
    key.add(place, p.transposed, p.x, p.x0, p.y, p.y0, only_moves(view));
  }
  return key.bytes();
}

std::shared_ptr<const PreparedResampling> prepare(const ViewPlan& plan,
                                                  const std::vector<int>& places,
                                                  const at::Tensor& images) {
  auto prepared = std::make_shared<PreparedResampling>();
  std::vector<PlacedResampling> views;
  for (const int place : places)
    if (auto how =
            resampling_of(plan, plan.views[static_cast<size_t>(place)], images.scalar_type()))
      views.push_back({std::move(*how), place});
  if (views.empty()) return prepared;
  auto program = make_resample_program(plan, views);
  if (!program) return prepared;
  for (const auto& view : views) prepared->places.push_back(view.place);
  std::vector<std::byte> bytes;
  const auto append = [&](auto& values) {
    const auto from = std::as_bytes(std::span(values));
    bytes.insert(bytes.end(), from.begin(), from.end());
    bytes.resize((bytes.size() + 15) / 16 * 16);
    return bytes.size();
  };
  prepared->beyond_at = append(program->columns);
  prepared->steps_at = append(program->beyond);
  prepared->segments_at = append(program->steps);
  append(program->segments);
  prepared->facts = uploaded(bytes, images.device());
  prepared->program = std::move(*program);
  return prepared;
}

}  // namespace

std::shared_ptr<const PreparedResampling> prepare_resampling(const ViewPlan& plan,
                                                             const std::vector<int>& places,
                                                             const at::Tensor& images) {
  struct Kept {
    std::mutex mutex;
    /// None of them ever goes, so that no stream has to be asked.
    std::vector<std::pair<std::string, std::shared_ptr<const PreparedResampling>>> entries;
  };
  constexpr size_t most_kept = 64;
  // Never destroyed: CUDA may end before static objects do.
  static auto* const kept = new Kept;
  std::string key = key_of(plan, places, images);
  const std::lock_guard lock(kept->mutex);
  for (const auto& [known, prepared] : kept->entries)
    if (known == key) return prepared;
  auto prepared = prepare(plan, places, images);
  if (kept->entries.size() < most_kept) {
    // There for all streams from now on.
    C10_CUDA_CHECK(cudaStreamSynchronize(at::cuda::getCurrentCUDAStream()));
    kept->entries.emplace_back(std::move(key), prepared);
  }
  return prepared;
}

template <class T>
void resample_views(const ViewPlan& plan, const PreparedResampling& prepared,
                    const at::Tensor& images, T* out) {
  const ResampleProgram& program = prepared.program;
  const uint8_t* const facts = prepared.facts.const_data_ptr<uint8_t>();
  ResampledViews<T> work{};
  work.images = images.const_data_ptr<uint8_t>();
  work.columns = reinterpret_cast<const ColumnValue*>(facts);
  work.beyond = reinterpret_cast<const float*>(facts + prepared.beyond_at);
  work.steps = reinterpret_cast<const RowStep*>(facts + prepared.steps_at);
  work.segments = reinterpret_cast<const SourceSegment*>(facts + prepared.segments_at);
  work.out = out;
  work.segment_count = static_cast<int>(program.segments.size());
  work.most_steps = program.most_steps;
  work.batch = static_cast<int>(plan.batch);
  work.height = static_cast<int>(plan.height);
  work.row_values = program.row_values;
  work.lanes = program.lanes;
  work.images_a_block = std::min(program.images_a_block, work.batch);
  work.image_bytes = program.image_bytes;
  TORCH_CHECK(static_cast<int64_t>(plan.views.size()) * plan.batch * plan.height < INT_MAX,
              "view_synthesis: a batch of ", plan.batch, " is too large");
  const int lanes = work.images_a_block * program.lanes;
  const int rounds = (lanes + most_resample_threads - 1) / most_resample_threads;
  const int threads = ((lanes + rounds - 1) / rounds + 31) / 32 * 32;
  const int64_t groups = (plan.batch + work.images_a_block - 1) / work.images_a_block;
  const int64_t blocks = groups * work.segment_count;
  TORCH_CHECK(blocks < INT_MAX, "view_synthesis: a batch of ", plan.batch, " is too large");
  const auto shared = static_cast<int>(sizeof(RowStep)) * program.most_steps +
                      work.images_a_block * program.image_bytes;
  const auto choose = [&]<int channels>() {
    if (program.groups == 2 && program.values == 4)
      return program.borders ? resample_segments<T, channels, 4, 2, true>
                             : resample_segments<T, channels, 4, 2, false>;
    return program.values == 4 ? resample_segments<T, channels, 4, 1, true>
                               : resample_segments<T, channels, 1, 1, true>;
  };
  const auto kernel =
      plan.channels == 3 ? choose.template operator()<3>() : choose.template operator()<1>();
  C10_CUDA_CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared));
  kernel<<<static_cast<unsigned>(blocks), threads, shared, at::cuda::getCurrentCUDAStream()>>>(
      work);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

template void resample_views(const ViewPlan&, const PreparedResampling&, const at::Tensor&, float*);
template void resample_views(const ViewPlan&, const PreparedResampling&, const at::Tensor&,
                             at::Half*);
template void resample_views(const ViewPlan&, const PreparedResampling&, const at::Tensor&,
                             at::BFloat16*);

}  // namespace plumbline::kernels
