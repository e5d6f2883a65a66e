#include "core/engine/inference/fuse_convolutions.h"

#include <optional>
#include <vector>

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include "core/engine/inference/graph_nodes.h"

namespace plumbline {

namespace {

using torch::jit::Node;
using torch::jit::Value;

/// Whether it is a convolution of the kind that the op has.
bool suits(Node& node) {
  if (!is_any(node, {"aten::_convolution", "aten::conv2d"})) return false;
  const auto numbers = [&](const char* name) {
    Value* list = named_input(node, name);
    return list ? torch::jit::constant_as<c10::List<std::int64_t>>(list) : std::nullopt;
  };
  const auto groups = torch::jit::constant_as<std::int64_t>(named_input(node, "groups"));
  if (groups != 1) return false;
  if (Value* transposed = named_input(node, "transposed"))
    if (torch::jit::constant_as<bool>(transposed) != false) return false;
  for (const char* name : {"stride", "padding", "dilation"}) {
    const auto list = numbers(name);
    if (!list || list->size() != 2) return false;
  }
  return true;
}

/// The only node that uses the only output.
Node* only_user(const Node& node) {
  const auto& uses = node.output()->uses();
  return uses.size() == 1 ? uses.front().user : nullptr;
}

/// What is added to the convolution's output, where nothing else is done; in place only to that
/// output.
Value* addend_of(Node& sum, const Node& convolution) {
  if (torch::jit::constant_as<std::int64_t>(sum.input(2)) != 1) return nullptr;
  if (sum.input(0) == convolution.output()) return sum.input(1);
  return sum.kind() == c10::aten::add ? sum.input(0) : nullptr;
}

struct Found {
  Node *convolution, *sum, *relu;
  Value* addend;
};

std::optional<Found> chain_from(Node& convolution) {
  Node* next = only_user(convolution);
  if (!next || next->owningBlock() != convolution.owningBlock()) return std::nullopt;
  if (is_any(*next, {"aten::relu", "aten::relu_"}))
    return Found{&convolution, nullptr, next, nullptr};
  if (!is_any(*next, {"aten::add", "aten::add_"}) || next->inputs().size() != 3)
    return std::nullopt;
  Value* addend = addend_of(*next, convolution);
  if (!addend || !addend->type()->isSubtypeOf(*c10::TensorType::get())) return std::nullopt;
  Node* relu = only_user(*next);
  if (!relu || relu->owningBlock() != convolution.owningBlock() ||
      !is_any(*relu, {"aten::relu", "aten::relu_"}))
    return std::nullopt;
  return Found{&convolution, next, relu, addend};
}

void collect_convolutions(torch::jit::Block& block, std::vector<Node*>& found) {
  for (Node* node : block.nodes()) {
    if (suits(*node)) found.push_back(node);
    for (torch::jit::Block* inner : node->blocks()) collect_convolutions(*inner, found);
  }
}

/// Brings the chain's nodes together; false where something in between may change what they read.
bool gather(const std::shared_ptr<torch::jit::Graph>& graph, const Found& chain) {
  torch::jit::AliasDb aliases(graph);
  if (!chain.sum) return aliases.moveAfterTopologicallyValid(chain.relu, chain.convolution);
  return aliases.moveBeforeTopologicallyValid(chain.convolution, chain.sum) &&
         aliases.moveAfterTopologicallyValid(chain.relu, chain.sum);
}

void replace(torch::jit::Graph& graph, const Found& chain) {
  const torch::jit::WithInsertPoint before(chain.relu);
  Node& convolution = *chain.convolution;
  Value* none = graph.insertConstant(c10::IValue());
  Node* fused = graph.insertNode(
      graph.create(c10::Symbol::fromQualString("plumbline::convolution_relu"),
                   {convolution.input(0), convolution.input(1), convolution.input(2),
                    chain.addend ? chain.addend : none, named_input(convolution, "stride"),
                    named_input(convolution, "padding"), named_input(convolution, "dilation")}));
  fused->output()->setType(chain.relu->output()->type());
  chain.relu->output()->replaceAllUsesWith(fused->output());
  chain.relu->destroy();
  if (chain.sum) chain.sum->destroy();
  convolution.destroy();
}

}  // namespace

int fuse_convolutions(const std::shared_ptr<torch::jit::Graph>& graph) {
  std::vector<Node*> convolutions;
  collect_convolutions(*graph->block(), convolutions);
  int fused = 0;
  for (Node* convolution : convolutions) {
    // Looked for anew each time: of two convolutions that are added, the first takes the sum.
    const auto chain = chain_from(*convolution);
    if (!chain || !gather(graph, *chain)) continue;
    replace(*graph, *chain);
    ++fused;
  }
  return fused;
}

}  // namespace plumbline
