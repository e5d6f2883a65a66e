#include "core/engine/inference/torchscript_check.h"

#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/data/mapped_file.h"
#include "core/data/zip_directory.h"
#include "core/engine/error_cause.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

/// Operators of ATen that open files. Any other of ATen's and TorchScript's own computes.
constexpr std::array refused_names = {"from_file", "save", "load", "_load_for_lite_interpreter"};

/// Where operators come from: of these alone is known that they compute.
constexpr std::array known_namespaces = {"aten",      "prim",        "prims",
                                         "quantized", "torchvision", "_quantized",
                                         "plumbline", "mkldnn",      "onednn"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

template <class Names>
bool is_among(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

tl::unexpected<Error> refused(std::string_view what, const std::filesystem::path& file) {
  return bad_input(fmt::format("the model uses {}, which reaches beyond its computation", what),
                   file.string(), "a model that consists of a network alone has no such operator");
}

/// The word that begins at `at`.
std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_word(text[end])) ++end;
  return text.substr(at, end - at);
}

/// Whether an operator of that namespace could be called at all.
bool is_registered(std::string_view space) {
  static const std::set<std::string, std::less<>> spaces = [] {
    std::set<std::string, std::less<>> all;
    for (const auto& op : torch::jit::getAllOperators()) {
      const std::string& name = op->schema().name();
      all.insert(name.substr(0, name.find(':')));
    }
    return all;
  }();
  return spaces.contains(space);
}

/// The word after white space: "ops. c10d" would be read as an operator, too.
std::string_view word_after_space(std::string_view text, std::size_t at) {
  while (at < text.size() &&
         (std::isspace(static_cast<unsigned char>(text[at])) || text[at] == '\\'))
    ++at;
  return word_at(text, at);
}

/// What a source file names that is refused: "torch.from_file", "ops.c10d.send"; nothing if nothing
/// is. It looks at words alone, so that a name in a text or a comment counts too: exported source
/// has none.
std::optional<std::string> refused_in_source(std::string_view source) {
  for (std::size_t i = 0; i < source.size();) {
    if (!is_word(source[i])) {
      ++i;
      continue;
    }
    const std::string_view word = word_at(source, i);
    const bool after_dot = i > 0 && source[i - 1] == '.';
    // A method or attribute of that name is harmless; an operator is asked of `torch` or `ops`, or
    // of another name for them.
    if (word == "from_file" || (after_dot && is_among(refused_names, word) && i >= 6 &&
                                source.substr(i - 6, 6) == "torch."))
      return "torch." + std::string(word);
    if (word == "ops" && !after_dot && i + 4 < source.size() && source[i + 3] == '.') {
      const auto space = word_at(source, i + 4);
      if (!space.empty() && !is_among(known_namespaces, space)) return "ops." + std::string(space);
      // The end of a sentence, as in torchvision's "Couldn't load custom C++ ops. This …", is no
      // operator.
      const auto next = space.empty() ? word_after_space(source, i + 4) : space;
      // A comment in between, say, is not how a sentence goes on.
      if (next.empty() || (!is_among(known_namespaces, next) && is_registered(next)))
        return "ops." + std::string(next);
    }
    i += word.size();
  }
  return {};
}

Result<void> check_block(const torch::jit::Block& block, const std::filesystem::path& file) {
  for (const torch::jit::Node* node : block.nodes()) {
    const std::string space = node->kind().ns().toUnqualString();
    const std::string name = node->kind().toUnqualString();
    if (!is_among(known_namespaces, space) || (space == "aten" && is_among(refused_names, name)) ||
        name == "PythonOp")
      return refused("the operator " + space + "::" + name, file);
    for (const torch::jit::Block* inner : node->blocks()) TRY(check_block(*inner, file));
  }
  return {};
}

Result<void> check_methods(const c10::ClassType& type, const std::filesystem::path& file,
                           std::set<const c10::ClassType*>& seen);

/// The classes of values: modules, and objects that a module holds or makes.
Result<void> check_type(const c10::Type& type, const std::filesystem::path& file,
                        std::set<const c10::ClassType*>& seen) {
  if (const auto* of_class = type.castRaw<c10::ClassType>())
    TRY(check_methods(*of_class, file, seen));
  for (const auto& contained : type.containedTypes()) TRY(check_type(*contained, file, seen));
  return {};
}

Result<void> check_methods(const c10::ClassType& type, const std::filesystem::path& file,
                           std::set<const c10::ClassType*>& seen) {
  if (!seen.insert(&type).second) return {};
  const std::string name = type.name() ? type.name()->qualifiedName() : "";
  if (name.starts_with("__torch__.torch.classes.") &&
      !name.starts_with("__torch__.torch.classes.quantized"))
    return refused("the class " + name, file);
  for (torch::jit::Function* method : type.methods()) {
    if (!method->isGraphFunction()) continue;
    const auto graph = torch::jit::toGraphFunction(*method).graph();
    TRY(check_block(*graph->block(), file));
    for (const torch::jit::Node* node : graph->nodes())
      for (const torch::jit::Value* value : node->outputs())
        TRY(check_type(*value->type(), file, seen));
  }
  for (std::size_t i = 0; i < type.numAttributes(); ++i)
    TRY(check_type(*type.getAttribute(i), file, seen));
  return {};
}

}  // namespace

Result<void> check_torchscript_archive(const std::filesystem::path& file) {
  const auto mapped = MappedFile::open(file);
  TRY(mapped);
  TRY(check_archive_entries(mapped->content(), file));
  try {
    caffe2::serialize::PyTorchStreamReader archive(file.string());
    const auto names = archive.getAllRecords();
    for (const std::string& name : names) {
      if (!name.starts_with("code/") || !name.ends_with(".py")) continue;
      const auto [data, size] = archive.getRecord(name);
      if (const auto found = refused_in_source({static_cast<const char*>(data.get()), size}))
        return refused(*found, file);
    }
  } catch (const std::exception& exception) {
    return bad_input("TorchScript cannot load it: " + error_cause(exception), file.string());
  }
  return {};
}

Result<void> check_torchscript_graphs(const torch::jit::Module& module,
                                      const std::filesystem::path& file) {
  std::set<const c10::ClassType*> seen;
  return check_methods(*module.type(), file, seen);
}

}  // namespace plumbline
