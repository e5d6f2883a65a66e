#pragma once
#include <span>

#include "core/decision/policy_kind.h"
#include "core/types/class_index.h"

namespace plumbline {

/// Boxes that were fused already, as the policies on boxes read them: a row a box. Requires that
/// both columns outlive it.
struct FusedBoxes final : FurtherPredictions {
  std::span<const ClassIndex> label;
  std::span<const double> score;
};

}  // namespace plumbline
