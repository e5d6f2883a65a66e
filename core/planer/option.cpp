#include "core/planer/option.h"

#include <algorithm>
#include <array>

namespace plumbline {

namespace {

constexpr std::array options = {
    SlotOption{"skip", "", "skip", OptionKind::skip, 0, 0},
    SlotOption{"attention-1", "A1", "attention, 1 head", OptionKind::attention, 1, 0},
    SlotOption{"attention-2", "A2", "attention, 2 heads", OptionKind::attention, 2, 0},
    SlotOption{"attention-4", "A4", "attention, 4 heads", OptionKind::attention, 4, 0},
    SlotOption{"attention-8", "A8", "attention, 8 heads", OptionKind::attention, 8, 0},
    SlotOption{"feed-forward", "FF", "feed-forward", OptionKind::feed_forward, 0, 0},
    SlotOption{"experts-1", "M1", "8 experts, top-1", OptionKind::experts, 0, 1},
    SlotOption{"experts-2", "M2", "8 experts, top-2", OptionKind::experts, 0, 2},
    // For wider backbones: GPT-2's smallest and WikiText-103's large one.
    SlotOption{"attention-12", "A12", "attention, 12 heads", OptionKind::attention, 12, 0},
    SlotOption{"attention-16", "A16", "attention, 16 heads", OptionKind::attention, 16, 0},
    SlotOption{"feed-forward-half", "F½", "feed-forward, half width", OptionKind::feed_forward, 0,
               0, 50},
    SlotOption{"feed-forward-double", "F2", "feed-forward, double width", OptionKind::feed_forward,
               0, 0, 200},
};

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
