#include "core/engine/planer/torchscript_source.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/planer/vocabulary_clusters.h"

namespace plumbline {

namespace {

/// Writes the methods slot by slot. Types are numbers here, as the compiler has them: 4 is int64, 6
/// float32, 7 float64, 11 bool.
class SourceWriter {
 public:
  SourceWriter(const BackboneConfig& config, const Architecture& architecture)
      : config_(config), architecture_(architecture), clusters_(vocabulary_clusters(config)) {}

  std::string write() {
    forward();
    begin();
    step();
    return source_;
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    source_ += fmt::format(text, std::forward<Arguments>(arguments)...) + "\n";
  }

  static std::string self(const std::string& name) { return "self." + attribute(name); }

  void forward() {
    line("def forward(self, tokens: Tensor, memory: List[Tensor]) -> Tuple[Tensor, List[Tensor]]:");
    embedding();
    line("  kept: List[Tensor] = []");
    line("  length = tokens.size(1)");
    // A first segment has no memory.
    line("  remembered = 0");
    line("  if len(memory) > 0:");
    line("    remembered = memory[0].size(1)");
    line("  keys = length + remembered");
    if (is_relative()) {
      distances();
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
            std::max<std::int64_t>(memory(), 1));
      mask();
    }
    slots(&SourceWriter::attention_slot);
    softmax(", kept");
  }

  /// What `step` reads and renews: the number of tokens so far, and of every attention its ring of
  /// keys, its ring of values and the projected distances, scaled as scores are.
  void begin() {
    line("def begin(self, batch: int, length: int) -> List[Tensor]:");
    line("  x = {}", self("embedding.0.weight"));
    line("  state = [torch.zeros([1], dtype=4, device=x.device)]");
    if (is_relative()) {
      line("  keys = length + {}", memory());
      distances();
      for (std::size_t i = 0; i < architecture_.size(); ++i) {
        const SlotOption& option = slot_option(architecture_[i]);
        if (option.kind != OptionKind::attention) continue;
        for (int ring = 0; ring < 2; ++ring)
          line(
              "  state.append(torch.zeros([batch, {}, keys, {}], dtype=x.dtype, "
              "device=x.device))",
              option.heads, config_.d_head);
        by_distance(fmt::format("slots.{}.attention.", i), option.heads);
        line("  state.append((by_distance * {:.17g}).detach().contiguous())", scale());
      }
    }
    line("  return state");
  }

  /// Nothing here waits for the device but experts.
  void step() {
    line("def step(self, tokens: Tensor, state: List[Tensor]) -> Tensor:");
    embedding();
    line("  length = tokens.size(1)");
    const bool rings = is_relative() && std::ranges::any_of(architecture_, [](OptionIndex option) {
                         return slot_option(option).kind == OptionKind::attention;
                       });
    if (rings) {
      line("  keys = state[1].size(2)");
      line("  assert length == keys - {}, \"the state was begun for segments of another length\"",
           memory());
      line("  seen = state[0]");
      line("  fresh = torch.remainder(torch.arange({}, keys, device=x.device) + seen, keys)",
           memory());
      // Which key lies in a ring's slot, counted from the oldest.
      line("  key_of = torch.remainder(torch.arange(keys, device=x.device) - seen, keys)");
      line("  row = torch.unsqueeze(torch.arange(length, device=x.device), 1)");
      line("  column = torch.unsqueeze(key_of, 0)");
      line("  hidden = torch.gt(column, row + {})", memory());
      // What was there before the first token.
      line("  hidden = torch.logical_or(hidden, torch.lt(column, {} - seen))", memory());
      if (config_.same_length)
        line("  hidden = torch.logical_or(hidden, torch.le(column, row + {}))",
             memory() - std::max<std::int64_t>(memory(), 1));
      mask();
    }
    slots(is_relative() ? &SourceWriter::attention_of_rings : &SourceWriter::attention_alone);
    line("  state[0].add_(length)");
    softmax("");
  }

  using AttentionWriter = void (SourceWriter::*)(const std::string& prefix, std::int64_t heads,
                                                 int place);

  void slots(AttentionWriter attention) {
    int place = 0;
    for (std::size_t i = 0; i < architecture_.size(); ++i) {
      const SlotOption& option = slot_option(architecture_[i]);
      const std::string prefix = fmt::format("slots.{}.", i);
      switch (option.kind) {
        case OptionKind::skip: break;
        case OptionKind::attention:
          (this->*attention)(prefix + "attention.", option.heads, place++);
          break;
        case OptionKind::feed_forward: feed_forward_slot(prefix); break;
        case OptionKind::experts: experts_slot(prefix, option.top_k); break;
      }
    }
    if (config_.norm == NormPlace::pre)
      line("  x = torch.layer_norm(x, [{}], {}, {}, 1e-05, False)", config_.d_model,
           self("final_norm.weight"), self("final_norm.bias"));
  }

  bool is_relative() const { return config_.positions == Positions::relative; }
  std::int64_t memory() const { return is_relative() ? config_.evaluation.memory : 0; }

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
    if (is_relative())
      line("  x = x * {:.17g}", std::sqrt(static_cast<double>(config_.d_model)));
    else
      line("  x = x + torch.narrow({}, 0, 0, tokens.size(1))", self("positions.weight"));
  }

