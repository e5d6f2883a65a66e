#pragma once
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "core/review/review_table.h"

namespace plumbline::test {

/// Objects of samples with none to many of them: what was true, what was detected, how well, by
/// whom. Each sample with objects has itself as a row, too, where its number is even.
struct ToyObjects {
  std::vector<ItemRef> items;
  std::vector<ClassIndex> truth, label;
  std::vector<Verdict> verdict;
  std::vector<float> iou;             ///< NaN: nothing is near
  std::vector<std::uint8_t> type;     ///< of six
  std::vector<std::uint8_t> finders;  ///< bit v: voter v found it
  static constexpr std::size_t voters = 6;

  void add(ItemRef item, ClassIndex true_class, ClassIndex found, Verdict what, float overlap,
           std::uint8_t kind, std::uint8_t found_by) {
    items.push_back(item);
    truth.push_back(true_class);
    label.push_back(found);
    verdict.push_back(what);
    iou.push_back(overlap);
    type.push_back(kind);
    finders.push_back(found_by);
  }

  /// Refers to these objects.
  ReviewTable table() const {
    ReviewTable table;
    table.rows = items.size();
    table.items = items;
    table.truth = truth;
    table.label = label;
    table.verdict = verdict;
    table.numbers = {{"iou", Column<float>(std::span<const float>(iou))},
                     {"found by k", Column<float>(finder_counts())}};
    table.words = {{"type", Column<std::uint8_t>(std::span<const std::uint8_t>(type))}};
    table.members = {{"found by", voters, [this](std::size_t row, std::size_t voter) {
                        return (finders[row] >> voter & 1) != 0;
                      }}};
    return table;
  }

 private:
  std::vector<float> finder_counts() const {
    std::vector<float> counts;
    for (const std::uint8_t found_by : finders) {
      int count = 0;
      for (std::size_t v = 0; v < voters; ++v) count += found_by >> v & 1;
      counts.push_back(static_cast<float>(count));
    }
    return counts;
  }
};

inline ToyObjects random_objects(std::uint32_t samples, unsigned seed) {
  std::mt19937 random(seed);
  ToyObjects toys;
  const auto add = [&](ItemRef item) {
    const bool missed = random() % 4 == 0;
    toys.add(
        item, static_cast<ClassIndex>(random() % 5),
        missed ? no_class : static_cast<ClassIndex>(random() % 5),
        static_cast<Verdict>(random() % verdict_kinds),
        missed ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(random() % 21) / 20,
        static_cast<std::uint8_t>(random() % 6), static_cast<std::uint8_t>(random() % 64));
  };
  for (std::uint32_t sample = 0; sample < samples; ++sample) {
    const auto objects = static_cast<std::uint32_t>(random() % 8);
    if (objects > 0 && sample % 2 == 0) add(ItemRef(sample));
    for (std::uint32_t object = 0; object < objects; ++object)
      add(ItemRef(sample, sample % 7 == 0 ? 100 * object : object));
  }
  return toys;
}

/// Three samples: one with two objects, one with none, one with three.
inline ToyObjects five_objects() {
  using V = Verdict;
  const float nothing = std::numeric_limits<float>::quiet_NaN();
  ToyObjects toys;
  toys.add(ItemRef(0, 0), 1, 1, V::kept, 0.9f, 0, 0b000111);
  toys.add(ItemRef(0, 1), 2, no_class, V::undetected, nothing, 5, 0b000000);
  toys.add(ItemRef(2, 0), 1, 2, V::undetected, 0.6f, 1, 0b000010);
  toys.add(ItemRef(2, 1), 2, 2, V::needlessly_rejected, 0.7f, 0, 0b100010);
  toys.add(ItemRef(2, 7), 1, 1, V::kept, 0.8f, 0, 0b111111);
  return toys;
}

}  // namespace plumbline::test
