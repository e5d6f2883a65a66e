#pragma once
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/planer/parameters.h"
#include "core/planer/backbone_config.h"

namespace plumbline {

/// Tokens of one range of frequency in an adaptive vocabulary (Grave et al. 2017; Baevski & Auli
/// 2019): the commonest have the widest vectors. Without cutoffs there is one for all.
struct TokenCluster {
  std::int64_t first = 0, count = 0;
  at::Tensor weight;      ///< [count, width / div_val^i]
  at::Tensor projection;  ///< [d_model, that width]; undefined where the widths are equal
};

/// Tokens in: vectors of d_model values; multiplied by √d_model with relative positions.
class TokenEmbedding {
 public:
  TokenEmbedding(ParameterSet& parameters, const BackboneConfig& config);
  /// tokens: int64 [batch, length] → [batch, length, d_model].
  at::Tensor operator()(const at::Tensor& tokens) const;
  const std::vector<TokenCluster>& clusters() const { return clusters_; }

 private:
  std::vector<TokenCluster> clusters_;
  double scale_ = 1;
};

/// Hidden states out: log-probabilities of the next token, in float32.
class TokenSoftmax {
 public:
  TokenSoftmax(ParameterSet& parameters, const BackboneConfig& config,
               const TokenEmbedding& embedding);
  /// hidden: [n, d_model], targets: int64 [n] → losses [n] in nats, float32.
  at::Tensor losses(const at::Tensor& hidden, const at::Tensor& targets) const;
  /// hidden: [n, d_model] → [n, vocabulary], float32. Of clusters all are computed.
  at::Tensor log_probabilities(const at::Tensor& hidden) const;

 private:
  at::Tensor logits(const at::Tensor& hidden, const TokenCluster& cluster,
                    const at::Tensor& bias) const;
  at::Tensor head_log_probabilities(const at::Tensor& hidden) const;

  std::vector<TokenCluster> clusters_;
  std::vector<at::Tensor> biases_;
  at::Tensor cluster_weight_, cluster_bias_;
};

}  // namespace plumbline
