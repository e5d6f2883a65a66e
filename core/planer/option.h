#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace plumbline {

/// What a slot (a sub-layer of a Transformer) may hold (DOMAIN 2). `kind` decides colour and share
/// in the pictures; the engine's class that computes it is found by the option's name.
enum class OptionKind { skip, attention, feed_forward, experts };

/// One entry of the table of options. Workbench and engine share it; the engine's classes are in
/// core/engine/planer/options.
struct SlotOption {
  std::string_view name;   ///< in files and on the command line: "attention-4"
  std::string_view label;  ///< two or three letters of a strip: "A4"; empty for skip
  std::string_view title;  ///< in words: "attention, 4 heads"
  std::string_view row;    ///< in few words, of a map's row: "attention 4"
  OptionKind kind = OptionKind::skip;
  int heads = 0;  ///< of attention
  int top_k = 0;  ///< experts per token
  /// Width of the inner layer of a feed-forward, or of each expert, as a percentage of the
  /// backbone's d_inner.
  int width = 100;
};

/// Place in the table of options.
using OptionIndex = std::uint8_t;

/// Every option, in the order of the table: skip, attention with 1, 2, 4, 8 heads, feed-forward,
/// experts top-1 and top-2, attention with 12 and 16 heads (of backbones that have as many),
/// feed-forward of half and of double width, experts of half width top-1 and top-2.
/// Figures that are kept by option (probabilities, latencies) have this order, and carry the names
/// besides.
std::span<const SlotOption> slot_options();

inline constexpr OptionIndex skip_option = 0;

const SlotOption& slot_option(OptionIndex index);
std::optional<OptionIndex> find_option(std::string_view name);
/// The names, separated by commas, of those options: for messages.
std::string option_names(std::span<const OptionIndex> options);
/// The attention option of that many heads.
std::optional<OptionIndex> attention_option(int heads);

}  // namespace plumbline
