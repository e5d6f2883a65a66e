// Suppression of boxes and pooling of regions, as detectors ask for them: microseconds of our
// operators, and of what is left, so that tests/bench/gpu/run_box_operators can hold them against
// torchvision's on the same input. Both sides draw it from PyTorch's generator on the CPU with the
// same seed.
//   bench_box_operators [cpu|cuda]      JSON lines on standard output
#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "kernels/box_suppression.h"
#include "kernels/torchvision_ops.h"

using namespace plumbline;

namespace {

constexpr int repetitions = 21;
constexpr double overlap = 0.5, side = 640;

/// The median of what `body` takes, the device's work waited for.
template <class Body>
double microseconds(const at::Device& device, const Body& body) {
  std::vector<double> times;
  for (int i = 0; i < repetitions + 3; ++i) {
    if (device.is_cuda()) at::detail::getCUDAHooks().deviceSynchronize(device.index());
    const auto begin = std::chrono::steady_clock::now();
    body();
    if (device.is_cuda()) at::detail::getCUDAHooks().deviceSynchronize(device.index());
    const std::chrono::duration<double, std::micro> spent =
        std::chrono::steady_clock::now() - begin;
    if (i >= 3) times.push_back(spent.count());
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

struct Boxes {
  at::Tensor boxes, scores, groups;
};

/// Boxes of 10 to 110 pixels on an image of 640 × 640, `sure` of them candidates.
Boxes draw_boxes(int64_t batch, int64_t n, int64_t classes, double sure) {
  at::manual_seed(1);
  const at::Tensor corner = at::rand({batch, n, 2}) * side;
  const at::Tensor size = at::rand({batch, n, 2}) * 100 + 10;
  const at::Tensor scores = at::rand({batch, n});
  const at::Tensor chance = at::rand({batch, n});
  const at::Tensor groups = at::randint(classes, {batch, n}, at::kLong);
  return {at::cat({corner, corner + size}, -1),
          at::where(chance < sure, scores, -std::numeric_limits<double>::infinity()),
          groups.to(at::kInt)};
}

void measure_suppression(const at::Device& device, int64_t batch, int64_t n, int64_t classes,
                         double sure) {
  const Boxes drawn = draw_boxes(batch, n, classes, sure);
  const at::Tensor boxes = drawn.boxes.to(device), scores = drawn.scores.to(device),
                   groups = drawn.groups.to(device);
  at::Tensor kept;
  const double time = microseconds(
      device, [&] { kept = kernels::box_suppression(boxes, scores, groups, overlap); });
  fmt::print(
      "{{\"op\": \"suppression\", \"batch\": {}, \"n\": {}, \"classes\": {}, \"sure\": {}, \"us\": "
      "{:.1f}, \"kept\": {}}}\n",
      batch, n, classes, sure, time, kept.sum().item<int64_t>());
}

void measure_regions(const at::Device& device, int64_t regions, int64_t channels, int64_t height,
                     int64_t width, at::ScalarType type) {
  at::manual_seed(1);
  const at::Tensor input = at::randn({2, channels, height, width}).to(device, type);
  const at::Tensor place = at::randint(2, {regions, 1}, at::kLong).to(at::kFloat);
  const at::Tensor corner = at::rand({regions, 2}) *
                            at::tensor({4.0F * float(width) * 0.7F, 4.0F * float(height) * 0.7F});
  const at::Tensor size = at::rand({regions, 2}) * 200 + 8;
  const at::Tensor rois = at::cat({place, corner, corner + size}, 1).to(device, type);
  at::Tensor out;
  const double time = microseconds(
      device, [&] { out = kernels::torchvision_roi_align(input, rois, 0.25, 7, 7, 2, false); });
  fmt::print(
      "{{\"op\": \"roi_align\", \"regions\": {}, \"channels\": {}, \"height\": {}, \"width\": {}, "
      "\"type\": \"{}\", \"us\": {:.1f}, \"mean\": {:.6f}}}\n",
      regions, channels, height, width, type == at::kHalf ? "float16" : "float32", time,
      out.to(at::kDouble).abs().mean().item<double>());
}

}  // namespace

int main(int count, char** words) {
  const c10::InferenceMode inference;
  const at::Device device(count > 1 ? words[1] : "cpu");
  // One image with what a region proposal network leaves, many images with what a detector of
  // anchors does.
  for (const int64_t n : {1'000, 4'000, 20'000}) measure_suppression(device, 1, n, 1, 1);
  measure_suppression(device, 1, 20'000, 80, 1);
  measure_suppression(device, 1, 8'400, 80, 0.05);
  measure_suppression(device, 32, 8'400, 80, 0.05);
  measure_suppression(device, 32, 2'000, 5, 1);
  for (const auto type : {at::kFloat, at::kHalf}) {
    if (type == at::kHalf && device.is_cpu()) continue;
    measure_regions(device, 1'000, 256, 200, 272, type);
    measure_regions(device, 100, 256, 100, 136, type);
  }
}
