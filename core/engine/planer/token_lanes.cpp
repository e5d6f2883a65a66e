#include "core/engine/planer/token_lanes.h"

#include <algorithm>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace plumbline {

at::Tensor tokens_on(const TokenText& text, at::Device device) {
  // One byte each where that holds them, else four.
  const bool bytes = text.vocabulary() <= 256;
  at::Tensor all = at::empty({text.size()}, bytes ? at::kByte : at::kInt);
  constexpr std::int64_t at_once = 1 << 20;
  std::vector<std::int64_t> part(static_cast<std::size_t>(std::min(at_once, text.size())));
  for (std::int64_t first = 0; first < text.size(); first += at_once) {
    const std::int64_t n = std::min(at_once, text.size() - first);
    text.copy(first, n, part.data());
    if (bytes)
      std::copy_n(part.data(), n, all.mutable_data_ptr<std::uint8_t>() + first);
    else
      std::copy_n(part.data(), n, all.mutable_data_ptr<std::int32_t>() + first);
  }
  return all.to(device);
}

Result<TokenLanes> TokenLanes::make(const at::Tensor& tokens, TokenRange range, std::int64_t batch,
                                    std::int64_t length, const std::string& where) {
  // Every token needs one that follows it.
  const std::int64_t a_lane = (range.count - 1) / batch;
  if (a_lane < length)
    return bad_input(
        fmt::format(
            "the text's part has {} tokens, {} are needed for one batch of {} segments of {}",
            range.count, batch * length + 1, batch, length),
        where, "use a longer text, a smaller --batch or a shorter --length");
  TokenLanes lanes;
  lanes.length_ = length;
  lanes.input_ = tokens.narrow(0, range.first, batch * a_lane).view({batch, a_lane});
  lanes.target_ = tokens.narrow(0, range.first + 1, batch * a_lane).view({batch, a_lane});
  return lanes;
}

Result<TokenLanes> TokenLanes::whole(const at::Tensor& tokens, TokenRange range, std::int64_t batch,
                                     std::int64_t length, const std::string& where) {
  // Every token that is judged has one before it.
  const std::int64_t judged = range.count - 1;
  if (judged < 1)
    return bad_input(
        fmt::format("this part of the text has {} tokens, of which none follows another",
                    range.count),
        where, "use a longer text");
  const std::int64_t segments = (judged + length - 1) / length;
  const std::int64_t a_lane = (segments + batch - 1) / batch;
  const std::int64_t count = (segments + a_lane - 1) / a_lane;
  TokenLanes lanes;
  lanes.length_ = length;
  lanes.missing_ = count * a_lane * length - judged;
  const auto filled = [&](std::int64_t first) {
    const at::Tensor part = tokens.narrow(0, first, judged);
    return at::constant_pad_nd(part, {0, lanes.missing_}).view({count, a_lane * length});
  };
  lanes.input_ = filled(range.first);
  lanes.target_ = filled(range.first + 1);
  return lanes;
}

TokenLanes TokenLanes::some(std::int64_t first, std::int64_t count) const {
  TokenLanes lanes;
  lanes.length_ = length_;
  lanes.missing_ = first + count == batch() ? missing_ : 0;
  lanes.input_ = input_.narrow(0, first, count);
  lanes.target_ = target_.narrow(0, first, count);
  return lanes;
}

std::pair<at::Tensor, at::Tensor> TokenLanes::segment(std::int64_t i) const {
  return {input_.narrow(1, i * length_, length_).to(at::kLong),
          target_.narrow(1, i * length_, length_).to(at::kLong)};
}

}  // namespace plumbline
