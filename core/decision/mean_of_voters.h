#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "core/types/class_index.h"

namespace plumbline {

struct TopClass {
  ClassIndex label = no_class;
  double probability = 0;
};

/// argmax and maximum of a distribution; the lower class where several are as great. No class where
/// there is none.
TopClass top_of(std::span<const double> distribution);

/// What a voter counts among `voters`.
inline double weight_of(std::size_t voter, std::size_t voters, std::span<const double> weights) {
  return weights.empty() ? 1.0 / static_cast<double>(voters) : weights[voter];
}

/// The arithmetic mean of one sample's distributions, into `mean`. `rows`: one of as many classes a
/// voter; summed in the voters' order. `weights`: DistributionBlock's.
void mean_of_rows(std::span<const double* const> rows, std::span<double> mean,
                  std::span<const double> weights = {});

/// Adds exp(log_probs) to a sum of as many classes, within 1e-5 of each and not less than 2^-120:
/// for figures that are shown while a run goes, not for decisions.
void add_probabilities(std::span<const float> log_probs, std::span<double> sum);

}  // namespace plumbline
