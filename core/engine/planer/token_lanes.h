#pragma once
#include <cstdint>
#include <utility>

#include <ATen/core/Tensor.h>

#include "core/data/text_tokens.h"
#include "core/study/text_parts.h"
#include "core/types/error.h"

namespace plumbline {

/// A whole text's tokens on the device, in their own width (uint8, int32): [tokens].
at::Tensor tokens_on(const TokenText& text, at::Device device);

/// A range read as `batch` lanes side by side, each a stretch of its own, so that what a lane's
/// memory holds is what comes before in the text.
class TokenLanes {
 public:
  TokenLanes() = default;
  /// Errors (bad_input): shorter than one segment a lane.
  static Result<TokenLanes> make(const at::Tensor& tokens, TokenRange range, std::int64_t batch,
                                 std::int64_t length, const std::string& where);

  /// All of a range in whole segments: lanes follow each other, and the last one is filled up with
  /// tokens that do not count (`missing`). At most `batch` lanes; fewer where there are fewer
  /// segments. Errors (bad_input): no token that follows another.
  static Result<TokenLanes> whole(const at::Tensor& tokens, TokenRange range, std::int64_t batch,
                                  std::int64_t length, const std::string& where);

  /// `count` of the lanes, from `first` on.
  TokenLanes some(std::int64_t first, std::int64_t count) const;

  /// Tokens at the last lane's end that are no part of the range.
  std::int64_t missing() const { return missing_; }
  std::int64_t batch() const { return input_.size(0); }
  std::int64_t segments() const { return input_.size(1) / length_; }
  std::int64_t length() const { return length_; }
  /// Segment i of every lane, and the tokens that follow each: int64 [batch, length].
  std::pair<at::Tensor, at::Tensor> segment(std::int64_t i) const;

 private:
  at::Tensor input_, target_;  ///< [batch, tokens a lane], views
  std::int64_t length_ = 0, missing_ = 0;
};

}  // namespace plumbline
