#include <fmt/format.h>

#include "core/planer/key_source.h"

// GPT-2's names, as OpenAI's weights have them at Hugging Face: matrices of its Conv1D are
// [in, out].

namespace plumbline {

namespace {

void take_gpt2_norm(KeySource& source, const std::string& ours, const std::string& theirs) {
  for (const char* part : {"weight", "bias"}) {
    source.take(fmt::format("{}.{}", ours, part), fmt::format("{}.{}", theirs, part),
                {source.config().d_model});
  }
}

void take_gpt2_attention(KeySource& source, std::int64_t layer) {
  const auto& config = source.config();
  const std::int64_t d_model = config.d_model, width = config.heads * config.d_head;
  const std::string ours = fmt::format("slots.{}.attention", 2 * layer);
  const std::string theirs = fmt::format("h.{}.attn", layer);
  std::int64_t row = 0;
  for (const char* part : {"query", "key", "value"}) {
    source.take_rows(fmt::format("{}.{}", ours, part), theirs + ".c_attn.weight", {width, d_model},
                     row, 3 * width, true);
    source.take_rows(fmt::format("{}.{}_bias", ours, part), theirs + ".c_attn.bias", {width}, row,
                     3 * width);
    row += width;
  }
  source.take_transposed(ours + ".output", theirs + ".c_proj.weight", {d_model, width});
  source.take(ours + ".output_bias", theirs + ".c_proj.bias", {d_model});
  take_gpt2_norm(source, ours + ".norm", fmt::format("h.{}.ln_1", layer));
  source.ignore(theirs + ".bias");  // the causal mask and its filling
  source.ignore(theirs + ".masked_bias");
}

void take_gpt2_feed_forward(KeySource& source, std::int64_t layer) {
  const auto& config = source.config();
  const std::string ours = fmt::format("slots.{}.feed_forward", 2 * layer + 1);
  const std::string theirs = fmt::format("h.{}.mlp", layer);
  source.take_transposed(ours + ".first", theirs + ".c_fc.weight",
                         {config.d_inner, config.d_model});
  source.take(ours + ".first_bias", theirs + ".c_fc.bias", {config.d_inner});
  source.take_transposed(ours + ".second", theirs + ".c_proj.weight",
                         {config.d_model, config.d_inner});
  source.take(ours + ".second_bias", theirs + ".c_proj.bias", {config.d_model});
  take_gpt2_norm(source, ours + ".norm", fmt::format("h.{}.ln_2", layer));
}

}  // namespace

void map_gpt2(KeySource& source) {
  const auto& config = source.config();
  if (config.positions != Positions::learned) source.refuse("positions must be learned");
  if (config.norm != NormPlace::pre) source.refuse("norm must be pre");
  if (config.activation != Activation::gelu) source.refuse("activation must be gelu");
  if (!config.projection_biases) source.refuse("projection_biases must be true");
  if (!config.cutoffs.empty()) source.refuse("cutoffs must be empty");
  if (config.embedding_width() != config.d_model) source.refuse("d_embed must be d_model");
  const KeySource::Shape table{config.vocabulary, config.d_model};
  source.take("embedding.0.weight", "wte.weight", table);
  // A network for shorter segments than the published one uses the first positions.
  source.take_first_rows("positions.weight", "wpe.weight", {config.train.length, config.d_model});
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    take_gpt2_attention(source, layer);
    take_gpt2_feed_forward(source, layer);
  }
  take_gpt2_norm(source, "final_norm", "ln_f");
  if (config.tied) {
    source.same("lm_head.weight", "wte.weight");
  } else {
    source.take("softmax.0.weight", source.has("lm_head.weight") ? "lm_head.weight" : "wte.weight",
                table);
  }
  source.zeros("softmax.0.bias", {config.vocabulary});
}

}  // namespace plumbline
