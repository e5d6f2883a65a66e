#include "core/study/deployed_decision.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/data/atomic_folder.h"
#include "core/data/file_handle.h"
#include "core/data/hash.h"
#include "core/decision/bound_policy_json.h"
#include "core/study/model_output.h"
#include "core/study/run_dataset.h"
#include "core/types/json_object.h"
#include "core/types/plain_name.h"
#include "core/types/precision_names.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::string_view bundle_format = "plumbline decision 1";
constexpr std::array<std::string_view, 2> bundled_devices = {"cpu", "cuda"};
constexpr const char* bundle_document = "decision.json";
constexpr const char* bundle_models = "models";
constexpr std::uint64_t largest_document = std::uint64_t{64} << 20;  // a matrix of costs is in it
constexpr std::uint64_t largest_bundle_card = std::uint64_t{16} << 20;
constexpr std::size_t most_bundled = 10'000, longest_bundle_word = 1000;
constexpr std::size_t longest_certificate = std::size_t{32} << 20;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// A model's files in a bundle: its name with the suffix of its file, and its card beside.
std::string bundled_file(const ModelInfo& model) {
  return model.name + model.file.extension().string();
}
std::string bundled_card(const ModelInfo& model) { return model.name + ".card.json"; }

/// Of all that a document says but this.
std::string hash_of(ordered_json document) {
  document.erase("hash");
  const std::string text = document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return hash_bytes(bytes_of(text));
}

ordered_json document_of(const DeployedDecision& decision) {
  ordered_json voters = ordered_json::array(), models = ordered_json::array();
  for (const Voter& voter : decision.voters)
    voters.push_back({{"model", voter.model}, {"view", to_string(voter.view)}});
  for (const ModelInfo& model : decision.models) {
    std::error_code code;
    models.push_back({{"name", model.name},
                      {"file", bundled_file(model)},
                      {"size", fs::file_size(model.file, code)},
                      {"hash", model.hash},
                      {"card", bundled_card(model)},
                      {"card_hash", hash_bytes(bytes_of(model.card.text))}});
  }
  ordered_json document = {{"format", bundle_format},
                           {"name", decision.name},
                           {"run", decision.run},
                           {"dataset", decision.dataset},
                           {"classes", decision.classes},
                           {"voters", voters},
                           {"policy", ordered_json::parse(to_json(decision.policy))},
                           {"selected_on", decision.selected_on},
                           {"rule", decision.rule},
                           {"certificate", decision.certificate},
                           {"precision", decision.precision},
                           {"decoder", decision.decoder},
                           {"device_kind", decision.device_kind},
                           {"batch", decision.batch},
                           {"models", models}};
  document["hash"] = hash_of(document);
  return document;
}

Result<void> copy_models(const DeployedDecision& decision, const fs::path& folder) {
  for (const ModelInfo& model : decision.models) {
    const fs::path copy = folder / bundled_file(model);
    std::error_code code;
    fs::copy_file(model.file, copy, code);
    if (code) return bad_input("cannot be copied: " + code.message(), model.file.string());
    const auto hash = hash_file(copy);
    TRY(hash);
    if (*hash != model.hash)
      return bad_input("the model's file has changed since it was imported", model.file.string(),
                       "restore it, or import the new one under another name and decide again");
    TRY(write_file_atomically(folder / bundled_card(model), model.card.text));
  }
  return sync_folder(folder);
}

/// What a bundle says of one model's files.
struct BundledModel {
  std::string name, file, hash, card, card_hash;
  std::uint64_t size = 0;
};

/// A plain name that no hostile bundle makes lead elsewhere.
std::string file_name_in(JsonObject& object, std::string_view key) {
  std::string name = object.text(key, longest_bundle_word);
  const bool plain = !name.empty() && name.front() != '.' &&
                     name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
  if (!plain) object.wrong(key, "must be the name of a file in models/");
  return name;
}

