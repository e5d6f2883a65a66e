#include "core/engine/sums/step_agreement.h"

#include <algorithm>

#include <ATen/ATen.h>

namespace plumbline {

namespace {

constexpr std::chrono::milliseconds between_looks(50);
/// With ranks, where looking up waits for the device.
constexpr double seconds_between = 0.25;
constexpr std::int64_t most_steps_between = 10'000;  // a whole number in float32

}  // namespace

bool StepAgreement::due() {
  ++steps_;
  if (ranks_ != nullptr) return steps_ >= gap_;
  return Clock::now() - asked_at_ >= between_looks;
}

StepWishes StepAgreement::agree(const StepWishes& own) {
  const double seconds = std::chrono::duration<double>(Clock::now() - asked_at_).count();
  // At most twice as many: what the first steps took says little of the next.
  const double fitting = static_cast<double>(steps_) * seconds_between / std::max(seconds, 1e-6);
  const auto next = std::clamp<std::int64_t>(
      static_cast<std::int64_t>(std::min(fitting, 2.0 * static_cast<double>(gap_))), 1,
      most_steps_between);
  steps_ = 0;
  StepWishes agreed = own;
  if (ranks_ != nullptr) {
    const bool first = ranks_->rank() == 0;
    const at::Tensor wishes = at::tensor({own.stop ? 1.0F : 0.0F, first && own.save ? 1.0F : 0.0F,
                                          first ? static_cast<float>(next) : 0.0F})
                                  .to(ranks_->device());
    ranks_->add(wishes);
    const at::Tensor all = wishes.to(at::kCPU);
    const float* sums = all.const_data_ptr<float>();
    agreed = {sums[1] > 0, sums[0] > 0};
    gap_ = static_cast<std::int64_t>(sums[2]);
  }
  asked_at_ = Clock::now();
  return agreed;
}

}  // namespace plumbline
