#include "tests/core/engine/planer/reference_networks.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace plumbline::test {

namespace {

using Vector = std::vector<double>;

/// A matrix [rows, columns] times a vector, rows from `first` on.
Vector times(const NamedArray& matrix, const Vector& x, std::int64_t first, std::int64_t count) {
  const std::int64_t columns = matrix.shape[1];
  Vector out;
  for (std::int64_t r = first; r < first + count; ++r) {
    double sum = 0;
    for (std::int64_t c = 0; c < columns; ++c)
      sum += static_cast<double>(matrix.values[static_cast<std::size_t>(r * columns + c)]) *
             x[static_cast<std::size_t>(c)];
    out.push_back(sum);
  }
  return out;
}
Vector times(const NamedArray& matrix, const Vector& x) {
  return times(matrix, x, 0, matrix.shape[0]);
}
/// A vector times a matrix [in, out], as Conv1D has it.
Vector through(const Vector& x, const NamedArray& matrix) {
  const std::int64_t columns = matrix.shape[1];
  Vector out(static_cast<std::size_t>(columns), 0.0);
  for (std::size_t r = 0; r < x.size(); ++r)
    for (std::size_t c = 0; c < out.size(); ++c)
      out[c] += x[r] * static_cast<double>(matrix.values[r * out.size() + c]);
  return out;
}
Vector row(const NamedArray& matrix, std::int64_t r) {
  const std::int64_t columns = matrix.shape[1];
  return {matrix.values.begin() + r * columns, matrix.values.begin() + (r + 1) * columns};
}
Vector plus(Vector a, const Vector& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}
Vector plus(Vector a, const NamedArray& bias, std::int64_t first = 0) {
  for (std::size_t i = 0; i < a.size(); ++i)
    a[i] += static_cast<double>(bias.values[static_cast<std::size_t>(first) + i]);
  return a;
}
double dot(const double* a, const double* b, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}
Vector normalised(const Vector& x, const NamedArray& scale, const NamedArray& shift) {
  const auto n = static_cast<double>(x.size());
  double mean = 0, variance = 0;
  for (const double value : x) mean += value / n;
  for (const double value : x) variance += (value - mean) * (value - mean) / n;
  Vector out;
  for (std::size_t i = 0; i < x.size(); ++i)
    out.push_back((x[i] - mean) / std::sqrt(variance + 1e-5) *
                      static_cast<double>(scale.values[i]) +
                  static_cast<double>(shift.values[i]));
  return out;
}
Vector log_softmax(Vector x) {
  const double largest = *std::ranges::max_element(x);
  double sum = 0;
  for (const double value : x) sum += std::exp(value - largest);
  for (double& value : x) value -= largest + std::log(sum);
  return x;
}
/// Softmax of scores[j] times the rows of `values` (a head's columns).
void mix(const Vector& scores, const Rows& values, std::int64_t first, std::int64_t count,
         Vector& out) {
  const Vector likely = log_softmax(scores);
  for (std::size_t j = 0; j < scores.size(); ++j)
    for (std::int64_t d = first; d < first + count; ++d)
      out[static_cast<std::size_t>(d)] +=
          std::exp(likely[j]) * values[j][static_cast<std::size_t>(d)];
}

}  // namespace

Rows ReferenceTransformerXl::embedded(const std::vector<std::int64_t>& tokens) const {
  Rows out;
  for (const std::int64_t token : tokens) {
    std::size_t cluster = 0;
    std::int64_t first = 0;
    // Clusters of one width are one table.
    if (config_.div_val > 1)
      while (cluster < config_.cutoffs.size() && token >= config_.cutoffs[cluster])
        first = config_.cutoffs[cluster++];
    const std::string of = std::to_string(cluster);
    Vector x = row(weight("word_emb.emb_layers." + of + ".weight"), token - first);
    if (const auto projection = weights_.find("word_emb.emb_projs." + of);
        projection != weights_.end())
      x = times(projection->second, x);
    for (double& value : x) value *= std::sqrt(static_cast<double>(config_.d_model));
    out.push_back(std::move(x));
  }
  return out;
}

