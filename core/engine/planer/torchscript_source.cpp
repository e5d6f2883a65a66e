#include "core/engine/planer/torchscript_source.h"

#include <cmath>

#include <fmt/format.h>

#include "core/planer/vocabulary_clusters.h"

namespace plumbline {

namespace {

/// Writes the body of `forward` slot by slot. Types are numbers here, as the compiler has them: 6
/// is float32, 11 bool.
class SourceWriter {
 public:
  SourceWriter(const BackboneConfig& config, const Architecture& architecture)
      : config_(config), architecture_(architecture), clusters_(vocabulary_clusters(config)) {}

  std::string write() {
    line("def forward(self, tokens: Tensor, memory: List[Tensor]) -> Tuple[Tensor, List[Tensor]]:");
    embedding();
    line("  kept: List[Tensor] = []");
    line("  length = tokens.size(1)");
    // A first segment has no memory.
    line("  remembered = 0");
    line("  if len(memory) > 0:");
    line("    remembered = memory[0].size(1)");
    line("  keys = length + remembered");
    if (config_.positions == Positions::relative) positions();
    int place = 0;
    for (std::size_t i = 0; i < architecture_.size(); ++i) {
      const SlotOption& option = slot_option(architecture_[i]);
      const std::string prefix = fmt::format("slots.{}.", i);
      switch (option.kind) {
        case OptionKind::skip: break;
        case OptionKind::attention: attention_slot(prefix, option.heads, place++); break;
        case OptionKind::feed_forward: feed_forward_slot(prefix); break;
        case OptionKind::experts: experts_slot(prefix, option.top_k); break;
      }
    }
    if (config_.norm == NormPlace::pre)
      line("  x = torch.layer_norm(x, [{}], {}, {}, 1e-05, False)", config_.d_model,
           self("final_norm.weight"), self("final_norm.bias"));
    softmax();
    return source_;
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    source_ += fmt::format(text, std::forward<Arguments>(arguments)...) + "\n";
  }

  static std::string self(const std::string& name) { return "self." + attribute(name); }

  std::size_t clusters() const { return clusters_.size(); }
  std::int64_t cluster_first(std::size_t i) const { return clusters_[i].first; }
  std::int64_t cluster_count(std::size_t i) const { return clusters_[i].count; }

  void embedding() {
    for (std::size_t i = 0; i < clusters(); ++i) {
      const std::string name = fmt::format("embedding.{}.", i);
      const bool alone = clusters() == 1;
      if (alone)
        line("  part = torch.embedding({}, tokens)", self(name + "weight"));
      else
        line(
            "  place = tokens - {}\n"
            "  inside = torch.logical_and(torch.ge(place, 0), torch.lt(place, {}))\n"
            "  part = torch.embedding({}, torch.clamp(place, 0, {}))",
            cluster_first(i), cluster_count(i), self(name + "weight"), cluster_count(i) - 1);
      if (clusters_[i].projected)
        line("  part = torch.matmul(part, torch.t({}))", self(name + "projection"));
      if (!alone) line("  part = part * torch.unsqueeze(inside, -1).to(part.dtype)");
      line("  x = {}part", i == 0 ? "" : "x + ");
    }
    if (config_.positions == Positions::relative)
      line("  x = x * {:.17g}", std::sqrt(static_cast<double>(config_.d_model)));
    else
      line("  x = x + torch.narrow({}, 0, 0, tokens.size(1))", self("positions.weight"));
  }

  void positions() {
    line("  distance = torch.arange(keys - 1, -1, -1, dtype=6, device=x.device)");
    if (config_.clamp > 0) line("  distance = torch.clamp(distance, None, {})", config_.clamp);
    line("  angle = torch.unsqueeze(distance, 1) * torch.unsqueeze(self.frequencies, 0)");
    line("  distances = torch.cat([torch.sin(angle), torch.cos(angle)], 1).to(x.dtype)");
    line("  row = torch.unsqueeze(torch.arange(length, device=x.device), 1)");
    line("  column = torch.unsqueeze(torch.arange(keys, device=x.device), 0)");
    line("  hidden = torch.gt(column, row + remembered)");
    if (config_.same_length)
      line(
          "  extra = keys - {}\n"
          "  shift = length\n"
          "  if extra > 0:\n"
          "    shift = length - extra\n"
          "  hidden = torch.logical_or(hidden, torch.le(column, row - shift))",
          std::max<std::int64_t>(config_.evaluation.memory, 1));
    line("  mask = torch.zeros([length, keys], dtype=x.dtype, device=x.device)");
    line("  mask = torch.masked_fill(mask, hidden, -float(\"inf\"))");
  }

