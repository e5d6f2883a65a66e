#include <fmt/format.h>

#include "core/planer/key_source.h"

// GPT-2's names, as OpenAI's weights have them at Hugging Face, whose matrices (Conv1D) are [in,
// out], and as nanoGPT has them, where they are those of linear layers, [out, in].

namespace plumbline {

namespace {

void take_gpt2_norm(KeySource& source, const std::string& ours, const std::string& theirs) {
  for (const char* part : {"weight", "bias"}) {
    source.take(fmt::format("{}.{}", ours, part), fmt::format("{}.{}", theirs, part),
                {source.config().d_model});
  }
}

/// Whether matrices are [out, in], by the first one whose sides differ: an output projection is
/// square and would be taken the wrong way round without a word.
bool has_linear_layers(const KeySource& source) {
  const auto& config = source.config();
  const std::int64_t width = config.heads * config.d_head;
  const auto lies = [&](const char* name, std::int64_t out, std::int64_t in) {
    const TensorView* tensor = source.find(name);
    return tensor && out != in && tensor->shape == KeySource::Shape{out, in};
  };
  if (lies("h.0.attn.c_attn.weight", 3 * width, config.d_model)) return true;
  if (lies("h.0.attn.c_attn.weight", config.d_model, 3 * width)) return false;
  return lies("h.0.mlp.c_fc.weight", config.d_inner, config.d_model);
}

/// Our matrix [out, in] from theirs.
void take_gpt2_matrix(KeySource& source, bool linear, std::string ours, const std::string& theirs,
                      KeySource::Shape shape) {
  if (linear)
    source.take(std::move(ours), theirs, std::move(shape));
  else
    source.take_transposed(std::move(ours), theirs, std::move(shape));
}

void take_gpt2_attention(KeySource& source, bool linear, std::int64_t layer) {
  const auto& config = source.config();
  const std::int64_t d_model = config.d_model, width = config.heads * config.d_head;
  const std::string ours = fmt::format("slots.{}.attention", 2 * layer);
  const std::string theirs = fmt::format("h.{}.attn", layer);
  std::int64_t row = 0;
  for (const char* part : {"query", "key", "value"}) {
    source.take_rows(fmt::format("{}.{}", ours, part), theirs + ".c_attn.weight", {width, d_model},
                     row, 3 * width, !linear);
    source.take_rows(fmt::format("{}.{}_bias", ours, part), theirs + ".c_attn.bias", {width}, row,
                     3 * width);
    row += width;
  }
  take_gpt2_matrix(source, linear, ours + ".output", theirs + ".c_proj.weight", {d_model, width});
  source.take(ours + ".output_bias", theirs + ".c_proj.bias", {d_model});
  take_gpt2_norm(source, ours + ".norm", fmt::format("h.{}.ln_1", layer));
  source.ignore(theirs + ".bias");  // the causal mask and its filling
  source.ignore(theirs + ".masked_bias");
}

void take_gpt2_feed_forward(KeySource& source, bool linear, std::int64_t layer) {
  const auto& config = source.config();
  const std::string ours = fmt::format("slots.{}.feed_forward", 2 * layer + 1);
  const std::string theirs = fmt::format("h.{}.mlp", layer);
  take_gpt2_matrix(source, linear, ours + ".first", theirs + ".c_fc.weight",
                   {config.d_inner, config.d_model});
  source.take(ours + ".first_bias", theirs + ".c_fc.bias", {config.d_inner});
  take_gpt2_matrix(source, linear, ours + ".second", theirs + ".c_proj.weight",
                   {config.d_model, config.d_inner});
  source.take(ours + ".second_bias", theirs + ".c_proj.bias", {config.d_model});
  take_gpt2_norm(source, ours + ".norm", fmt::format("h.{}.ln_2", layer));
}

/// Where the vocabulary's rows are: the embedding, or the head that shares them where a file was
/// saved with the head alone.
std::string embedding_key(const KeySource& source) {
  const bool head_alone =
      source.config().tied && !source.has("wte.weight") && source.has("lm_head.weight");
  return head_alone ? "lm_head.weight" : "wte.weight";
}

/// Takes a matrix with a row a token. One that is padded, as nanoGPT's 50,304 rows for 50,257
/// tokens are, has its first rows taken; any other number of rows is another vocabulary.
void take_vocabulary(KeySource& source, std::string ours, const std::string& theirs) {
  constexpr std::int64_t padding = 64;
  const auto& config = source.config();
  const KeySource::Shape shape{config.vocabulary, config.d_model};
  const TensorView* tensor = source.find(theirs);
  const std::int64_t rows = tensor && tensor->shape.size() == 2 ? tensor->shape[0] : 0;
  const bool padded =
      rows % padding == 0 && rows > config.vocabulary && rows - config.vocabulary <= padding;
  if (!padded) return source.take(std::move(ours), theirs, shape);
  source.note(
      fmt::format("'{}' has {} rows for a vocabulary of {}: the last {} are taken for padding and "
                  "left out; with \"vocabulary\": {} in the configuration they are kept",
                  theirs, rows, config.vocabulary, rows - config.vocabulary, rows));
  source.take_first_rows(std::move(ours), theirs, shape);
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
  const std::string embedding = embedding_key(source);
  take_vocabulary(source, "embedding.0.weight", embedding);
  // A network for shorter segments than the published one uses the first positions.
  source.take_first_rows("positions.weight", "wpe.weight", {config.train.length, config.d_model});
  const bool linear = has_linear_layers(source);
  if (linear)
    source.note(
        "the matrices are those of linear layers, as in nanoGPT: its GELU is the exact one, "
        "Plumbline's is the tanh form of GPT-2, which costs some 10⁻⁵ bits per token");
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    take_gpt2_attention(source, linear, layer);
    take_gpt2_feed_forward(source, linear, layer);
  }
  take_gpt2_norm(source, "final_norm", "ln_f");
  if (config.tied) {
    source.same("lm_head.weight", "wte.weight");
  } else {
    take_vocabulary(source, "softmax.0.weight",
                    source.has("lm_head.weight") ? "lm_head.weight" : "wte.weight");
  }
  source.zeros("softmax.0.bias", {config.vocabulary});
}

}  // namespace plumbline
