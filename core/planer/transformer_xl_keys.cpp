#include <fmt/format.h>

#include "core/planer/key_source.h"
#include "core/planer/vocabulary_clusters.h"

// Transformer-XL's names: kimiyoung/transformer-xl, pytorch/mem_transformer.py, and NVIDIA's
// DeepLearningExamples, PyTorch/LanguageModeling/Transformer-XL, which differ in the softmax.

namespace plumbline {

namespace {

/// Clusters of equal width (div_val 1) are one matrix in the file; others have a matrix each.
class Vocabulary {
 public:
  explicit Vocabulary(KeySource& source)
      : source_(source), config_(source.config()), clusters_(vocabulary_clusters(config_)) {}

  void embedding() {
    for (std::size_t i = 0; i < clusters_.size(); ++i) {
      rows(fmt::format("embedding.{}.weight", i), embedding_name(i), i);
      if (has_projection(i)) {
        source_.take(fmt::format("embedding.{}.projection", i), projection_name(i),
                     {config_.d_model, clusters_[i].width});
      }
    }
  }

  void softmax() {
    for (std::size_t i = 0; i < clusters_.size(); ++i) {
      const std::string weight = weight_name(i), projection = fmt::format("crit.out_projs.{}", i);
      if (config_.tied) {
        source_.same(weight, embedding_name(i));
        if (has_projection(i)) source_.same(projection, projection_name(i));
      } else {
        // What is missing is shared with the embedding.
        rows(fmt::format("softmax.{}.weight", i), source_.has(weight) ? weight : embedding_name(i),
             i);
        if (has_projection(i)) {
          source_.take(fmt::format("softmax.{}.projection", i),
                       source_.has(projection) ? projection : projection_name(i),
                       {config_.d_model, clusters_[i].width});
        }
      }
      const std::int64_t of = one_matrix() ? 0 : static_cast<std::int64_t>(i);
      const std::string bias = nvidia() ? fmt::format("crit.out_layers_biases.{}", of)
                                        : fmt::format("crit.out_layers.{}.bias", of);
      source_.take_rows(fmt::format("softmax.{}.bias", i), bias, {clusters_[i].count}, first(i),
                        row_count(i));
    }
    if (clusters_.size() > 1) {
      const auto tails = static_cast<std::int64_t>(clusters_.size()) - 1;
      source_.take("softmax.cluster_weight", "crit.cluster_weight", {tails, clusters_[0].width});
      source_.take("softmax.cluster_bias", "crit.cluster_bias", {tails});
    }
  }

 private:
  bool one_matrix() const { return config_.div_val == 1; }
  std::size_t matrix(std::size_t i) const { return one_matrix() ? 0 : i; }
  bool nvidia() const {
    return source_.has_any("crit.out_layers_biases.") ||
           source_.has_any("crit.out_layers_weights.");
  }
  bool has_projection(std::size_t i) const { return clusters_[i].projected; }
  std::string embedding_name(std::size_t i) const {
    return fmt::format("word_emb.emb_layers.{}.weight", matrix(i));
  }
  std::string projection_name(std::size_t i) const {
    return fmt::format("word_emb.emb_projs.{}", matrix(i));
  }
  std::string weight_name(std::size_t i) const {
    return nvidia() ? fmt::format("crit.out_layers_weights.{}", matrix(i))
                    : fmt::format("crit.out_layers.{}.weight", matrix(i));
  }
  std::int64_t first(std::size_t i) const { return one_matrix() ? clusters_[i].first : 0; }
  std::int64_t row_count(std::size_t i) const {
    return one_matrix() ? config_.vocabulary : clusters_[i].count;
  }
  void rows(std::string ours, const std::string& theirs, std::size_t i) {
    source_.take_rows(std::move(ours), theirs, {clusters_[i].count, clusters_[i].width}, first(i),
                      row_count(i));
  }

  KeySource& source_;
  const BackboneConfig& config_;
  std::vector<VocabularyCluster> clusters_;
};

void take_norm(KeySource& source, const std::string& ours, const std::string& theirs) {
  for (const char* part : {"weight", "bias"}) {
    source.take(fmt::format("{}.norm.{}", ours, part),
                fmt::format("{}.layer_norm.{}", theirs, part), {source.config().d_model});
  }
}

void take_attention(KeySource& source, std::int64_t layer) {
  const auto& config = source.config();
  const std::int64_t d_model = config.d_model, width = config.heads * config.d_head;
  const std::string ours = fmt::format("slots.{}.attention", 2 * layer);
  const std::string theirs = fmt::format("layers.{}.dec_attn", layer);
  std::int64_t row = 0;
  for (const char* part : {"query", "key", "value"}) {
    source.take_rows(fmt::format("{}.{}", ours, part), theirs + ".qkv_net.weight", {width, d_model},
                     row, 3 * width);
    row += width;
  }
  source.take(ours + ".output", theirs + ".o_net.weight", {d_model, width});
  source.take(ours + ".position", theirs + ".r_net.weight", {width, d_model});
  for (const auto& [part, name] :
       {std::pair("content_bias", "r_w_bias"), std::pair("position_bias", "r_r_bias")}) {
    const std::string own = fmt::format("{}.{}", theirs, name);
    source.take(fmt::format("{}.{}", ours, part), source.has(own) ? own : name,
                {config.heads, config.d_head});
  }
  take_norm(source, ours, theirs);
}

void take_feed_forward(KeySource& source, std::int64_t layer) {
  const auto& config = source.config();
  const std::string ours = fmt::format("slots.{}.feed_forward", 2 * layer + 1);
  const std::string theirs = fmt::format("layers.{}.pos_ff", layer);
  source.take(ours + ".first", theirs + ".CoreNet.0.weight", {config.d_inner, config.d_model});
  source.take(ours + ".first_bias", theirs + ".CoreNet.0.bias", {config.d_inner});
  source.take(ours + ".second", theirs + ".CoreNet.3.weight", {config.d_model, config.d_inner});
  source.take(ours + ".second_bias", theirs + ".CoreNet.3.bias", {config.d_model});
  take_norm(source, ours, theirs);
}

}  // namespace

void map_transformer_xl(KeySource& source) {
  const auto& config = source.config();
  if (config.positions != Positions::relative) source.refuse("positions must be relative");
  if (config.norm != NormPlace::post) source.refuse("norm must be post");
  if (config.activation != Activation::relu) source.refuse("activation must be relu");
  if (config.projection_biases) source.refuse("projection_biases must be false");
  Vocabulary vocabulary(source);
  vocabulary.embedding();
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    take_attention(source, layer);
    take_feed_forward(source, layer);
  }
  vocabulary.softmax();
  source.ignore("pos_emb.inv_freq");  // a table of 10000^(−2i/d_model)
}

}  // namespace plumbline