  void before(const std::string& prefix, const char* source, const char* target) {
    if (config_.norm == NormPlace::pre)
      line("  {} = torch.layer_norm({}, [{}], {}, {}, 1e-05, False)", target, source,
           config_.d_model, self(prefix + "norm.weight"), self(prefix + "norm.bias"));
    else
      line("  {} = {}", target, source);
  }
  void after(const std::string& prefix) {
    if (config_.norm == NormPlace::pre)
      line("  x = x + change");
    else
      line("  x = torch.layer_norm(x + change, [{}], {}, {}, 1e-05, False)", config_.d_model,
           self(prefix + "norm.weight"), self(prefix + "norm.bias"));
  }

  void attention_slot(const std::string& slot, std::int64_t heads, int place) {
    const std::string prefix = slot + "attention.";
    const std::int64_t width = heads * config_.d_head;
    line("  seen = x");
    line("  if len(memory) > 0:\n    seen = torch.cat([memory[{}], x], 1)", place);
    line("  first = max(0, seen.size(1) - {})",
         config_.positions == Positions::relative ? config_.evaluation.memory : std::int64_t{0});
    line("  kept.append(torch.narrow(seen, 1, first, seen.size(1) - first))");
    before(prefix, "x", "input");
    before(prefix, "seen", "source");
    const auto projected = [&](const char* target, const char* from, const char* name) {
      const bool biased = config_.projection_biases;
      line("  {} = torch.matmul({}, torch.t({})){}", target, from, self(prefix + name),
           biased ? " + " + self(prefix + name + "_bias") : "");
    };
    projected("query", "input", "query");
    projected("key", "source", "key");
    projected("value", "source", "value");
    const auto heads_of = [&](const char* name) {
      return fmt::format("torch.transpose({}.view([{}.size(0), {}.size(1), {}, {}]), 1, 2)", name,
                         name, name, heads, config_.d_head);
    };
    line("  key = {}", heads_of("key"));
    line("  value = {}", heads_of("value"));
    const double scale = 1.0 / std::sqrt(static_cast<double>(config_.d_head));
    if (config_.positions == Positions::relative) {
      line("  by_content = query + torch.flatten({})", self(prefix + "content_bias"));
      line("  by_position = query + torch.flatten({})", self(prefix + "position_bias"));
      line("  by_content = {}", heads_of("by_content"));
      line("  by_position = {}", heads_of("by_position"));
      line("  projected = torch.matmul(distances, torch.t({})).view([keys, {}, {}])",
           self(prefix + "position"), heads, config_.d_head);
      line("  scores = torch.matmul(by_position, torch.permute(projected, [1, 2, 0]))");
      line("  scores = torch.constant_pad_nd(scores, [1, 0], 0)");
      line(
          "  scores = torch.narrow(scores.view([x.size(0), {0}, keys + 1, length]), 2, 1, keys)"
          ".view([x.size(0), {0}, length, keys])",
          heads);
      line(
          "  scores = (torch.matmul(by_content, torch.transpose(key, 2, 3)) + scores) * {:.17g} + "
          "mask",
          scale);
    } else {
      line("  query = {}", heads_of("query"));
      line("  scores = torch.matmul(query, torch.transpose(key, 2, 3)) * {:.17g}", scale);
      line(
          "  future = torch.triu(torch.ones([length, length], dtype=11, device=x.device), "
          "1)");
      line("  scores = torch.masked_fill(scores, future, -float(\"inf\"))");
    }
    line("  mixed = torch.matmul(torch.softmax(scores, -1), value)");
    line("  flat = torch.transpose(mixed, 1, 2).reshape([x.size(0), x.size(1), {}])", width);
    projected("change", "flat", "output");
    after(prefix);
  }

  std::string activated(const char* name) const {
    return config_.activation == Activation::gelu
               ? fmt::format("torch.gelu({}, approximate=\"tanh\")", name)
               : fmt::format("torch.relu({})", name);
  }

