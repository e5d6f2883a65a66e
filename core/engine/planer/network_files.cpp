#include "core/engine/planer/network_files.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/data/hash.h"
#include "core/data/safetensors.h"
#include "core/data/word_list.h"
#include "core/engine/planer/network_words.h"
#include "core/engine/training/checkpoint.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// "slots.12.attention.query" → 12 and "attention.query".
struct SlotName {
  std::int64_t slot = -1;
  std::string rest;
};
SlotName slot_name(const std::string& name) {
  if (!name.starts_with("slots.")) return {};
  const auto dot = name.find('.', 6);
  return {std::stoll(name.substr(6, dot - 6)), name.substr(dot + 1)};
}

/// The parameter of that name in the slot, else in the layer's other slot, else in the nearest.
const at::Tensor* find_near(const LanguageModel& from, std::int64_t slot, const std::string& rest) {
  const auto slots = static_cast<std::int64_t>(from.options().size());
  const auto at_slot = [&](std::int64_t s) -> const at::Tensor* {
    if (s < 0 || s >= slots) return nullptr;
    const auto* found = from.parameters().find(fmt::format("slots.{}.{}", s, rest));
    return found ? &found->master : nullptr;
  };
  if (const auto* own = at_slot(slot)) return own;
  if (const auto* partner = at_slot(slot ^ 1)) return partner;
  for (std::int64_t distance = 1; distance < slots; ++distance)
    for (const std::int64_t s : {slot - distance, slot + distance})
      if (const auto* near = at_slot(s)) return near;
  return nullptr;
}

/// Experts' tensors from a feed-forward's; its layers are [out, in].
at::Tensor from_feed_forward(const LanguageModel& from, const SlotName& name,
                             std::int64_t experts) {
  const std::string part = name.rest.substr(std::string("experts.").size());
  const at::Tensor* source = find_near(from, name.slot, "feed_forward." + part);
  if (source == nullptr) return {};
  if (part.starts_with("norm.")) return *source;
  const at::Tensor one = source->dim() == 2 ? source->t() : *source;
  std::vector<std::int64_t> shape = one.sizes().vec();
  shape.insert(shape.begin(), experts);
  return one.unsqueeze(0).expand(shape);
}

/// Copies the part that both have. Units that are new to an inner layer add nothing until they
/// learn, so that the wider layer computes what the narrower one did: theirs are the further
/// entries of `second` in its dimension 1, of a feed-forward as of experts.
void copy_common(const at::Tensor& from, at::Tensor to, bool is_second = false) {
  if (is_second && to.size(1) > from.size(1))
    to.narrow(1, from.size(1), to.size(1) - from.size(1)).zero_();
  at::Tensor source = from;
  for (std::int64_t d = 0; d < to.dim(); ++d) {
    const std::int64_t n = std::min(source.size(d), to.size(d));
    source = source.narrow(d, 0, n);
    to = to.narrow(d, 0, n);
  }
  to.copy_(source);
}

}  // namespace

Result<std::unique_ptr<LanguageModel>> load_network(const Study& study, const NetworkInfo& network,
                                                    c10::Device device, at::ScalarType compute) {
  const fs::path path = study.folder() / network.file;
  const auto hash = hash_file(path);
  if (!hash) return tl::unexpected(hash.error());
  if (*hash != network.hash)
    return bad_input(
        "the network's file is not the one that the study knows", path.string(),
        "it was changed; restore it, or train or import the network under another name");
  auto file = SafetensorsFile::open(path);
  if (!file) return tl::unexpected(file.error());
  auto model = std::make_unique<LanguageModel>(network.config, options_of(network.architecture), 1,
                                               device, compute);
  if (auto loaded = load_tensors(*file, model->parameters().masters(), path.string()); !loaded)
    return tl::unexpected(loaded.error());
  model->parameters().refresh();
  return model;
}

namespace {

/// Returns the file's hash, which the same network has each time.
Result<std::string> write_weights(const fs::path& path, const std::string& name,
                                  const LanguageModel& model,
                                  const std::vector<std::string>& words) {
  SafetensorsMetadata metadata = {{"format", "pt"}, {"network", name}};
  if (!words.empty()) metadata.emplace_back(words_key, word_list_hash(words));
  if (auto saved = save_tensors(path, metadata, model.parameters().masters()); !saved)
    return tl::unexpected(saved.error());
  return hash_file(path);
}

}  // namespace

