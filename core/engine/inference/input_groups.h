#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/engine/inference/heads/output_head.h"
#include "core/engine/inference/load_sample.h"
#include "core/engine/inference/shard_computer.h"

namespace plumbline {

/// Voters of one range whose networks take the same input, on the same canvas: they share the
/// synthesized views.
struct InputGroup {
  const CardInput* input = nullptr;
  std::size_t canvas = 0;
  std::vector<View> views;
  struct Member {
    std::size_t row;    ///< in the range
    std::size_t voter;  ///< in the run
    std::int64_t view;  ///< in `views`
  };
  std::vector<Member> members;
};

/// The voters of a range in groups, in the order in which they first come; `canvases` takes what is
/// not among them yet. `voters` are the run's, each of the range with its model. Errors: a view
/// that cannot be put on a canvas (divide_view).
Result<std::vector<InputGroup>> group_inputs(const std::vector<VoterSetup>& voters,
                                             const ShardRange& range,
                                             std::vector<Canvas>& canvases);

}  // namespace plumbline