  void feed_forward_slot(const std::string& slot) {
    const std::string prefix = slot + "feed_forward.";
    before(prefix, "x", "input");
    line("  inner = torch.matmul(input, torch.t({})) + {}", self(prefix + "first"),
         self(prefix + "first_bias"));
    line("  inner = {}", activated("inner"));
    line("  change = torch.matmul(inner, torch.t({})) + {}", self(prefix + "second"),
         self(prefix + "second_bias"));
    after(prefix);
  }

  /// Expert by expert: another program has no op of ours.
  void experts_slot(const std::string& slot, int top_k) {
    const std::string prefix = slot + "experts.";
    before(prefix, "x", "input");
    line("  flat_tokens = torch.flatten(input, 0, 1)");
    line("  likely = torch.softmax(torch.matmul(flat_tokens, torch.t({})).to(6), -1)",
         self(prefix + "gate"));
    line("  gates, choices = torch.topk(likely, {}, -1)", top_k);
    if (top_k > 1) line("  gates = gates / torch.sum(gates, [1], True)");
    line("  gates = gates.to(x.dtype)");
    line("  sums = torch.zeros_like(flat_tokens)");
    line("  for expert in range({}):", config_.experts);
    line("    for rank in range({}):", top_k);
    line(
        "      rows = torch.squeeze(torch.nonzero(torch.eq(torch.select(choices, 1, rank), "
        "expert)), 1)");
    line("      if rows.size(0) > 0:");
    line("        own = torch.index_select(flat_tokens, 0, rows)");
    line(
        "        own = torch.matmul(own, torch.select({}, 0, expert)) + torch.select({}, 0, "
        "expert)",
        self(prefix + "first"), self(prefix + "first_bias"));
    line("        own = {}", activated("own"));
    line(
        "        own = torch.matmul(own, torch.select({}, 0, expert)) + torch.select({}, 0, "
        "expert)",
        self(prefix + "second"), self(prefix + "second_bias"));
    line(
        "        gate = torch.unsqueeze(torch.index_select(torch.select(gates, 1, rank), 0, rows), "
        "1)");
    line("        sums = torch.index_add(sums, 0, rows, own * gate)");
    line("  change = sums.view_as(x)");
    after(prefix);
  }

  std::string softmax_part(std::size_t i, const char* what) const {
    return self(fmt::format("{}.{}.{}", config_.tied ? "embedding" : "softmax", i, what));
  }
  std::string narrowed(std::size_t i) const {
    return clusters_[i].projected
               ? fmt::format("torch.matmul(x, {})", softmax_part(i, "projection"))
               : "x";
  }

  void softmax() {
    if (clusters() == 1) {
      line("  logits = torch.matmul({}, torch.t({})) + {}", narrowed(0), softmax_part(0, "weight"),
           self("softmax.0.bias"));
      line("  return torch.log_softmax(logits.to(6), -1), kept");
      return;
    }
    line("  weight = torch.cat([{}, {}])", softmax_part(0, "weight"),
         self("softmax.cluster_weight"));
    line("  bias = torch.cat([{}, {}])", self("softmax.0.bias"), self("softmax.cluster_bias"));
    line(
        "  head = torch.log_softmax((torch.matmul({}, torch.t(weight)) + bias).to(6), "
        "-1)",
        narrowed(0));
    line("  parts = [torch.narrow(head, -1, 0, {})]", cluster_count(0));
    for (std::size_t i = 1; i < clusters(); ++i) {
      line("  tail = (torch.matmul({}, torch.t({})) + {}).to(6)", narrowed(i),
           softmax_part(i, "weight"), self(fmt::format("softmax.{}.bias", i)));
      line(
          "  parts.append(torch.log_softmax(tail, -1) + torch.narrow(head, -1, head.size(-1) - {}, "
          "1))",
          i);
    }
    line("  return torch.cat(parts, -1), kept");
  }

  const BackboneConfig& config_;
  const Architecture& architecture_;
  std::vector<VocabularyCluster> clusters_;
  std::string source_;
};

}  // namespace

std::string attribute(const std::string& name) {
  std::string out = "p_";
  for (const char c : name) {
    if (c == '.')
      out += "__";
    else
      out += c;
  }
  return out;
}

std::string torchscript_source(const BackboneConfig& config, const Architecture& architecture) {
  return SourceWriter(config, architecture).write();
}

}  // namespace plumbline
