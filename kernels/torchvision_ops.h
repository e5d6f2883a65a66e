#pragma once
#include <ATen/core/Tensor.h>

/// Operators that scripted detectors of torchvision call by name. Its library, which a C++ program
/// does not have, would register them; here `torchvision::nms` and `torchvision::roi_align` are
/// registered over kernels of our own, with torchvision's schemas.
namespace plumbline::kernels {

/// torchvision::nms. boxes: [n, 4] floating, left, top, right, bottom; scores: [n]. Returns int64:
/// the places of those that are kept, by falling score (of equal ones the earlier first). Overlaps
/// are computed in float64 where torchvision uses the boxes' type: the two differ only where one
/// equals the threshold within rounding. Waits for the device, since the result has as many rows as
/// are kept.
at::Tensor torchvision_nms(const at::Tensor& boxes, const at::Tensor& scores, double overlap);

/// torchvision::roi_align. input: [batch, channels, height, width] floating; regions: [n, 5]: place
/// in the batch, left, top, right, bottom in pixels of an image that is 1 / scale as large as the
/// input. Returns [n, channels, pooled_height, pooled_width]: each the mean of samples (ratio ×
/// ratio, or as many as a bin has pixels where the ratio is not positive), interpolated
/// bilinearly; what lies more than a pixel outside is 0. `aligned` moves samples by half a pixel
/// and lets regions be less than a pixel. Sums are of the input's type, float32 at least. No
/// gradient.
at::Tensor torchvision_roi_align(const at::Tensor& input, const at::Tensor& regions, double scale,
                                 std::int64_t pooled_height, std::int64_t pooled_width,
                                 std::int64_t ratio, bool aligned);

}  // namespace plumbline::kernels
