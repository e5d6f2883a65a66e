#pragma once
#include <cstdint>

#include "core/study/planer_records.h"
#include "core/types/error.h"

namespace plumbline {

struct TokenRange {
  std::int64_t first = 0, count = 0;
  std::int64_t end() const { return first + count; }
  friend bool operator==(const TokenRange&, const TokenRange&) = default;
};

/// What of a stream is for training, validation and testing: in this order, without gaps.
struct TextParts {
  TokenRange train, validation, test;
};

/// Divides a stream by the reference's shares; borders are rounded to the next token, so that a
/// part may be empty. Shares that are none (below 0, above 1 together, not a number) are cut to
/// what is left.
TextParts split_text(const TextReference& text, std::int64_t tokens);

}  // namespace plumbline
