#include "core/planer/random_architecture.h"

#include <cmath>
#include <random>

namespace plumbline {

std::optional<Architecture> random_architecture(
    std::size_t slots, const std::vector<OptionIndex>& options,
    const std::function<std::optional<double>(const Architecture&)>& latency, double least,
    double most, std::uint64_t seed) {
  if (options.empty() || slots == 0) return std::nullopt;
  std::mt19937_64 random(seed);
  // Not std::uniform_int_distribution: it differs between libraries.
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const double middle = (least + most) / 2;
  constexpr int draws = 1000;
  for (int draw = 0; draw < draws; ++draw) {
    Architecture architecture(slots);
    for (auto& slot : architecture) slot = options[below(options.size())];
    auto now = latency(architecture);
    if (!now) continue;
    for (std::size_t tries = 0; tries < 50 * slots && (*now < least || *now > most); ++tries) {
      const std::size_t slot = below(slots);
      const OptionIndex before = architecture[slot];
      architecture[slot] = options[below(options.size())];
      const auto then = latency(architecture);
      if (then && std::abs(*then - middle) < std::abs(*now - middle))
        now = then;
      else
        architecture[slot] = before;
    }
    if (*now >= least && *now <= most) return architecture;
  }
  return std::nullopt;
}

}  // namespace plumbline
