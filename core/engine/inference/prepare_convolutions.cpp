#include "core/engine/inference/prepare_convolutions.h"

#include <optional>
#include <vector>

#include <torch/csrc/jit/ir/constants.h>

#include "core/engine/inference/graph_nodes.h"
#include "kernels/prepared_convolution.h"

namespace plumbline {

namespace {

using torch::jit::Node;
using torch::jit::Value;

/// A convolution's constants, and whether a ReLU follows.
struct Prepared {
  Node* node;
  at::Tensor weight;
  std::vector<std::int64_t> stride, padding, dilation;
  std::int64_t groups = 1;
  bool fused = false;
};

std::optional<std::vector<std::int64_t>> pair_of(Node& node, const char* name) {
  Value* list = named_input(node, name);
  const auto numbers = list ? torch::jit::constant_as<c10::List<std::int64_t>>(list) : std::nullopt;
  if (!numbers || numbers->size() != 2) return std::nullopt;
  return numbers->vec();
}

std::optional<Prepared> prepared_from(Node& node) {
  const bool fused = is_any(node, {"plumbline::convolution_relu"});
  if (!fused && !is_any(node, {"aten::_convolution", "aten::conv2d"})) return std::nullopt;
  if (Value* transposed = named_input(node, "transposed"))
    if (torch::jit::constant_as<bool>(transposed) != false) return std::nullopt;
  const auto weight = torch::jit::constant_as<at::Tensor>(node.input(1));
  // A bias that is computed, or in another type, is ATen's to convert.
  const auto bias = torch::jit::toIValue(node.input(2));
  const auto suits = [](const at::Tensor& tensor, std::int64_t dimensions) {
    return tensor.dim() == dimensions && tensor.scalar_type() == at::kFloat &&
           tensor.device().is_cpu() && tensor.layout() == at::kStrided;
  };
  if (!weight || !suits(*weight, 4) || weight->numel() == 0) return std::nullopt;
  // Of one pixel it is a product of matrices, which ATen's way does faster.
  if (weight->size(2) * weight->size(3) == 1) return std::nullopt;
  if (!bias || (!bias->isNone() && !(bias->isTensor() && suits(bias->toTensor(), 1))))
    return std::nullopt;
  Prepared made{&node, *weight, {}, {}, {}, 1, fused};
  for (const auto& [name, numbers] : {std::pair{"stride", &made.stride},
                                      {"padding", &made.padding},
                                      {"dilation", &made.dilation}}) {
    auto found = pair_of(node, name);
    if (!found) return std::nullopt;
    *numbers = std::move(*found);
  }
  if (!fused) {
    const auto groups = torch::jit::constant_as<std::int64_t>(named_input(node, "groups"));
    if (!groups || *groups < 1 || weight->size(0) % *groups != 0) return std::nullopt;
    made.groups = *groups;
  }
  return made;
}

void collect_prepared(torch::jit::Block& block, std::vector<Prepared>& found) {
  for (Node* node : block.nodes()) {
    if (auto prepared = prepared_from(*node)) found.push_back(std::move(*prepared));
    for (torch::jit::Block* inner : node->blocks()) collect_prepared(*inner, found);
  }
}

/// insertConstant() takes no opaque tensors, as oneDNN's are.
Value* insert_weight(torch::jit::Graph& graph, const at::Tensor& tensor) {
  if (!tensor.is_mkldnn()) return graph.insertConstant(tensor);
  Node* constant = graph.create(torch::jit::prim::ConstantMKLDNNTensor);
  constant->t_(torch::jit::attr::value, tensor);
  return graph.insertNode(constant)->output();
}

void replace(torch::jit::Graph& graph, const Prepared& found) {
  const torch::jit::WithInsertPoint before(found.node);
  Node& node = *found.node;
  Value* weight = insert_weight(
      graph, kernels::prepare_convolution(
                 found.weight, {found.stride, found.padding, found.dilation, found.groups}));
  Value* addend = found.fused ? named_input(node, "addend") : graph.insertConstant(c10::IValue());
  Node* made = graph.insertNode(
      graph.create(c10::Symbol::fromQualString("plumbline::prepared_convolution"),
                   {node.input(0), weight, node.input(2), addend, named_input(node, "stride"),
                    named_input(node, "padding"), named_input(node, "dilation"),
                    graph.insertConstant(found.groups), graph.insertConstant(found.fused)}));
  made->output()->setType(node.output()->type());
  node.output()->replaceAllUsesWith(made->output());
  node.destroy();
}

}  // namespace

int prepare_convolutions(const std::shared_ptr<torch::jit::Graph>& graph) {
  if (!kernels::can_prepare_convolutions()) return 0;
  std::vector<Prepared> convolutions;
  collect_prepared(*graph->block(), convolutions);
  for (const Prepared& found : convolutions) replace(*graph, found);
  return static_cast<int>(convolutions.size());
}

}  // namespace plumbline
