#pragma once
#include <memory>
#include <vector>

#include "kernels/resample_program.h"

namespace plumbline::kernels {

/// Views of a plan that are resampled, worked out and on a device.
struct PreparedResampling {
  std::vector<int> places;  ///< of the views that it makes
  ResampleProgram program;  ///< of those, without what is on the device
  at::Tensor facts;
  std::size_t beyond_at = 0, steps_at = 0, segments_at = 0;
};

/// Of the views at `places`, those that can be. What was asked for is kept: the batches of a run
/// have the same views.
std::shared_ptr<const PreparedResampling> prepare_resampling(const ViewPlan& plan,
                                                             const std::vector<int>& places,
                                                             const at::Tensor& images);

/// Writes them into `out`, [views, batch, height, width, channels].
template <class T>
void resample_views(const ViewPlan& plan, const PreparedResampling& prepared,
                    const at::Tensor& images, T* out);

}  // namespace plumbline::kernels
