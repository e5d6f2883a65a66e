#include "core/planer/option.h"

#include <algorithm>
#include <array>

namespace plumbline {

namespace {

// Names are in files: they do not change, and new options stand last.
constexpr auto options = [] {
  using enum OptionKind;
  constexpr OptionKind ff = feed_forward;
  return std::to_array<SlotOption>({
      {"skip", "", "skip", "skip", skip},
      {"attention-1", "A1", "attention, 1 head", "attention 1", attention, 1},
      {"attention-2", "A2", "attention, 2 heads", "attention 2", attention, 2},
      {"attention-4", "A4", "attention, 4 heads", "attention 4", attention, 4},
      {"attention-8", "A8", "attention, 8 heads", "attention 8", attention, 8},
      {"feed-forward", "FF", "feed-forward", "feed-forward", ff},
      {"experts-1", "M1", "8 experts, top-1", "MoE top-1", experts, 0, 1},
      {"experts-2", "M2", "8 experts, top-2", "MoE top-2", experts, 0, 2},
      // For wider backbones: GPT-2's smallest and WikiText-103's large one.
      {"attention-12", "A12", "attention, 12 heads", "attention 12", attention, 12},
      {"attention-16", "A16", "attention, 16 heads", "attention 16", attention, 16},
      {"feed-forward-half", "F½", "feed-forward, half width", "half as wide", ff, 0, 0, 50},
      {"feed-forward-double", "F2", "feed-forward, double width", "twice as wide", ff, 0, 0, 200},
      // As σ-MoE has them (Csordás et al. 2023): two are as wide together as one feed-forward.
      {"experts-half-1", "m1", "8 experts of half width, top-1", "½ MoE top-1", experts, 0, 1, 50},
      {"experts-half-2", "m2", "8 experts of half width, top-2", "½ MoE top-2", experts, 0, 2, 50},
  });
}();

template <class Same>
std::optional<OptionIndex> index_of(Same same) {
  const auto found = std::ranges::find_if(options, same);
  if (found == options.end()) return std::nullopt;
  return static_cast<OptionIndex>(found - options.begin());
}

}  // namespace

std::span<const SlotOption> slot_options() { return options; }

const SlotOption& slot_option(OptionIndex index) { return options.at(index); }

std::optional<OptionIndex> find_option(std::string_view name) {
  return index_of([&](const SlotOption& option) { return option.name == name; });
}

std::string option_names(std::span<const OptionIndex> indices) {
  std::string names;
  for (const OptionIndex index : indices) {
    if (!names.empty()) names += ", ";
    names += slot_option(index).name;
  }
  return names;
}

std::optional<OptionIndex> attention_option(int heads) {
  return index_of([&](const SlotOption& option) {
    return option.kind == OptionKind::attention && option.heads == heads;
  });
}

}  // namespace plumbline
