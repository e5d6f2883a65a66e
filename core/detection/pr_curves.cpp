#include "core/detection/pr_curves.h"

#include <array>

#include <fmt/format.h>

#include "core/types/number.h"

namespace plumbline {

std::string pr_curves_csv(const BoxDataset& truth, const CocoFigures& figures) {
  constexpr std::array<std::string_view, object_sizes> sizes = {"all", "small", "medium", "large"};
  std::string text = "class,size,threshold,recall,precision\n";
  for (std::size_t k = 0; k < truth.categories.size(); ++k) {
    std::string name;
    for (const char c : truth.categories[k].name) name += c == '"' ? "\"\"" : std::string(1, c);
    for (std::size_t size = 0; size < object_sizes; ++size)
      for (std::size_t t = 0; t < overlap_thresholds; ++t)
        for (std::size_t r = 0; r < recall_points; ++r) {
          const double value = figures.precision_at(static_cast<ObjectSize>(size), t, r, k);
          if (value < 0) break;
          text += fmt::format("\"{}\",{},{:.2f},{:.2f},{}\n", name, sizes[size],
                              coco_thresholds()[t], coco_recalls()[r], shortest(value));
        }
  }
  return text;
}

}  // namespace plumbline
