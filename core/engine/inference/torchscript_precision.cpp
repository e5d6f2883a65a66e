#include "core/engine/inference/torchscript_precision.h"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/script.h>

namespace plumbline {

namespace {

/// Whether the node's input of that name said something else.
bool say(torch::jit::Graph& graph, torch::jit::Node& node, const char* input, bool wanted) {
  const auto index = node.schema().argumentIndexWithName(input);
  if (!index) return false;
  const auto place = static_cast<std::size_t>(*index);
  const auto said = torch::jit::constant_as<bool>(node.input(place));
  if (said == wanted) return false;
  const torch::jit::WithInsertPoint before(&node);
  node.replaceInput(place, graph.insertConstant(wanted));
  return true;
}

int say_precision_in(torch::jit::Graph& graph, torch::jit::Block& block, bool tf32) {
  int changed = 0;
  for (torch::jit::Node* node : block.nodes()) {
    const std::string_view name = node->kind().toQualString();
    if (name == "aten::_convolution" || name == "aten::cudnn_convolution" ||
        name == "aten::cudnn_convolution_transpose") {
      bool other = say(graph, *node, "allow_tf32", tf32);
      other |= say(graph, *node, "benchmark", false);
      other |= say(graph, *node, "deterministic", true);
      changed += other;
    }
    for (torch::jit::Block* inner : node->blocks())
      changed += say_precision_in(graph, *inner, tf32);
  }
  return changed;
}

}  // namespace

int say_precision(torch::jit::Graph& graph, Precision precision) {
  return say_precision_in(graph, *graph.block(), precision == Precision::tf32);
}

void place_weights(const torch::jit::Module& module, c10::Device device, Precision precision) {
  const auto type = scalar_type(precision);
  const auto move = [&](const at::Tensor& tensor) {
    at::Tensor moved = tensor.is_floating_point() ? tensor.to(device, type) : tensor.to(device);
    if (moved.dim() == 4 && moved.is_floating_point())
      moved = moved.contiguous(at::MemoryFormat::ChannelsLast);
    // Views of one tensor stay so: its data are exchanged, not the tensor.
    tensor.set_data(moved);
  };
  for (const at::Tensor& tensor : module.parameters()) move(tensor);
  for (const at::Tensor& tensor : module.buffers()) move(tensor);
}

}  // namespace plumbline
