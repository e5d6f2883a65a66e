#pragma once
#include <cstdint>
#include <vector>

#include "core/planer/backbone_config.h"

namespace plumbline {

/// Tokens of one range of frequency in an adaptive vocabulary (Baevski & Auli 2019), commonest
/// first.
struct VocabularyCluster {
  std::int64_t first = 0, count = 0;
  std::int64_t width = 0;  ///< of their vectors
  bool projected = false;  ///< there is a projection from that width to d_model
};

/// A single cluster of all tokens where the backbone has no cutoffs.
std::vector<VocabularyCluster> vocabulary_clusters(const BackboneConfig& config);

}  // namespace plumbline