Rows ReferenceTransformerXl::attention(std::int64_t layer, const Rows& x,
                                       const Rows& memory) const {
  const std::string name = "layers." + std::to_string(layer) + ".dec_attn.";
  const auto bias = [&](const std::string& which) -> const NamedArray& {
    const auto own = weights_.find(name + which);
    return own != weights_.end() ? own->second : weight(which);
  };
  const NamedArray &by_content = bias("r_w_bias"), &by_position = bias("r_r_bias");
  const NamedArray& qkv = weight(name + "qkv_net.weight");
  const std::int64_t d = config_.d_head, width = config_.heads * d;
  const auto length = static_cast<std::int64_t>(x.size()),
             remembered = static_cast<std::int64_t>(memory.size()), keys = length + remembered;
  Rows seen = memory;
  seen.insert(seen.end(), x.begin(), x.end());
  Rows key, value, distant;
  for (const Vector& one : seen) {
    key.push_back(times(qkv, one, width, width));
    value.push_back(times(qkv, one, 2 * width, width));
  }
  for (std::int64_t distance = 0; distance < keys; ++distance) {
    const std::int64_t clamped = config_.clamp > 0 ? std::min(distance, config_.clamp) : distance;
    Vector sine, cosine;
    for (std::int64_t i = 0; i < config_.d_model; i += 2) {
      const double angle =
          static_cast<double>(clamped) /
          std::pow(10000.0, static_cast<double>(i) / static_cast<double>(config_.d_model));
      sine.push_back(std::sin(angle));
      cosine.push_back(std::cos(angle));
    }
    sine.insert(sine.end(), cosine.begin(), cosine.end());
    distant.push_back(times(weight(name + "r_net.weight"), sine));
  }
  const std::int64_t mask_length = keys - config_.evaluation.memory;
  const std::int64_t shift = mask_length > 0 ? length - mask_length : length;
  Rows out;
  for (std::int64_t i = 0; i < length; ++i) {
    const Vector query = times(qkv, x[static_cast<std::size_t>(i)], 0, width);
    const Vector content = plus(query, by_content), position = plus(query, by_position);
    Vector mixed(static_cast<std::size_t>(width), 0.0);
    for (std::int64_t head = 0; head < config_.heads; ++head) {
      Vector scores;
      Rows values;
      for (std::int64_t j = 0; j <= i + remembered; ++j) {
        if (config_.same_length && j <= i - shift) continue;
        const auto at = static_cast<std::size_t>(j);
        const auto distance = static_cast<std::size_t>(i + remembered - j);
        scores.push_back((dot(&content[static_cast<std::size_t>(head * d)],
                              &key[at][static_cast<std::size_t>(head * d)], d) +
                          dot(&position[static_cast<std::size_t>(head * d)],
                              &distant[distance][static_cast<std::size_t>(head * d)], d)) /
                         std::sqrt(static_cast<double>(d)));
        values.push_back(value[at]);
      }
      mix(scores, values, head * d, d, mixed);
    }
    const Vector change = times(weight(name + "o_net.weight"), mixed);
    out.push_back(normalised(plus(x[static_cast<std::size_t>(i)], change),
                             weight(name + "layer_norm.weight"), weight(name + "layer_norm.bias")));
  }
  return out;
}

Rows ReferenceTransformerXl::feed_forward(std::int64_t layer, const Rows& x) const {
  const std::string name = "layers." + std::to_string(layer) + ".pos_ff.";
  Rows out;
  for (const Vector& one : x) {
    Vector inner =
        plus(times(weight(name + "CoreNet.0.weight"), one), weight(name + "CoreNet.0.bias"));
    for (double& value : inner) value = std::max(value, 0.0);
    const Vector change =
        plus(times(weight(name + "CoreNet.3.weight"), inner), weight(name + "CoreNet.3.bias"));
    out.push_back(normalised(plus(one, change), weight(name + "layer_norm.weight"),
                             weight(name + "layer_norm.bias")));
  }
  return out;
}

