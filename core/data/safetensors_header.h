#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/safetensors.h"

namespace plumbline {

/// One tensor as a safetensors header describes it.
struct TensorEntry {
  std::string name;
  Dtype dtype = Dtype::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< bytes, from the start of the data
};

struct SafetensorsHeader {
  SafetensorsMetadata metadata;
  std::vector<TensorEntry> tensors;  ///< in their order in the text
};

/// Reads the header's JSON without building a tree of it, so that a hostile one costs no more
/// memory than a small multiple of its length. Checks each entry by itself (type, shape against
/// offsets) and that no name comes twice; `where` names the file in errors.
Result<SafetensorsHeader> parse_safetensors_header(std::string_view json, std::string_view where);

/// The bytes of an array of that shape; nothing where a length is negative, the product too
/// large, or the last byte not full (types of 4 and 6 bits).
bool array_bytes(const std::vector<std::int64_t>& shape, Dtype dtype, std::uint64_t& bytes);

}  // namespace plumbline
