#include "core/planer/vocabulary_clusters.h"

namespace plumbline {

std::vector<VocabularyCluster> vocabulary_clusters(const BackboneConfig& config) {
  std::vector<VocabularyCluster> clusters;
  std::int64_t first = 0, width = config.embedding_width();
  for (std::size_t i = 0; i <= config.cutoffs.size(); ++i) {
    const std::int64_t end = i < config.cutoffs.size() ? config.cutoffs[i] : config.vocabulary;
    clusters.push_back({first, end - first, width, width != config.d_model || config.div_val > 1});
    first = end;
    width /= config.div_val;
  }
  return clusters;
}

}  // namespace plumbline
