#include "core/predictions/prediction_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/data/hash.h"

namespace plumbline {

namespace fs = std::filesystem;

bool is_prediction_file_name(std::string_view name) {
  return !name.empty() && name.front() != '.' &&
         name.find_first_of(std::string_view("/\0", 2)) == name.npos;
}

std::string prediction_file_name(std::span<const VoterKey> voters, std::int64_t first,
                                 std::int64_t count) {
  // One line a voter, words in a fixed order: what the hash is of is part of the format.
  std::string text;
  for (const VoterKey& key : voters) {
    text += fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n", key.dataset, key.split, to_string(key.voter),
                        key.precision, key.decoder, key.device_kind);
    if (key.condition != View()) text += fmt::format("{}\n", to_string(key.condition));
    text += "\n";
  }
  const std::int64_t offset = first % shard_samples;
  const std::string part = offset == 0 && count == shard_samples
                               ? std::string()
                               : fmt::format("-{:04}-{}", offset, count);
  return fmt::format("{}-{:06}{}.safetensors",
                     hash_bytes(std::as_bytes(std::span(text))).substr(0, 24),
                     first / shard_samples, part);
}

Result<ManifestStore> ManifestStore::open(const fs::path& study, const std::string& name) {
  const fs::path folder = study / "predictions";
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) return bad_input("the folder cannot be made: " + code.message(), folder.string());
  const fs::path file = folder / (name + std::string(manifest_ending));
  Manifest manifest;
  if (fs::exists(fs::symlink_status(file, code))) {
    auto read = read_whole_manifest(file);
    TRY(read);
    manifest = std::move(*read);
    // What a killed rank left of a last line would be the beginning of the next one.
    fs::resize_file(file, manifest.bytes, code);
    if (code) return bad_input("cannot be repaired: " + code.message(), file.string());
  }
  return ManifestStore(folder, file, std::move(manifest.entries));
}

Result<std::string> ManifestStore::free_name(std::string name) const {
  const std::string stem = fs::path(name).stem().string();
  for (int i = 2; is_taken_; ++i) {
    const auto taken = is_taken_(name);
    TRY(taken);
    if (!*taken) break;
    name = fmt::format("{}~{}.safetensors", stem, i);
  }
  return name;
}

Result<void> ManifestStore::commit(std::span<const VoterKey> voters, const PredictionDraft& draft) {
  auto name = free_name(prediction_file_name(voters, draft.envelope.first, draft.envelope.count));
  TRY(name);
  ManifestEntry entry{
      std::move(*name), draft.envelope.first, draft.envelope.count, {voters.begin(), voters.end()}};
  for (const VoterKey& key : voters)
    if (const auto hash = hashes_.find(key.voter.model); hash != hashes_.end())
      entry.models.insert(*hash);
  if (std::ranges::find(entries_, entry.file, &ManifestEntry::file) != entries_.end()) return {};
  TRY(write_predictions(folder_ / entry.file, draft));
  TRY(append_to_manifest(manifest_, manifest_line(entry)));
  entries_.push_back(std::move(entry));
  return {};
}

Result<void> ManifestStore::note_latency(const VoterKey& voter, const VoterLatency& latency) {
  return append_to_manifest(manifest_, manifest_line(ManifestLatency{voter, latency}));
}

Result<void> ManifestStore::warn(const std::string& run, const StoredWarning& warning) {
  return append_to_manifest(manifest_, manifest_line(ManifestWarning{run, warning}));
}

}  // namespace plumbline