BundledModel read_bundled_model(const nlohmann::json& value, JsonErrors& errors) {
  JsonObject object(value, "models.", errors);
  BundledModel model;
  model.name = object.text("name", longest_bundle_word);
  if (const auto plain = check_plain_name(model.name, "a model", "name"); !plain)
    object.wrong("name", "must be the name of a model");
  model.file = file_name_in(object, "file");
  model.size = static_cast<std::uint64_t>(object.integer("size", 1, std::int64_t{1} << 40));
  model.hash = object.text("hash", longest_bundle_word);
  model.card = file_name_in(object, "card");
  model.card_hash = object.text("card_hash", longest_bundle_word);
  object.refuse_unknown();
  return model;
}

/// A file of a bundle that is itself there, no link, and has the size that was written. `largest`:
/// bytes.
Result<void> check_bundled_file(const fs::path& file, std::uint64_t largest,
                                std::optional<std::uint64_t> size = std::nullopt) {
  std::error_code code;
  const auto status = fs::symlink_status(file, code);
  if (code || !fs::is_regular_file(status))
    return bad_input("the bundle lacks this file, or it is a link", file.string(),
                     "copy the whole bundle again");
  const std::uint64_t found = fs::file_size(file, code);
  if (code || found > largest || (size && found != *size))
    return bad_input(size ? fmt::format("has {} bytes instead of {}", found, *size)
                          : fmt::format("has {} bytes, more than {}", found, largest),
                     file.string(), "copy the whole bundle again");
  return {};
}

Result<std::string> read_bundled_text(const fs::path& file, std::uint64_t largest) {
  TRY(check_bundled_file(file, largest));
  const auto bytes = read_whole_file(file, largest);
  TRY(bytes);
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

tl::unexpected<Error> changed_bundle(const fs::path& file) {
  return bad_input("is not what was exported", file.string(),
                   "it was changed or damaged: copy the whole bundle again");
}

Result<ModelInfo> open_bundled_model(const BundledModel& bundled, const fs::path& folder) {
  ModelInfo model;
  model.name = bundled.name;
  model.file = folder / bundled.file;
  model.hash = bundled.hash;
  TRY(check_bundled_file(model.file, std::uint64_t{1} << 40, bundled.size));
  const auto hash = hash_file(model.file);
  TRY(hash);
  if (*hash != bundled.hash) return changed_bundle(model.file);
  const fs::path card_file = folder / bundled.card;
  const auto text = read_bundled_text(card_file, largest_bundle_card);
  TRY(text);
  if (hash_bytes(bytes_of(*text)) != bundled.card_hash) return changed_bundle(card_file);
  auto card = parse_model_card(*text, card_file.string());
  TRY(card);
  model.card = std::move(*card);
  return model;
}

std::vector<Voter> read_bundled_voters(const nlohmann::json& list, JsonErrors& errors) {
  std::vector<Voter> voters;
  for (const auto& value : list) {
    JsonObject object(value, "voters.", errors);
    Voter voter{object.text("model", longest_bundle_word), {}};
    const auto view = parse_view(object.text("view", longest_bundle_word));
    if (view)
      voter.view = *view;
    else
      object.wrong("view", "is not a view: " + view.error().message);
    object.refuse_unknown();
    voters.push_back(std::move(voter));
  }
  return voters;
}

std::string_view known_word(JsonObject& object, std::string_view key,
                            std::span<const std::string_view> words) {
  return words[object.choice(key, words)];
}

}  // namespace

Result<DeployedDecision> deployed_decision(const Study& study, std::string_view name) {
  auto stored = study.decision(name);
  TRY(stored);
  const auto run = study.run(stored->run);
  TRY(run);
  const auto own = dataset_of_run(study, *run);
  TRY(own);
  if (stored->policy.policy.traits().predictions != "classes")
    return usage_error("only decisions on classes can be applied to images", std::string(name));
  DeployedDecision decision{stored->name,
                            stored->run,
                            own->name,
                            own->classes,
                            std::move(stored->voters),
                            std::move(stored->policy),
                            std::move(stored->selected_on),
                            std::move(stored->rule),
                            std::move(stored->certificate),
                            run->precision,
                            run->decoder,
                            run->device_kind,
                            run->batch,
                            {}};
  for (const Voter& voter : decision.voters) {
    if (std::ranges::find(decision.models, voter.model, &ModelInfo::name) != decision.models.end())
      continue;
    auto model = study.model(voter.model);
    TRY(model);
    if (model->file.empty())
      return usage_error(
          fmt::format(
              "the predictions of '{}' were imported, so it cannot be asked about new images",
              voter.model),
          std::string(name), "decide with voters whose models are in the study");
    decision.models.push_back(std::move(*model));
  }
  return decision;
}

