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

/// argmax and maximum of the arithmetic mean of one sample's distributions. `log_probs`: a row of
/// `classes` log-probabilities a voter, −inf for 0; summed in double in the voters' order. Equal
/// means: the lower class. No class where there is none. `mean` is memory to work in.
TopClass top_of_mean(std::span<const float* const> log_probs, std::size_t classes,
                     std::vector<double>& mean);

}  // namespace plumbline
