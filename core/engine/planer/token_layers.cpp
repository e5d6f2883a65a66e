#include "core/engine/planer/token_layers.h"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/planer/vocabulary_clusters.h"

namespace plumbline {

namespace {

std::vector<TokenCluster> make_clusters(ParameterSet& parameters, const BackboneConfig& config,
                                        const std::string& prefix) {
  std::vector<TokenCluster> clusters;
  for (const VocabularyCluster& range : vocabulary_clusters(config)) {
    TokenCluster cluster;
    cluster.first = range.first;
    cluster.count = range.count;
    const std::string name = fmt::format("{}.{}.", prefix, clusters.size());
    cluster.weight =
        parameters.make(name + "weight", ParameterRole::weight, {range.count, range.width});
    if (range.projected)
      cluster.projection = parameters.make(name + "projection", ParameterRole::weight,
                                           {config.d_model, range.width});
    clusters.push_back(std::move(cluster));
  }
  return clusters;
}

/// On a GPU a small vocabulary's vectors come from a product with ones and zeros: the same values,
/// and a gradient for which nothing waits (at::embedding's counts its segments on the host).
at::Tensor looked_up(const at::Tensor& weight, const at::Tensor& tokens) {
  constexpr std::int64_t small = 1024;
  if (!weight.is_cuda() || weight.size(0) > small || !at::GradMode::is_enabled())
    return at::embedding(weight, tokens);
  const at::Tensor all = at::arange(weight.size(0), tokens.options());
  return at::matmul(tokens.unsqueeze(-1).eq(all).to(weight.scalar_type()), weight);
}

}  // namespace

TokenEmbedding::TokenEmbedding(ParameterSet& parameters, const BackboneConfig& config)
    : clusters_(make_clusters(parameters, config, "embedding")),
      scale_(config.positions == Positions::relative
                 ? std::sqrt(static_cast<double>(config.d_model))
                 : 1.0) {}

at::Tensor TokenEmbedding::operator()(const at::Tensor& tokens) const {
  at::Tensor sum;
  for (const TokenCluster& cluster : clusters_) {
    at::Tensor part;
    if (clusters_.size() == 1) {
      part = looked_up(cluster.weight, tokens);
      if (cluster.projection.defined()) part = at::linear(part, cluster.projection);
      sum = part;
      break;
    }
    // Every cluster's vectors for all tokens, then those of the right cluster: no host round trip.
    const at::Tensor place = tokens - cluster.first;
    const at::Tensor inside = place.ge(0).logical_and(place.lt(cluster.count));
    part = at::embedding(cluster.weight, place.clamp(0, cluster.count - 1));
    if (cluster.projection.defined()) part = at::linear(part, cluster.projection);
    part = part * inside.unsqueeze(-1).to(part.scalar_type());
    sum = sum.defined() ? sum + part : part;
  }
  return scale_ == 1 ? sum : sum * scale_;
}

TokenSoftmax::TokenSoftmax(ParameterSet& parameters, const BackboneConfig& config,
                           const TokenEmbedding& embedding)
    : clusters_(config.tied ? embedding.clusters() : make_clusters(parameters, config, "softmax")) {
  for (std::size_t i = 0; i < clusters_.size(); ++i)
    biases_.push_back(parameters.make(fmt::format("softmax.{}.bias", i), ParameterRole::bias,
                                      {clusters_[i].count}));
  if (clusters_.size() > 1) {
    const auto tails = static_cast<std::int64_t>(clusters_.size()) - 1;
    cluster_weight_ = parameters.make("softmax.cluster_weight", ParameterRole::weight,
                                      {tails, clusters_[0].weight.size(1)});
    cluster_bias_ = parameters.make("softmax.cluster_bias", ParameterRole::bias, {tails});
  }
}

at::Tensor TokenSoftmax::logits(const at::Tensor& hidden, const TokenCluster& cluster,
                                const at::Tensor& bias) const {
  const at::Tensor narrow =
      cluster.projection.defined() ? at::matmul(hidden, cluster.projection) : hidden;
  return at::linear(narrow, cluster.weight, bias).to(at::kFloat);
}

at::Tensor TokenSoftmax::head_log_probabilities(const at::Tensor& hidden) const {
  const TokenCluster& head = clusters_[0];
  const at::Tensor narrow =
      head.projection.defined() ? at::matmul(hidden, head.projection) : hidden;
  const at::Tensor weight = at::cat({head.weight, cluster_weight_});
  const at::Tensor bias = at::cat({biases_[0], cluster_bias_});
  return at::linear(narrow, weight, bias).to(at::kFloat).log_softmax(-1);
}

at::Tensor TokenSoftmax::losses(const at::Tensor& hidden, const at::Tensor& targets) const {
  if (clusters_.size() == 1)
    return at::cross_entropy_loss(logits(hidden, clusters_[0], biases_[0]), targets, {},
                                  at::Reduction::None);
  const at::Tensor head = head_log_probabilities(hidden);
  const std::int64_t shortlist = clusters_[0].count;
  at::Tensor log_probability =
      head.gather(1, targets.clamp(0, shortlist - 1).unsqueeze(1)).squeeze(1);
  for (std::size_t i = 1; i < clusters_.size(); ++i) {
    const TokenCluster& cluster = clusters_[i];
    const at::Tensor inside =
        targets.ge(cluster.first).logical_and(targets.lt(cluster.first + cluster.count));
    // Only the tokens of the cluster: its softmax is wide, they are few. Without any its weights
    // have gradients too, of 0: ranks that share a batch have them of the same tensors.
    const at::Tensor rows = inside.nonzero().squeeze(1);
    const at::Tensor tail =
        logits(hidden.index_select(0, rows), cluster, biases_[i]).log_softmax(-1);
    const at::Tensor own =
        tail.gather(1, (targets.index_select(0, rows) - cluster.first).unsqueeze(1)).squeeze(1);
    // Transformer-XL counts its clusters from the end.
    const at::Tensor chosen =
        head.select(1, head.size(1) - static_cast<std::int64_t>(i)).index_select(0, rows);
    log_probability = log_probability.index_put({rows}, own + chosen);
  }
  return log_probability.neg();
}

at::Tensor TokenSoftmax::log_probabilities(const at::Tensor& hidden) const {
  if (clusters_.size() == 1) return logits(hidden, clusters_[0], biases_[0]).log_softmax(-1);
  const at::Tensor head = head_log_probabilities(hidden);
  std::vector<at::Tensor> parts{head.narrow(1, 0, clusters_[0].count)};
  for (std::size_t i = 1; i < clusters_.size(); ++i)
    parts.push_back(logits(hidden, clusters_[i], biases_[i]).log_softmax(-1) +
                    head.narrow(1, head.size(1) - static_cast<std::int64_t>(i), 1));
  return at::cat(parts, 1);
}

}  // namespace plumbline
