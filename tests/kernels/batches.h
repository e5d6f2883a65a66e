#pragma once
#include <ATen/ATen.h>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAContext.h>
#endif

#include "core/types/view.h"
#include "kernels/view_synthesis.h"

namespace plumbline::test {

inline std::vector<ViewStep> steps_of(const std::string& text) {
  const auto view = parse_view(text);
  TORCH_CHECK(view.has_value(), text, " is not a view");
  return {view->steps().begin(), view->steps().end()};
}

inline std::vector<std::vector<ViewStep>> all_steps(const std::vector<std::string>& texts) {
  std::vector<std::vector<ViewStep>> all;
  for (const auto& text : texts) all.push_back(steps_of(text));
  return all;
}

/// uint8 [batch, height, width, channels].
inline at::Tensor random_images(int64_t batch, int64_t height, int64_t width, int64_t channels) {
  at::manual_seed(5);
  return at::randint(0, 256, {batch, height, width, channels}, at::kByte);
}

/// Images with surfaces and edges, not only noise: histograms that are not flat.
inline at::Tensor smooth_images(int64_t batch, int64_t height, int64_t width, int64_t channels) {
  at::manual_seed(7);
  const auto coarse = at::rand({batch, channels, 5, 5}) * 200 + 20;
  const auto fine = at::upsample_bilinear2d(coarse, {height, width}, false);
  return (fine + at::randn(fine.sizes()) * 6)
      .clamp(0, 255)
      .to(at::kByte)
      .permute({0, 2, 3, 1})
      .contiguous();
}

inline kernels::Normalisation normalisation_of(int64_t channels, bool reverse = false) {
  kernels::Normalisation n;
  n.mean = channels == 3 ? std::vector{0.485, 0.456, 0.406} : std::vector{0.286};
  n.std = channels == 3 ? std::vector{0.229, 0.224, 0.225} : std::vector{0.353};
  n.reverse_channels = reverse;
  return n;
}

inline std::vector<at::Device> devices() {
  std::vector<at::Device> all = {at::kCPU};
#ifdef PLUMBLINE_CUDA
  if (at::cuda::is_available()) all.emplace_back(at::kCUDA, 0);
#endif
  return all;
}

/// One of each entry of the pool, and combinations.
inline std::vector<std::string> texts_of_all_views(bool colour) {
  std::vector<std::string> texts;
  for (const ViewKind* kind : views::view_pool()) {
    if (kind->needs_colour && !colour) continue;
    if (kind->words.empty()) texts.emplace_back(kind->name);
    for (const auto word : kind->words)
      texts.push_back(std::string(kind->name) + "=" + std::string(word));
  }
  for (const char* text : {"flip_x+gamma=0.8", "rot90+flip_y", "flip_x+scale=1.3+hist",
                           "rot270+crop=tr+blur=0.7", "translate=-0.2:0.15+imadj+brightness=-0.1",
                           "scale=0.6+connorm", "contrast=2+noise=5:3", "gamma=2.5+adhist=4"})
    texts.emplace_back(text);
  return texts;
}

}  // namespace plumbline::test
