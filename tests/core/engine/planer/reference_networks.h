#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/planer/backbone_config.h"

/// Published networks as their papers and their authors' code define them, one sum after the other
/// in double. They read tensors by the published names and share nothing with the engine.
namespace plumbline::test {

struct NamedArray {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};
using PublishedWeights = std::map<std::string, NamedArray>;

/// [token][value]
using Rows = std::vector<std::vector<double>>;

/// Transformer-XL (Dai et al. 2019; kimiyoung/transformer-xl, pytorch/mem_transformer.py), one
/// text.
class ReferenceTransformerXl {
 public:
  ReferenceTransformerXl(const PublishedWeights& weights, const BackboneConfig& config)
      : weights_(weights), config_(config) {}
  /// Log-probabilities after each token, [length][vocabulary]; what was seen is remembered.
  Rows segment(const std::vector<std::int64_t>& tokens);

 private:
  Rows embedded(const std::vector<std::int64_t>& tokens) const;
  Rows attention(std::int64_t layer, const Rows& x, const Rows& memory) const;
  Rows feed_forward(std::int64_t layer, const Rows& x) const;
  std::vector<double> log_probabilities(const std::vector<double>& hidden) const;
  const NamedArray& weight(const std::string& name) const { return weights_.at(name); }

  const PublishedWeights& weights_;
  BackboneConfig config_;
  std::vector<Rows> memory_;  ///< by layer
};

/// GPT-2 (Radford et al. 2019; openai/gpt-2, src/model.py), one text from its beginning.
Rows reference_gpt2(const PublishedWeights& weights, const BackboneConfig& config,
                    const std::vector<std::int64_t>& tokens);

}  // namespace plumbline::test