Vector ReferenceTransformerXl::log_probabilities(const Vector& hidden) const {
  // kimiyoung's and NVIDIA's names; a tied softmax has the embedding's tables.
  const auto table = [&](std::size_t cluster) -> const NamedArray& {
    const std::string of = std::to_string(config_.div_val > 1 ? cluster : 0);
    for (const std::string& name :
         {"crit.out_layers." + of + ".weight", "crit.out_layers_weights." + of})
      if (const auto found = weights_.find(name); found != weights_.end()) return found->second;
    return weight("word_emb.emb_layers." + of + ".weight");
  };
  const auto biases = [&](std::size_t cluster) -> const NamedArray& {
    const std::string of = std::to_string(config_.div_val > 1 ? cluster : 0);
    const auto found = weights_.find("crit.out_layers." + of + ".bias");
    return found != weights_.end() ? found->second : weight("crit.out_layers_biases." + of);
  };
  const auto narrowed = [&](std::size_t cluster) {
    for (const std::string& name :
         {"crit.out_projs." + std::to_string(cluster),
          "word_emb.emb_projs." + std::to_string(config_.div_val > 1 ? cluster : 0)})
      if (const auto found = weights_.find(name); found != weights_.end())
        return through(hidden, found->second);
    return hidden;
  };
  const auto logits = [&](std::size_t cluster, std::int64_t begin, std::int64_t end) {
    const std::int64_t first = config_.div_val > 1 ? 0 : begin;
    return plus(times(table(cluster), narrowed(cluster), first, end - begin), biases(cluster),
                first);
  };
  if (config_.cutoffs.empty()) return log_softmax(logits(0, 0, config_.vocabulary));
  Vector head = logits(0, 0, config_.cutoffs[0]);
  const Vector clusters =
      plus(times(weight("crit.cluster_weight"), narrowed(0)), weight("crit.cluster_bias"));
  head.insert(head.end(), clusters.begin(), clusters.end());
  head = log_softmax(std::move(head));
  Vector out(head.begin(), head.begin() + config_.cutoffs[0]);
  for (std::size_t i = 1; i <= config_.cutoffs.size(); ++i) {
    const std::int64_t begin = config_.cutoffs[i - 1],
                       end = i < config_.cutoffs.size() ? config_.cutoffs[i] : config_.vocabulary;
    for (const double tail : log_softmax(logits(i, begin, end)))
      out.push_back(head[head.size() - i] + tail);  // head_logprob[:, -i]
  }
  return out;
}

Rows ReferenceTransformerXl::segment(const std::vector<std::int64_t>& tokens) {
  memory_.resize(static_cast<std::size_t>(config_.layers));
  Rows x = embedded(tokens);
  for (std::int64_t layer = 0; layer < config_.layers; ++layer) {
    Rows& memory = memory_[static_cast<std::size_t>(layer)];
    const Rows before = x;
    x = feed_forward(layer, attention(layer, x, memory));
    memory.insert(memory.end(), before.begin(), before.end());
    const auto most = static_cast<std::size_t>(config_.evaluation.memory);
    if (memory.size() > most)
      memory.erase(memory.begin(), memory.end() - static_cast<std::ptrdiff_t>(most));
  }
  Rows out;
  for (const Vector& hidden : x) out.push_back(log_probabilities(hidden));
  return out;
}

Rows reference_gpt2(const PublishedWeights& weights, const BackboneConfig& config,
                    const std::vector<std::int64_t>& tokens) {
  const auto weight = [&](const std::string& name) -> const NamedArray& {
    return weights.at(name);
  };
  const std::int64_t d = config.d_head, width = config.d_model;
  Rows x;
  for (std::size_t i = 0; i < tokens.size(); ++i)
    x.push_back(plus(row(weight("wte.weight"), tokens[i]),
                     row(weight("wpe.weight"), static_cast<std::int64_t>(i))));
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const std::string name = "h." + std::to_string(layer) + ".";
    Rows qkv, values;
    for (const Vector& one : x) {
      qkv.push_back(
          plus(through(normalised(one, weight(name + "ln_1.weight"), weight(name + "ln_1.bias")),
                       weight(name + "attn.c_attn.weight")),
               weight(name + "attn.c_attn.bias")));
      values.emplace_back(qkv.back().begin() + 2 * width, qkv.back().end());
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      Vector mixed(static_cast<std::size_t>(width), 0.0);
      for (std::int64_t head = 0; head < config.heads; ++head) {
        Vector scores;
        for (std::size_t j = 0; j <= i; ++j)
          scores.push_back(dot(&qkv[i][static_cast<std::size_t>(head * d)],
                               &qkv[j][static_cast<std::size_t>(width + head * d)], d) /
                           std::sqrt(static_cast<double>(d)));
        mix(scores, values, head * d, d, mixed);
      }
      x[i] = plus(x[i], plus(through(mixed, weight(name + "attn.c_proj.weight")),
                             weight(name + "attn.c_proj.bias")));
    }
    for (Vector& one : x) {
      Vector inner =
          plus(through(normalised(one, weight(name + "ln_2.weight"), weight(name + "ln_2.bias")),
                       weight(name + "mlp.c_fc.weight")),
               weight(name + "mlp.c_fc.bias"));
      for (double& v : inner)
        v = 0.5 * v * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (v + 0.044715 * v * v * v)));
      one = plus(one, plus(through(inner, weight(name + "mlp.c_proj.weight")),
                           weight(name + "mlp.c_proj.bias")));
    }
  }
  Rows out;
  for (const Vector& one : x)
    out.push_back(log_softmax(
        times(weight("wte.weight"), normalised(one, weight("ln_f.weight"), weight("ln_f.bias")))));
  return out;
}

}  // namespace plumbline::test