Result<bool> is_saved(const Study& study, const NetworkInfo& saved, const LanguageModel& model,
                      const std::vector<std::string>& words) {
  // A network that was renamed since has its first name in its file.
  const auto file = SafetensorsFile::open(study.folder() / saved.file);
  const std::string* first_name = file ? file->find_metadata("network") : nullptr;
  const fs::path path = study.folder() / network_file(saved.name + ".compared");
  const auto hash =
      write_weights(path, first_name != nullptr ? *first_name : saved.name, model, words);
  std::error_code code;
  fs::remove(path, code);
  if (!hash) return tl::unexpected(hash.error());
  return *hash == saved.hash;
}

Result<NetworkInfo> save_network(Study& study, NetworkInfo network, const LanguageModel& model,
                                 const std::vector<std::string>& words) {
  network.file = network_file(network.name);
  const fs::path path = study.folder() / network.file;
  std::error_code code;
  fs::create_directories(path.parent_path(), code);
  // Of an attempt that ended before the study named it.
  fs::remove(study.folder() / words_file(network.name), code);
  if (auto kept = keep_words(study, network, words); !kept) return tl::unexpected(kept.error());
  auto hash = write_weights(path, network.name, model, words);
  if (!hash) return tl::unexpected(hash.error());
  network.hash = *hash;
  if (auto added = study.add_network(network); !added) return tl::unexpected(added.error());
  return network;
}

void inherit_weights(const LanguageModel& from, LanguageModel& to) {
  const at::NoGradGuard no_grad;
  for (auto& parameter : to.parameters().all()) {
    const SlotName name = slot_name(parameter.name);
    if (name.slot < 0) {
      if (const auto* own = from.parameters().find(parameter.name))
        copy_common(own->master, parameter.master);
      continue;
    }
    const bool is_second = name.rest == "feed_forward.second" || name.rest == "experts.second";
    if (const at::Tensor* near = find_near(from, name.slot, name.rest)) {
      copy_common(*near, parameter.master, is_second);
    } else if (name.rest.starts_with("experts.")) {
      const at::Tensor copied = from_feed_forward(from, name, to.config().experts);
      if (copied.defined()) copy_common(copied, parameter.master, is_second);
    }
  }
  to.parameters().refresh();
}

namespace {

/// The heads of a slot's attention.
void order_heads(LanguageModel& model, std::size_t slot) {
  const std::int64_t d = model.config().d_head;
  const std::string prefix = fmt::format("slots.{}.attention.", slot);
  const auto master = [&](const char* name) {
    const auto* found = model.parameters().find(prefix + name);
    return found ? found->master : at::Tensor();
  };
  const at::Tensor value = master("value"), output = master("output");
  if (!value.defined()) return;
  const std::int64_t heads = value.size(0) / d;
  const at::Tensor strength = value.view({heads, -1}).norm(2, 1) *
                              output.view({-1, heads, d}).transpose(0, 1).flatten(1).norm(2, 1);
  const at::Tensor order = strength.argsort(/*stable=*/true, 0, /*descending=*/true);
  for (const char* name : {"query", "key", "value", "position", "query_bias", "key_bias",
                           "value_bias", "content_bias", "position_bias"}) {
    at::Tensor tensor = master(name);
    if (!tensor.defined()) continue;
    const at::Tensor by_head = tensor.view({heads, -1});
    by_head.copy_(by_head.index_select(0, order));
  }
  const at::Tensor columns = output.view({-1, heads, d});
  columns.copy_(columns.index_select(1, order));
}

/// The units of a slot's feed-forward.
void order_units(LanguageModel& model, std::size_t slot) {
  const std::string prefix = fmt::format("slots.{}.feed_forward.", slot);
  const auto* first = model.parameters().find(prefix + "first");
  if (first == nullptr) return;
  const at::Tensor first_bias = model.parameters().find(prefix + "first_bias")->master,
                   second = model.parameters().find(prefix + "second")->master;
  const at::Tensor strength = first->master.norm(2, 1) * second.norm(2, 0);
  const at::Tensor order = strength.argsort(/*stable=*/true, 0, /*descending=*/true);
  first->master.copy_(first->master.index_select(0, order));
  first_bias.copy_(first_bias.index_select(0, order));
  second.copy_(second.index_select(1, order));
}

}  // namespace

void order_by_strength(LanguageModel& model) {
  const at::NoGradGuard no_grad;
  for (std::size_t slot = 0; slot < model.options().size(); ++slot) {
    order_heads(model, slot);
    order_units(model, slot);
  }
  model.parameters().refresh();
}

}  // namespace plumbline
