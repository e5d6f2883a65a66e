#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/safetensors.h"
#include "core/planer/backbone_config.h"
#include "core/types/error.h"

namespace plumbline {

/// Where one tensor of ours comes from, in a file with somebody else's names.
///
/// Ours, linear layers as [out, in]; slot 2·l is layer l's attention, 2·l + 1 its feed-forward:
/// - embedding.N.weight [rows, width], embedding.N.projection [d_model, width] where the widths
///   differ, positions.weight [train length, d_model] where they are learned;
/// - slots.S.attention.query, .key, .value [heads · d_head, d_model], .output [d_model, heads ·
///   d_head], of relative positions .position [heads · d_head, d_model], .content_bias and
///   .position_bias [heads, d_head], where projections have biases .query_bias … .output_bias;
/// - slots.S.feed_forward.first [d_inner, d_model], .first_bias, .second [d_model, d_inner],
///   .second_bias;
/// - slots.S.….norm.weight and .bias, final_norm.weight and .bias where norms come first;
/// - softmax.N.bias, softmax.cluster_weight [clusters − 1, width of the first] and .cluster_bias,
///   and, where it shares nothing with the embedding, softmax.N.weight and .projection.
struct KeyMapEntry {
  std::string ours;
  std::vector<std::int64_t> shape;  ///< of our tensor
  std::string theirs;               ///< the tensor's name in the file; empty: zeros
  bool transpose = false;           ///< theirs is a matrix [in, out]
  std::int64_t first = 0;  ///< the first row that is taken of theirs, once it is transposed
};

/// Where all of a backbone's tensors come from.
struct KeyMap {
  std::vector<KeyMapEntry> entries;
  /// What the user should know, though everything fits: rows that are left out, an activation that
  /// may be another.
  std::vector<std::string> notes;
};

/// Names of the maps: transformer-xl, gpt2.
std::vector<std::string> key_map_names();

/// The source of every tensor that the backbone's baseline has.
/// - transformer-xl: kimiyoung's PyTorch names and NVIDIA's; biases of positions shared or by
/// layer;
/// - gpt2: OpenAI's as Hugging Face has them, with Conv1D's matrices [in, out], and nanoGPT's,
/// whose matrices are those of linear layers [out, in]; all lie as c_attn does, whose sides tell.
/// Masks are left out. The embedding may be there as the head alone, and may be padded to a
/// multiple of 64 rows, which are left out. Prefixes "module.", "_orig_mod.", "model." and
/// "transformer." are passed over. A softmax that the config ties may be absent or must equal the
/// embedding. Errors: an unknown map, a config that the map cannot fill, and every tensor that is
/// missing, has another shape (the expected one is named) or no floating-point type, or has no
/// place; of many the first ten. `where`: the file, in errors. The views' data are only read to
/// compare what is tied.
Result<KeyMap> map_keys(std::string_view map, std::span<const TensorView> tensors,
                        const BackboneConfig& config, const std::string& where);

}  // namespace plumbline
