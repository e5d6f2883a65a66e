#include "core/engine/inference/torchscript_network.h"

#include <set>

#include <torch/script.h>

#include "core/engine/first_line.h"
#include "core/engine/inference/torchscript_check.h"

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
              ", neither texts nor integers");
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
  TORCH_CHECK(!tensors.empty(), "the output holds no tensor");
  std::set<std::string> names;
  for (const OutputTensor& entry : tensors)
    TORCH_CHECK(names.insert(entry.name).second, "the output has two tensors '", entry.name, "'");
  return NetworkOutput(std::move(tensors));
}

class TorchScriptNetwork final : public Network {
 public:
  explicit TorchScriptNetwork(torch::jit::Module module) : module_(std::move(module)) {}

  NetworkOutput forward(const at::Tensor& input) override {
    return named_tensors(module_.forward({input}));
  }

 private:
  torch::jit::Module module_;
};

}  // namespace

Result<std::unique_ptr<Network>> load_torchscript(const std::filesystem::path& file,
                                                  c10::Device device, Precision precision) {
  TRY(check_torchscript_archive(file));
  try {
    auto module = torch::jit::load(file.string(), c10::Device(c10::kCPU));
    TRY(check_torchscript_graphs(module, file));
    // A trace may hold constants of a device: it is moved before it is frozen.
    module.to(device, scalar_type(precision));
    module.eval();
    return std::make_unique<TorchScriptNetwork>(torch::jit::freeze(module));
  } catch (const std::exception& exception) {
    return bad_input("TorchScript cannot load it: " + first_line(exception), file.string());
  }
}

}  // namespace plumbline