  /// Sinusoids of the distances keys − 1 … 0.
  void distances() {
    line("  distance = torch.arange(keys - 1, -1, -1, dtype=6, device=x.device)");
    if (config_.clamp > 0) line("  distance = torch.clamp(distance, None, {})", config_.clamp);
    // No buffer: one would be rounded where the module is moved to a shorter type.
    line("  frequencies = torch.exp(torch.arange(0, {}, dtype=7, device=x.device) * {:.17g}).to(6)",
         config_.d_model / 2, -2.0 * std::log(10000.0) / static_cast<double>(config_.d_model));
    line("  angle = torch.unsqueeze(distance, 1) * torch.unsqueeze(frequencies, 0)");
    line("  distances = torch.cat([torch.sin(angle), torch.cos(angle)], 1).to(x.dtype)");
  }

  void mask() {
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

  void projected(const std::string& prefix, const char* target, const char* from,
                 const char* name) {
    line("  {} = torch.matmul({}, torch.t({})){}", target, from, self(prefix + name),
         config_.projection_biases ? " + " + self(prefix + name + "_bias") : "");
  }
  /// [batch, heads, tokens, d_head]
  void by_head(const char* name, std::int64_t heads) {
    line("  {0} = torch.transpose({0}.view([{0}.size(0), {0}.size(1), {1}, {2}]), 1, 2)", name,
         heads, config_.d_head);
  }
  /// Distances through the projection: [heads, d_head, keys].
  void by_distance(const std::string& prefix, std::int64_t heads) {
    line(
        "  by_distance = torch.permute(torch.matmul(distances, torch.t({})).view([keys, {}, {}]), "
        "[1, 2, 0])",
        self(prefix + "position"), heads, config_.d_head);
  }
  /// From query to by_content and to the scores by distance, column j for key j.
  void relative_scores(const std::string& prefix, std::int64_t heads, const std::string& from) {
    line("  by_content = query + torch.flatten({})", self(prefix + "content_bias"));
    line("  by_position = query + torch.flatten({})", self(prefix + "position_bias"));
    by_head("by_content", heads);
    by_head("by_position", heads);
    line("  scores = torch.constant_pad_nd(torch.matmul(by_position, {}), [1, 0], 0)", from);
    line(
        "  scores = torch.narrow(scores.view([x.size(0), {0}, keys + 1, length]), 2, 1, keys)"
        ".view([x.size(0), {0}, length, keys])",
        heads);
  }
  double scale() const { return 1.0 / std::sqrt(static_cast<double>(config_.d_head)); }
  void put_together(const std::string& prefix, std::int64_t heads) {
    line("  flat = torch.transpose(mixed, 1, 2).reshape([x.size(0), x.size(1), {}])",
         heads * config_.d_head);
    projected(prefix, "change", "flat", "output");
    after(prefix);
  }

  void attention_slot(const std::string& prefix, std::int64_t heads, int place) {
    if (!is_relative()) {
      line("  kept.append(torch.narrow(x, 1, x.size(1), 0))");
      return attention_alone(prefix, heads, place);
    }
    line("  seen = x");
    line("  if len(memory) > 0:\n    seen = torch.cat([memory[{}], x], 1)", place);
    line("  first = max(0, seen.size(1) - {})", memory());
    line("  kept.append(torch.narrow(seen, 1, first, seen.size(1) - first))");
    before(prefix, "x", "input");
    before(prefix, "seen", "source");
    projected(prefix, "query", "input", "query");
    projected(prefix, "key", "source", "key");
    projected(prefix, "value", "source", "value");
    by_head("key", heads);
    by_head("value", heads);
    by_distance(prefix, heads);
    relative_scores(prefix, heads, "by_distance");
    line(
        "  scores = (torch.matmul(by_content, torch.transpose(key, 2, 3)) + scores) * {:.17g} + "
        "mask",
        scale());
    line("  mixed = torch.matmul(torch.softmax(scores, -1), value)");
    put_together(prefix, heads);
  }

  /// With learned positions there is no memory.
  void attention_alone(const std::string& prefix, std::int64_t heads, int) {
    before(prefix, "x", "input");
    for (const char* name : {"query", "key", "value"}) {
      projected(prefix, name, "input", name);
      by_head(name, heads);
    }
    line("  scores = torch.matmul(query, torch.transpose(key, 2, 3)) * {:.17g}", scale());
    line("  future = torch.triu(torch.ones([length, length], dtype=11, device=x.device), 1)");
    line("  scores = torch.masked_fill(scores, future, -float(\"inf\"))");
    line("  mixed = torch.matmul(torch.softmax(scores, -1), value)");
    put_together(prefix, heads);
  }

  /// Keys and values are projected once and stay where they were put: what goes by distance is
  /// turned, not they.
  void attention_of_rings(const std::string& prefix, std::int64_t heads, int place) {
    const int keys = 1 + 3 * place;
    before(prefix, "x", "input");
    for (const char* name : {"query", "key", "value"}) projected(prefix, name, "input", name);
    by_head("key", heads);
    by_head("value", heads);
    line("  state[{}].index_copy_(2, fresh, key.detach())", keys);
    line("  state[{}].index_copy_(2, fresh, value.detach())", keys + 1);
    relative_scores(prefix, heads, fmt::format("state[{}]", keys + 2));
    line("  scores = torch.index_select(scores, 3, key_of) + mask");
    line(
        "  mixed = torch.scaled_dot_product_attention(by_content, state[{}], state[{}], scores, "
        "scale={:#.17g})",
        keys, keys + 1, scale());
    put_together(prefix, heads);
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

  /// `also`: what is returned behind the log-probabilities.
  void softmax(const char* also) {
    if (clusters() == 1) {
      line("  logits = torch.matmul({}, torch.t({})) + {}", narrowed(0), softmax_part(0, "weight"),
           self("softmax.0.bias"));
      line("  return torch.log_softmax(logits.to(6), -1){}", also);
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
    line("  return torch.cat(parts, -1){}", also);
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
