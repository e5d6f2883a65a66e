#pragma once
#include <initializer_list>

#include <torch/csrc/jit/ir/ir.h>

namespace plumbline {

/// Whether the node is one of these operators ("aten::relu").
inline bool is_any(const torch::jit::Node& node, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (node.kind() == c10::Symbol::fromQualString(name)) return true;
  return false;
}

/// The input of that name; null where the operator has none.
inline torch::jit::Value* named_input(torch::jit::Node& node, const char* name) {
  const auto index = node.schema().argumentIndexWithName(name);
  return index ? node.input(static_cast<std::size_t>(*index)) : nullptr;
}

}  // namespace plumbline
