#include "core/study/text_parts.h"

#include <algorithm>
#include <cmath>

namespace plumbline {

TextParts split_text(const TextReference& text, std::int64_t tokens) {
  const auto border = [&](double share) -> std::int64_t {
    if (!(share > 0)) return 0;  // not a number either
    return std::llround(static_cast<double>(tokens) * std::min(share, 1.0));
  };
  const std::int64_t first = border(text.train);
  const std::int64_t second = std::max(first, border(text.train + text.validation));
  return {{0, first}, {first, second - first}, {second, tokens - second}};
}

}  // namespace plumbline
