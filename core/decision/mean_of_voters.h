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

/// The arithmetic mean of one sample's distributions, into `mean`. `rows`: one of as many classes a
/// voter; summed in the voters' order.
void mean_of_rows(std::span<const double* const> rows, std::span<double> mean);

}  // namespace plumbline
