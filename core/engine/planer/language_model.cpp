#include "core/engine/planer/language_model.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace plumbline {

SlotOptions options_of(const Architecture& architecture) {
  SlotOptions options;
  for (const OptionIndex option : architecture) options.push_back({option});
  return options;
}

SlotOptions every_option(const BackboneConfig& config) {
  return SlotOptions(static_cast<std::size_t>(config.slots()), usable_options(config));
}

LanguageModel::LanguageModel(const BackboneConfig& config, const SlotOptions& options,
                             std::uint64_t seed, at::Device device, at::ScalarType compute)
    : config_(config),
      options_(options),
      parameters_(seed, device, compute),
      embedding_(parameters_, config),
      softmax_(parameters_, config, embedding_) {
  if (config.positions == Positions::learned)
    position_table_ = parameters_.make("positions.weight", ParameterRole::weight,
                                       {config.train.length, config.d_model});
  for (std::size_t i = 0; i < options.size(); ++i) {
    Slot slot;
    for (const SlotFamilyKind& kind : slot_families()) {
      std::vector<OptionIndex> own;
      std::ranges::copy_if(options[i], std::back_inserter(own), [&](OptionIndex option) {
        return slot_option(option).kind == kind.kind;
      });
      if (own.empty()) continue;
      slot.families.emplace_back(kind.kind,
                                 kind.make(parameters_, fmt::format("slots.{}.", i), config, own));
      slot.uses_memory = slot.uses_memory || slot.families.back().second->uses_memory();
    }
    slots_.push_back(std::move(slot));
  }
  if (config.norm == NormPlace::pre) {
    final_weight_ = parameters_.make("final_norm.weight", ParameterRole::scale, {config.d_model});
    final_bias_ = parameters_.make("final_norm.bias", ParameterRole::bias, {config.d_model});
  }
  parameters_.refresh();
}

SlotFamily* LanguageModel::family(std::size_t slot, OptionIndex option) const {
  for (const auto& [kind, family] : slots_[slot].families)
    if (kind == slot_option(option).kind) return family.get();
  return nullptr;
}

SegmentContext LanguageModel::context(std::int64_t length, std::int64_t memory,
                                      std::int64_t capacity, bool training) const {
  SegmentContext made = kept_;
  if (kept_.length != length || kept_.keys != length + memory || kept_.training != training ||
      kept_capacity_ != capacity) {
    made = {};
    made.length = length;
    made.keys = length + memory;
    if (config_.positions == Positions::relative) {
      const bool same_length = config_.same_length && !training;
      made.window = same_length ? std::max<std::int64_t>(capacity, 1) : 0;
      made.mask = attention_mask(length, memory, same_length, capacity)
                      .to(parameters_.device(), parameters_.type());
      made.distances = sinusoids(made.keys, config_.d_model, training ? 0 : config_.clamp)
                           .to(parameters_.device(), parameters_.type());
    }
    made.training = training;
    kept_ = made;
    kept_capacity_ = capacity;
  }
  made.dropout = config_.dropout;
  made.attention_dropout = config_.attention_dropout;
  return made;
}

at::Tensor LanguageModel::through(const Slot& slot, std::size_t place, const at::Tensor& x,
                                  const at::Tensor& memory, const SegmentContext& context,
                                  const Mixture& mixture, at::Tensor* balance) const {
  if (!mixture.weights.defined()) {
    const OptionIndex option = mixture.chosen[place];
    if (option == skip_option) return x;
    const OptionIndex options[] = {option};
    return family(place, option)->forward(options, x, memory, context, balance).front();
  }
  const at::Tensor weights = mixture.weights.select(0, static_cast<std::int64_t>(place));
  const auto weight = [&](OptionIndex option) {
    return weights.select(0, option).to(x.scalar_type());
  };
  at::Tensor sum;
  const auto add = [&](const at::Tensor& part, OptionIndex option) {
    const at::Tensor weighed = part * weight(option);
    sum = sum.defined() ? sum + weighed : weighed;
  };
  if (std::ranges::find(options_[place], skip_option) != options_[place].end()) add(x, skip_option);
  for (const auto& [kind, family] : slot.families) {
    std::vector<OptionIndex> own;
    for (const OptionIndex option : options_[place])
      if (slot_option(option).kind == kind) own.push_back(option);
    const auto outputs = family->forward(own, x, memory, context, balance);
    for (std::size_t i = 0; i < own.size(); ++i) add(outputs[i], own[i]);
  }
  return sum;
}

at::Tensor LanguageModel::finished(const at::Tensor& hidden) const {
  return final_weight_.defined()
             ? at::layer_norm(hidden, {config_.d_model}, final_weight_, final_bias_, 1e-5)
             : hidden;
}

LanguageModel::Output LanguageModel::forward(const at::Tensor& tokens, const Memory& memory,
                                             std::int64_t capacity, const Mixture& mixture,
                                             bool training) {
  const std::int64_t length = tokens.size(1);
  std::int64_t remembered = 0;
  for (const at::Tensor& slot : memory)
    if (slot.defined()) remembered = std::max(remembered, slot.size(1));
  SegmentContext shared = context(length, remembered, capacity, training);
  const bool drops = training && config_.dropout > 0;
  at::Tensor x = embedding_(tokens);
  if (position_table_.defined()) x = x + position_table_.narrow(0, 0, length);
  if (drops) {
    x = at::dropout(x, config_.dropout, true);
    if (shared.distances.defined())
      shared.distances = at::dropout(shared.distances, config_.dropout, true);
  }
  Output output;
  output.memory.resize(slots_.size());
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const at::Tensor before = i < memory.size() ? memory[i] : at::Tensor();
    if (capacity > 0 && slots_[i].uses_memory) {
      // Of a segment as long as that nothing older is kept, and nothing is joined.
      const at::Tensor seen =
          before.defined() && length < capacity ? at::cat({before, x.detach()}, 1) : x.detach();
      const std::int64_t kept = std::min(capacity, seen.size(1));
      output.memory[i] = seen.narrow(1, seen.size(1) - kept, kept);
    }
    x = through(slots_[i], i, x, before, shared, mixture, &output.balance);
  }
  x = finished(x);
  output.hidden = drops ? at::dropout(x, config_.dropout, true) : x;
  return output;
}

at::Tensor LanguageModel::losses(const at::Tensor& hidden, const at::Tensor& targets) const {
  return softmax_.losses(hidden.flatten(0, 1), targets.flatten());
}

at::Tensor LanguageModel::log_probabilities(const at::Tensor& hidden) const {
  return softmax_.log_probabilities(hidden.flatten(0, 1));
}

}  // namespace plumbline
