#include "core/planer/probability_map.h"

#include <algorithm>
#include <cmath>

namespace plumbline {

namespace {

double share(float probability) {
  return std::isfinite(probability) && probability > 0 ? static_cast<double>(probability) : 0.0;
}

}  // namespace

Architecture most_likely(const ProbabilityMap& map) {
  Architecture architecture;
  architecture.reserve(map.size());
  for (const auto& row : map) {
    // The search stays within the table, whatever a file says.
    const auto end =
        row.begin() + static_cast<std::ptrdiff_t>(std::min(row.size(), slot_options().size()));
    architecture.push_back(static_cast<OptionIndex>(
        row.empty() ? 0 : std::max_element(row.begin(), end) - row.begin()));
  }
  return architecture;
}

double mean_entropy(const ProbabilityMap& map) {
  if (map.empty()) return 0;
  double sum = 0;
  for (const auto& row : map) {
    double total = 0;
    for (const float p : row) total += share(p);
    if (total <= 0) continue;
    for (const float p : row) {
      const double q = share(p) / total;
      if (q > 0) sum -= q * std::log(q);
    }
  }
  return sum / static_cast<double>(map.size());
}

double greatest_entropy(const ProbabilityMap& map) {
  if (map.empty()) return 0;
  const auto possible = std::ranges::count_if(map.front(), [](float p) { return p > 0; });
  return possible == 0 ? 0 : std::log(static_cast<double>(possible));
}

}  // namespace plumbline
