#include "core/predictions/prediction_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include <fmt/format.h>

#include "core/data/file_handle.h"
#include "core/data/hash.h"
#include "core/data/mapped_file.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t longest_manifest_word = 1000, most_rows = 100'000;

ordered_json to_json(const VoterKey& key) {
  ordered_json fields = {{"dataset", key.dataset},        {"split", key.split},
                         {"model", key.voter.model},      {"view", to_string(key.voter.view)},
                         {"precision", key.precision},    {"decoder", key.decoder},
                         {"device_kind", key.device_kind}};
  if (key.condition != View()) fields["condition"] = to_string(key.condition);
  return fields;
}

std::string line_of(const ManifestEntry& entry) {
  ordered_json voters = ordered_json::array();
  for (const VoterKey& key : entry.voters) voters.push_back(to_json(key));
  const ordered_json line = {{"v", 1},
                             {"file", entry.file},
                             {"first", entry.first},
                             {"count", entry.count},
                             {"voters", std::move(voters)}};
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

VoterKey read_voter_key(const nlohmann::json& value, JsonErrors& errors) {
  JsonObject reader(value, "voters.", errors);
  VoterKey key;
  key.dataset = reader.text("dataset", longest_manifest_word);
  key.split = reader.text("split", longest_manifest_word);
  key.voter.model = reader.text("model", longest_manifest_word);
  const auto view = parse_view(reader.text("view", longest_manifest_word));
  if (view)
    key.voter.view = *view;
  else
    reader.wrong("view", "is no view: " + view.error().message);
  key.precision = reader.text("precision", longest_manifest_word);
  key.decoder = reader.text("decoder", longest_manifest_word);
  key.device_kind = reader.text("device_kind", longest_manifest_word);
  const auto condition = parse_view(reader.text("condition", longest_manifest_word, "identity"));
  if (condition)
    key.condition = *condition;
  else
    reader.wrong("condition", "is no view: " + condition.error().message);
  return key;
}

Result<ManifestEntry> read_entry(std::string_view line, const std::string& where) {
  const auto document = parse_json(line, where);
  TRY(document);
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  JsonErrors errors{where, "the manifest was changed", std::nullopt};
  JsonObject reader(*document, "", errors);
  static_cast<void>(reader.integer("v", 1, 1));
  ManifestEntry entry;
  entry.file = reader.text("file", longest_manifest_word);
  if (!is_prediction_file_name(entry.file))
    reader.wrong("file", "must be the name of a file in predictions/");
  entry.first = reader.integer("first", 0, most - shard_samples);
  entry.count = reader.integer("count", 1, shard_samples);
  for (const auto& voter : reader.list("voters", most_rows))
    entry.voters.push_back(read_voter_key(voter, errors));
  if (entry.voters.empty()) reader.wrong("voters", "must name the voter of each row");
  if (errors.first) return tl::unexpected(*errors.first);
  return entry;
}

struct WholeLines {
  std::vector<ManifestEntry> entries;
  std::uintmax_t bytes = 0;  ///< of the lines that have an end
};

Result<WholeLines> read_whole_lines(const fs::path& file) {
  WholeLines lines;
  std::error_code code;
  if (fs::file_size(file, code) == 0 && !code) return lines;  // which cannot be mapped
  const auto mapped = MappedFile::open(file);
  TRY(mapped);
  const auto content = mapped->content();
  const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
  while (true) {
    const std::size_t end = text.find('\n', lines.bytes);
    if (end == text.npos) return lines;
    auto entry = read_entry(text.substr(lines.bytes, end - lines.bytes),
                            fmt::format("{}:{}", file.string(), lines.entries.size() + 1));
    TRY(entry);
    lines.entries.push_back(std::move(*entry));
    lines.bytes = end + 1;
  }
}

/// Appends in one write and syncs.
Result<void> append_line(const fs::path& file, std::string_view line) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor < 0) return tl::unexpected(system_error(errno, "cannot be opened", file));
  const ssize_t written = ::write(descriptor, line.data(), line.size());
  int error_number = written < 0 ? errno : 0;
  if (error_number == 0 && static_cast<std::size_t>(written) != line.size()) error_number = ENOSPC;
  if (error_number == 0 && ::fsync(descriptor) != 0) error_number = errno;
  ::close(descriptor);
  if (error_number != 0)
    return tl::unexpected(system_error(error_number, "cannot be written", file));
  return {};
}

}  // namespace

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
  const fs::path manifest = folder / (name + ".manifest.jsonl");
  std::vector<ManifestEntry> entries;
  if (fs::exists(manifest, code)) {
    auto read = read_whole_lines(manifest);
    TRY(read);
    entries = std::move(read->entries);
    // What a killed rank left of a last line would be the beginning of the next one.
    fs::resize_file(manifest, read->bytes, code);
    if (code) return bad_input("cannot be mended: " + code.message(), manifest.string());
  }
  return ManifestStore(folder, manifest, std::move(entries));
}

Result<void> ManifestStore::commit(std::span<const VoterKey> voters, const PredictionDraft& draft) {
  ManifestEntry entry{prediction_file_name(voters, draft.envelope.first, draft.envelope.count),
                      draft.envelope.first,
                      draft.envelope.count,
                      {voters.begin(), voters.end()}};
  if (std::ranges::find(entries_, entry.file, &ManifestEntry::file) != entries_.end()) return {};
  TRY(write_predictions(folder_ / entry.file, draft));
  TRY(append_line(manifest_, line_of(entry)));
  entries_.push_back(std::move(entry));
  return {};
}

Result<std::vector<ManifestEntry>> read_manifest(const fs::path& file) {
  auto lines = read_whole_lines(file);
  TRY(lines);
  return std::move(lines->entries);
}

}  // namespace plumbline
