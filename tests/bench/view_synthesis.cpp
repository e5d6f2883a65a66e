// Views of a batch of images (`view_synthesis`), with the bytes that they have to move, beside a
// copy of the device's memory; and what the device's memory and its matrix units reach at all, in
// the same process.
//   bench_view_synthesis [cpu|cuda[:N] [GROUP…]]   JSON lines on standard output; all groups
//                                                  where none is named
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/engine/inference/stopwatch.h"
#include "core/types/view.h"
#include "kernels/view_synthesis.h"

using namespace plumbline;
using nlohmann::ordered_json;

namespace {

constexpr int warm_ups = 3, rounds = 9, calls = 5;

struct Group {
  const char* name;
  std::vector<const char*> views;
};

/// Groups by what they have to do besides moving bytes.
const std::vector<Group> groups = {
    {"identity", {"identity"}},
    {"flips", {"identity", "flip_x", "flip_y", "rot180"}},
    {"crops", {"crop=tl", "crop=tr", "crop=bl", "crop=br", "crop=c"}},
    {"tones", {"gamma=0.8", "gamma=2", "brightness=0.1", "brightness=-0.1"}},
    {"histograms", {"hist", "imadj", "connorm"}},
    {"local histograms", {"adhist"}},
    {"resampling", {"scale=0.9", "scale=1.2", "translate=0.1:0.1"}}};

struct Images {
  const char* name;
  std::int64_t batch, side;
};
/// As many bytes as no cache holds.
constexpr Images image_sizes[] = {{"224 × 224", 1024, 224}, {"32 × 32", 32'768, 32}};

/// Microseconds a call, and how far the rounds lie apart.
template <class Body>
MedianSpread microseconds(const at::Device& device, const Body& body) {
  for (int i = 0; i < warm_ups; ++i) body();
  Stopwatch watch(device);
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    watch.start();
    for (int call = 0; call < calls; ++call) body();
    watch.stop();
    for (const double ms : watch.take()) times.push_back(ms * 1e3 / calls);
  }
  return median_spread(std::move(times));
}

void print(const ordered_json& line) {
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

double measure_copy(const at::Device& device) {
  const std::int64_t values = device.is_cuda() ? 1 << 29 : 1 << 25;
  const at::Tensor from = at::randn({values}, at::TensorOptions(device));
  at::Tensor to = at::empty_like(from);
  const auto took = microseconds(device, [&] { to.copy_(from); });
  const double gigabytes_per_second = 2e-3 * static_cast<double>(from.nbytes()) / took.median;
  print({{"ceiling", "copy"}, {"gigabytes_per_second", gigabytes_per_second}});
  return gigabytes_per_second;
}

void measure_products(const at::Device& device) {
  const std::int64_t side = device.is_cuda() ? 8192 : 1024;
  const auto options = at::TensorOptions(device).dtype(at::kBFloat16);
  const at::Tensor a = at::randn({side, side}, options), b = at::randn_like(a);
  const auto took = microseconds(device, [&] { at::matmul(a, b); });
  print({{"ceiling", "bf16 products"},
         {"teraflops", 2e-6 * static_cast<double>(side * side * side) / took.median}});
}

void measure_views(const at::Device& device, const Images& size, const Group& group, double copy) {
  std::vector<std::vector<ViewStep>> steps;
  for (const char* text : group.views) {
    const auto view = parse_view(text);
    TORCH_CHECK(view.has_value(), text, " is not a view");
    steps.emplace_back(view->steps().begin(), view->steps().end());
  }
  const std::int64_t batch = device.is_cuda() ? size.batch : size.batch / 64;
  // Surfaces and edges, so that histograms are not flat.
  at::manual_seed(7);
  const at::Tensor coarse = at::rand({batch, 3, 5, 5}, at::TensorOptions(device)) * 200 + 20;
  const at::Tensor levels = at::upsample_bilinear2d(coarse, {size.side, size.side}, false);
  const at::Tensor images = (levels + at::randn_like(levels) * 6)
                                .clamp(0, 255)
                                .to(at::kByte)
                                .permute({0, 2, 3, 1})
                                .contiguous();
  const kernels::Normalisation normalisation{.mean = {0.485, 0.456, 0.406},
                                             .std = {0.229, 0.224, 0.225}};
  std::size_t written = 0;
  const auto took = microseconds(device, [&] {
    written = kernels::view_synthesis(images, steps, normalisation, at::kBFloat16).nbytes();
  });
  // The images once, and every view.
  const double bytes = static_cast<double>(images.nbytes() + written);
  const double gigabytes_per_second = 1e-3 * bytes / took.median;
  print({{"views", group.name},
         {"images", size.name},
         {"batch", batch},
         {"count", group.views.size()},
         {"microseconds", took.median},
         {"spread", took.spread},
         {"gigabytes_per_second", gigabytes_per_second},
         {"of_a_copy", gigabytes_per_second / copy}});
}

}  // namespace

int main(int count, char** words) {
  const c10::InferenceMode inference;
  at::Device device(count > 1 ? words[1] : "cpu");
  if (device.is_cuda() && !device.has_index()) device.set_index(0);
  const std::vector<std::string_view> named(words + std::min(count, 2), words + count);
  for (const std::string_view name : named)
    TORCH_CHECK(std::ranges::find(groups, name, &Group::name) != groups.end(), name,
                " is not a group of views");
  const double copy = measure_copy(device);
  measure_products(device);
  for (const Images& size : image_sizes)
    for (const Group& group : groups)
      if (named.empty() || std::ranges::find(named, group.name) != named.end())
        measure_views(device, size, group, copy);
}
