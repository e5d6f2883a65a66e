#include "core/engine/inference/rank_device.h"

#include <algorithm>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "core/engine/inference/device.h"
#include "core/types/threads.h"

namespace plumbline {

Result<std::string> device_text_of_rank(std::string_view text, const RankEnvironment& ranks,
                                        int gpus, bool gpus_are_chosen) {
  const bool any_gpu = text == "cuda" || (text == "auto" && gpus > 0);
  if (text == "auto" && gpus == 0) return std::string("cpu");
  if (any_gpu) {
    if (ranks.local_rank < gpus) return fmt::format("cuda:{}", ranks.local_rank);
    if (gpus == 1 && gpus_are_chosen) return std::string("cuda:0");
    if (gpus == 0) return std::string(text);  // parse_device says that there is none
    return fail(ErrorKind::device,
                fmt::format("there are {} ranks on this machine, and {} {}", ranks.local_world,
                            gpus, gpus == 1 ? "GPU" : "GPUs"),
                "--device", "start as many ranks as there are GPUs, or compute on --device cpu");
  }
  if (text.starts_with("cuda:") && ranks.local_world > 1)
    return usage_error(
        fmt::format("all {} ranks of this machine would compute on {}", ranks.local_world, text),
        "--device", "leave it out: each rank takes the GPU of its own number");
  return std::string(text);
}

Result<c10::Device> device_of_rank(std::string_view text, const RankEnvironment& ranks) {
  const bool chosen = read_variable("CUDA_VISIBLE_DEVICES").has_value();
  const auto device = device_text_of_rank(text, ranks, gpu_count(), chosen);
  TRY(device);
  return parse_device(*device);
}

void share_threads(const RankEnvironment& ranks) {
  const auto own = core_count() / static_cast<std::size_t>(std::max(1, ranks.local_world));
  at::set_num_threads(static_cast<int>(std::max<std::size_t>(1, own)));
}

}  // namespace plumbline
