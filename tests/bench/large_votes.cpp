#include "tests/bench/large_votes.h"

#include <algorithm>
#include <cmath>

namespace plumbline {

namespace {

/// SplitMix64's last step: every bit of the key matters for every bit of the result.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// Nearly normal, of variance 1: the sum of four uniform numbers.
float noise_of(std::uint64_t key) {
  const std::uint64_t bits = mixed(key);
  const auto sum = static_cast<std::uint32_t>((bits & 0xFFFF) + (bits >> 16 & 0xFFFF) +
                                              (bits >> 32 & 0xFFFF) + (bits >> 48));
  return (static_cast<float>(sum) / 65'536.0F - 2.0F) * 1.732F;
}

/// Keys of different purposes never meet: a sample has room for 2^20 of them.
std::uint64_t key_of(std::int64_t sample, std::size_t purpose, std::size_t index) {
  return (static_cast<std::uint64_t>(sample) << 20) + (purpose << 12) + index;
}

/// What all networks see of a sample: how easy it is, and the class that misleads them.
struct SampleView {
  ClassIndex label;
  std::size_t misleading;
  float ease, lure;
};

SampleView view_of(std::int64_t sample, ClassIndex label, int classes) {
  SampleView view{label, 0, 0, 0};
  const auto others = static_cast<std::size_t>(classes - 1);
  view.misleading = (label + 1 + mixed(key_of(sample, 0, 0)) % others) % (others + 1);
  view.ease = static_cast<float>(std::pow(fraction_of(key_of(sample, 0, 1)), 0.35));
  if (fraction_of(key_of(sample, 0, 2)) < 0.08)
    view.lure = static_cast<float>(3 + 5 * fraction_of(key_of(sample, 0, 3)));
  return view;
}

/// Logits become log-probabilities in place; fills the cell's other columns.
void finish(ClassPredictions& content, std::size_t cell, ClassIndex label) {
  const auto classes = static_cast<std::size_t>(content.classes);
  float* values = content.log_probs.data() + cell * classes;
  const float* best = std::max_element(values, values + classes);
  const float top = *best;
  float sum = 0;
  for (std::size_t c = 0; c < classes; ++c) sum += std::exp(values[c] - top);
  const float shift = top + std::log(sum);
  for (std::size_t c = 0; c < classes; ++c) values[c] -= shift;
  content.predicted[cell] = static_cast<std::int32_t>(best - values);
  content.confidence[cell] = std::exp(*best);
  content.log_prob_label[cell] = values[label];
}

}  // namespace

double fraction_of(std::uint64_t key) { return static_cast<double>(mixed(key) >> 11) * 0x1p-53; }

ClassPredictions large_votes(const std::vector<ClassIndex>& labels,
                             const std::vector<Voter>& voters, std::size_t views, int classes,
                             std::int64_t first, std::int64_t count) {
  ClassPredictions content;
  content.first = first;
  content.count = count;
  content.classes = classes;
  content.voters = voters;
  allocate(content);
  const auto width = static_cast<std::size_t>(classes);
  std::vector<float> shared(width), of_model(width);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t sample = first + i;
    const auto view = view_of(sample, labels[static_cast<std::size_t>(sample)], classes);
    for (std::size_t c = 0; c < width; ++c) shared[c] = 0.9F * noise_of(key_of(sample, 1, c));
    shared[view.misleading] += view.lure;
    for (std::size_t row = 0; row < voters.size(); ++row) {
      const std::size_t model = row / views;
      if (row % views == 0) {
        for (std::size_t c = 0; c < width; ++c)
          of_model[c] = shared[c] + 0.7F * noise_of(key_of(sample, 2 + model, c));
        of_model[view.label] += (8.5F - 0.6F * static_cast<float>(model)) * view.ease;
      }
      const std::size_t cell = row * static_cast<std::size_t>(count) + static_cast<std::size_t>(i);
      float* out = content.log_probs.data() + cell * width;
      for (std::size_t c = 0; c < width; ++c)
        out[c] = of_model[c] + 0.4F * noise_of(key_of(sample, 64 + row, c));
      finish(content, cell, view.label);
    }
  }
  return content;
}

}  // namespace plumbline
