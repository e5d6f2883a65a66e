#include "core/engine/planer/token_lanes.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace plumbline {

Result<TokenLanes> TokenLanes::make(const at::Tensor& tokens, TokenRange range, std::int64_t batch,
                                    std::int64_t length, const std::string& where) {
  // Every token needs one that follows it.
  const std::int64_t a_lane = (range.size() - 1) / batch;
  if (a_lane < length)
    return bad_input(
        fmt::format("the text's part has {} tokens, {} are needed for one batch of {} segments of {}",
                    range.size(), batch * length + 1, batch, length),
        where, "take a longer text, a smaller --batch or a shorter --length");
  TokenLanes lanes;
  lanes.length_ = length;
  lanes.input_ = tokens.narrow(0, range.first, batch * a_lane).view({batch, a_lane});
  lanes.target_ = tokens.narrow(0, range.first + 1, batch * a_lane).view({batch, a_lane});
  return lanes;
}

std::pair<at::Tensor, at::Tensor> TokenLanes::segment(std::int64_t i) const {
  return {input_.narrow(1, i * length_, length_).to(at::kLong),
          target_.narrow(1, i * length_, length_).to(at::kLong)};
}

}  // namespace plumbline
