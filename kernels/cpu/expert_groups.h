#pragma once
#include <vector>

#include "kernels/expert_pass.h"

namespace plumbline::kernels {

/// A counting sort. Refuses choices out of range.
Routes route(const at::Tensor& choice, int64_t experts);

/// An expert's places among the sorted slots.
struct Group {
  int64_t expert, begin, size;

  at::Tensor of(const at::Tensor& sorted) const { return sorted.narrow(0, begin, size); }
};

/// Those of experts that have any, and the most that one has.
struct Groups {
  std::vector<Group> groups;
  int64_t largest = 0;

  explicit Groups(const at::Tensor& ends);

  /// For threads to take, the largest first; groups of more than `most` places are cut.
  std::vector<Group> pieces(int64_t most) const;
};

}  // namespace plumbline::kernels
