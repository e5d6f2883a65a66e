#include "core/engine/inference/torchscript_network.h"

#include <set>

#include <fmt/format.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/frozen_graph_optimizations.h>
#include <torch/script.h>

#include "core/engine/error_cause.h"
#include "core/engine/inference/fuse_convolutions.h"
#include "core/engine/inference/prepare_convolutions.h"
#include "core/engine/inference/torchscript_check.h"
#include "core/engine/inference/torchscript_precision.h"
#include "kernels/prepared_convolution.h"

namespace plumbline {

namespace {

constexpr int deepest_output = 16;

std::string below(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

/// The name of a tuple's entry: its field's, where the tuple has named ones.
std::string entry_name(const c10::ivalue::Tuple& tuple, std::size_t index) {
  const auto schema = tuple.type()->schema();
  return schema ? schema->arguments()[index].name() : std::to_string(index);
}

std::string key_name(const c10::IValue& key) {
  TORCH_CHECK(key.isString() || key.isInt(), "the output is a dict whose keys are ", key.tagKind(),
              ", neither strings nor integers");
  return key.isString() ? key.toStringRef() : std::to_string(key.toInt());
}

/// Every tensor of a value, by name. None is nothing; anything else that is no tensor is an error.
void collect(const c10::IValue& value, const std::string& path, int depth,
             std::vector<OutputTensor>& tensors) {
  TORCH_CHECK(depth < deepest_output, "the output has more than ", deepest_output, " levels");
  if (value.isTensor()) {
    tensors.push_back({path, value.toTensor()});
  } else if (value.isTuple()) {
    const auto& tuple = value.toTupleRef();
    for (std::size_t i = 0; i < tuple.elements().size(); ++i)
      collect(tuple.elements()[i], below(path, entry_name(tuple, i)), depth + 1, tensors);
  } else if (value.isList()) {
    const auto list = value.toListRef();
    for (std::size_t i = 0; i < list.size(); ++i)
      collect(list[i], below(path, std::to_string(i)), depth + 1, tensors);
  } else if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict())
      collect(entry.value(), below(path, key_name(entry.key())), depth + 1, tensors);
  } else {
    TORCH_CHECK(value.isNone(), "the output ", path.empty() ? "" : "'" + path + "' ", "is a ",
                value.tagKind(), ", not a tensor");
  }
}

NetworkOutput named_tensors(const c10::IValue& value) {
  if (value.isTensor()) return value.toTensor();
  std::vector<OutputTensor> tensors;
  collect(value, "", 0, tensors);
  TORCH_CHECK(!tensors.empty(), "the output contains no tensor");
  std::set<std::string> names;
  for (const OutputTensor& entry : tensors)
    TORCH_CHECK(names.insert(entry.name).second, "the output has two tensors '", entry.name, "'");
  return NetworkOutput(std::move(tensors));
}

bool is_true(torch::jit::Node& node, const char* input) {
  const auto index = node.schema().argumentIndexWithName(input);
  if (!index) return false;
  return torch::jit::constant_as<bool>(node.input(static_cast<std::size_t>(*index)))
      .value_or(false);
}

/// What in a frozen graph is in training mode, which eval() no longer reaches: a trace holds it as
/// a constant. Where folding takes place such a normalisation would become another network.
std::string training_mode(torch::jit::Block& block) {
  for (torch::jit::Node* node : block.nodes()) {
    const std::string_view name = node->kind().toQualString();
    if (name == "aten::batch_norm" && is_true(*node, "training"))
      return "batch normalisation: the answer for an image depends on the others in its batch";
    if (name.starts_with("aten::") && name.find("dropout") != name.npos && is_true(*node, "train"))
      return "dropout: the answer depends on chance";
    for (torch::jit::Block* inner : node->blocks())
      if (auto found = training_mode(*inner); !found.empty()) return found;
  }
  return {};
}

/// A run gives one tensor, images.
Result<void> check_inputs(const torch::jit::Module& module, const std::filesystem::path& file) {
  const auto method = module.find_method("forward");
  if (!method) return bad_input("the model has no method forward()", file.string());
  std::string names;
  int wanted = 0;
  for (const c10::Argument& argument : method->function().getSchema().arguments()) {
    if (argument.name() == "self" || argument.default_value()) continue;
    names += (names.empty() ? "" : ", ") + argument.name();
    ++wanted;
  }
  if (wanted <= 1) return {};
  return bad_input(fmt::format("the model takes {} inputs ({}), but a run gives it only the images",
                               wanted, names),
                   file.string(), "export a module whose forward() takes only the images");
}

/// Whether forward() takes a list of images, as torchvision's detectors do, not a batch.
bool takes_list(const torch::jit::Module& module) {
  for (const c10::Argument& argument :
       module.get_method("forward").function().getSchema().arguments())
    if (argument.name() != "self") return argument.type()->kind() == c10::TypeKind::ListType;
  return false;
}

class TorchScriptNetwork final : public Network {
 public:
  explicit TorchScriptNetwork(torch::jit::Module module)
      : module_(std::move(module)), takes_list_(takes_list(module_)) {}

  NetworkOutput forward(const at::Tensor& input) override {
    if (takes_list_) return named_tensors(module_.forward({c10::List<at::Tensor>(input.unbind())}));
    return named_tensors(module_.forward({input}));
  }

 private:
  torch::jit::Module module_;
  bool takes_list_;
};

}  // namespace

Result<std::unique_ptr<Network>> load_torchscript(const std::filesystem::path& file,
                                                  c10::Device device, Precision precision) {
  TRY(check_torchscript_archive(file));
  try {
    auto module = torch::jit::load(file.string(), c10::Device(c10::kCPU));
    TRY(check_torchscript_graphs(module, file));
    TRY(check_inputs(module, file));
    // A trace may hold constants of a device: it is moved before it is frozen.
    place_weights(module, device, precision);
    module.eval();
    auto frozen = torch::jit::freeze(module, std::nullopt, /*optimize_numerics=*/false);
    auto graph = frozen.get_method("forward").graph();
    if (const auto found = training_mode(*graph->block()); !found.empty())
      return bad_input("the model was traced in training mode, with " + found, file.string(),
                       "export it after model.eval()");
    say_precision(*graph, precision);
    torch::jit::OptimizeFrozenGraph(graph, /*optimize_numerics=*/true);
    // In float32 the products are the limit, and cuDNN has fewer ways for what is fused.
    if (device.is_cuda() && precision != Precision::fp32) fuse_convolutions(graph);
    if (device.is_cpu() && precision == Precision::fp32 && kernels::can_prepare_convolutions()) {
      fuse_convolutions(graph);
      prepare_convolutions(graph);
    }
    return std::make_unique<TorchScriptNetwork>(std::move(frozen));
  } catch (const std::exception& exception) {
    return bad_input("TorchScript cannot load it: " + error_cause(exception), file.string());
  }
}

}  // namespace plumbline