bool is_decision_bundle(const fs::path& path) {
  std::error_code code;
  return fs::is_regular_file(path / bundle_document, code);
}

Result<void> write_decision_bundle(const DeployedDecision& decision, const fs::path& folder) {
  return write_folder_atomically(folder, [&](const fs::path& part) -> Result<void> {
    std::error_code code;
    fs::create_directory(part / bundle_models, code);
    if (code)
      return bad_input("cannot be made: " + code.message(), (part / bundle_models).string());
    TRY(copy_models(decision, part / bundle_models));
    return write_file_atomically(
        part / bundle_document,
        document_of(decision).dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
  });
}

Result<DeployedDecision> read_decision_bundle(const fs::path& folder) {
  const fs::path document_file = folder / bundle_document;
  const std::string where = document_file.string();
  const auto text = read_bundled_text(document_file, largest_document);
  TRY(text);
  const auto document = parse_json(*text, where);
  TRY(document);
  JsonErrors errors{where, "the bundle was changed, or is of a newer version", std::nullopt};
  JsonObject object(*document, "", errors);
  DeployedDecision decision;
  if (object.text("format", longest_bundle_word) != bundle_format)
    object.wrong("format", fmt::format("must be '{}'", bundle_format));
  decision.name = object.text("name", longest_bundle_word);
  decision.run = object.text("run", longest_bundle_word);
  decision.dataset = object.text("dataset", longest_bundle_word);
  for (const auto& name : object.list("classes", max_classes)) {
    if (!name.is_string() || name.get_ref<const std::string&>().size() > longest_bundle_word) {
      object.wrong("classes", "must be a list of names");
      break;
    }
    decision.classes.push_back(name.get<std::string>());
  }
  decision.voters = read_bundled_voters(object.list("voters", most_bundled), errors);
  const nlohmann::json& policy_document = object.any("policy");
  decision.selected_on = object.text("selected_on", longest_bundle_word);
  decision.rule = object.text("rule", longest_bundle_word);
  decision.certificate = object.text("certificate", longest_certificate);
  decision.precision = known_word(object, "precision", precision_names);
  decision.decoder = object.text("decoder", longest_bundle_word);
  decision.device_kind = known_word(object, "device_kind", bundled_devices);
  decision.batch = static_cast<int>(object.integer("batch", 1, 1 << 20));
  std::vector<BundledModel> models;
  for (const auto& value : object.list("models", most_bundled))
    models.push_back(read_bundled_model(value, errors));
  const std::string hash = object.text("hash", longest_bundle_word);
  object.refuse_unknown();
  if (errors.first) return tl::unexpected(*errors.first);
  const auto as_written = parse_ordered_json(*text, where);
  TRY(as_written);
  if (hash_of(*as_written) != hash) return changed_bundle(document_file);
  auto policy = read_bound_policy(policy_document.dump(), where);
  TRY(policy);
  decision.policy = std::move(*policy);
  if (decision.voters.empty() || decision.policy.policy.voters() != decision.voters.size())
    return bad_input("the policy's number of voters is not that of the names given", where);
  for (const BundledModel& bundled : models) {
    if (std::ranges::find(decision.models, bundled.name, &ModelInfo::name) != decision.models.end())
      return bad_input(fmt::format("the model '{}' appears twice", bundled.name), where);
    auto model = open_bundled_model(bundled, folder / bundle_models);
    TRY(model);
    decision.models.push_back(std::move(*model));
  }
  for (const Voter& voter : decision.voters)
    if (std::ranges::find(decision.models, voter.model, &ModelInfo::name) == decision.models.end())
      return bad_input(fmt::format("the voter '{}' has no model", to_string(voter)), where);
  return decision;
}

}  // namespace plumbline
