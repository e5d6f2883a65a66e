#include "core/predictions/manifest.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include <fmt/format.h>

#include "core/data/file_handle.h"
#include "core/predictions/prediction_file.h"
#include "core/predictions/prediction_store.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t longest_manifest_word = 1000, longest_warning = 20'000,
                      most_manifest_rows = 100'000;
constexpr std::uintmax_t largest_manifest = std::uintmax_t{256} << 20;
constexpr int most_batches = 1 << 30;
constexpr double longest_batch_ms = 1e9;

ordered_json to_json(const VoterKey& key) {
  ordered_json fields = {{"dataset", key.dataset},        {"split", key.split},
                         {"model", key.voter.model},      {"view", to_string(key.voter.view)},
                         {"precision", key.precision},    {"decoder", key.decoder},
                         {"device_kind", key.device_kind}};
  if (key.condition != View()) fields["condition"] = to_string(key.condition);
  return fields;
}

std::string line_of(const ordered_json& fields) {
  return fields.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

VoterKey read_voter_key(const nlohmann::json& value, const std::string& path, JsonErrors& errors) {
  JsonObject reader(value, path, errors);
  VoterKey key;
  key.dataset = reader.text("dataset", longest_manifest_word);
  key.split = reader.text("split", longest_manifest_word);
  key.voter.model = reader.text("model", longest_manifest_word);
  const auto view = parse_view(reader.text("view", longest_manifest_word));
  if (view)
    key.voter.view = *view;
  else
    reader.wrong("view", "is not a view: " + view.error().message);
  key.precision = reader.text("precision", longest_manifest_word);
  key.decoder = reader.text("decoder", longest_manifest_word);
  key.device_kind = reader.text("device_kind", longest_manifest_word);
  const auto condition = parse_view(reader.text("condition", longest_manifest_word, "identity"));
  if (condition)
    key.condition = *condition;
  else
    reader.wrong("condition", "is not a view: " + condition.error().message);
  return key;
}

ManifestEntry read_entry(JsonObject& reader, JsonErrors& errors) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  ManifestEntry entry;
  entry.file = reader.text("file", longest_manifest_word);
  if (!is_prediction_file_name(entry.file))
    reader.wrong("file", "must be the name of a file in predictions/");
  entry.first = reader.integer("first", 0, most - shard_samples);
  entry.count = reader.integer("count", 1, shard_samples);
  for (const auto& voter : reader.list("voters", most_manifest_rows))
    entry.voters.push_back(read_voter_key(voter, "voters.", errors));
  if (entry.voters.empty()) reader.wrong("voters", "must name the voter of each row");
  if (!reader.has("models")) return entry;
  const nlohmann::json& models = reader.any("models");
  if (!models.is_object()) reader.wrong("models", "must give the models' hashes by name");
  for (const auto& [name, hash] : models.items()) {
    if (hash.is_string())
      entry.models[name] = hash.get<std::string>();
    else
      reader.wrong("models", "must give the models' hashes by name");
  }
  return entry;
}

ManifestLatency read_latency(JsonObject& reader, JsonErrors& errors) {
  ManifestLatency time;
  time.voter = read_voter_key(reader.any("voter"), "voter.", errors);
  time.latency.device = reader.text("device", longest_manifest_word);
  time.latency.batch = static_cast<int>(reader.integer("batch", 1, most_batches));
  time.latency.batches = static_cast<int>(reader.integer("batches", 1, most_batches));
  time.latency.median_ms = reader.number("median_ms", 0, longest_batch_ms);
  time.latency.spread_ms = reader.number("spread_ms", 0, longest_batch_ms);
  return time;
}

ManifestWarning read_warning(JsonObject& reader) {
  return {reader.text("run", longest_manifest_word),
          {reader.text("warning", longest_manifest_word), reader.text("where", longest_warning),
           reader.text("message", longest_warning)}};
}

/// Adds a line to what its kind is.
Result<void> read_line(std::string_view line, const std::string& where, int number,
                       Manifest& manifest) {
  const auto document = parse_json(line, where);
  TRY(document);
  JsonErrors errors{where, "the manifest was changed", std::nullopt};
  JsonObject reader(*document, "", errors);
  static_cast<void>(reader.integer("v", 1, 1));
  if (reader.has("warning")) {
    manifest.warnings.push_back(read_warning(reader));
  } else if (reader.has("median_ms")) {
    manifest.latencies.push_back(read_latency(reader, errors));
  } else {
    manifest.entries.push_back(read_entry(reader, errors));
    manifest.lines.push_back(number);
  }
  if (errors.first) return tl::unexpected(*errors.first);
  return {};
}

}  // namespace

Result<Manifest> read_whole_manifest(const fs::path& file) {
  Manifest manifest;
  std::error_code code;
  // What leads elsewhere was made by nobody here.
  const auto status = fs::symlink_status(file, code);
  if (fs::exists(status) && !fs::is_regular_file(status))
    return bad_input("a manifest must be a regular file, not a link", file.string(), "remove it");
  // Read, not mapped: a rank appends to it, and cuts off what was written in part.
  const auto content = read_whole_file(file, largest_manifest);
  TRY(content);
  const std::string_view text(reinterpret_cast<const char*>(content->data()), content->size());
  for (int number = 1;; ++number) {
    const std::size_t end = text.find('\n', manifest.bytes);
    if (end == text.npos) return manifest;
    TRY(read_line(text.substr(manifest.bytes, end - manifest.bytes),
                  fmt::format("{}:{}", file.string(), number), number, manifest));
    manifest.bytes = end + 1;
  }
}

Result<std::vector<ManifestEntry>> read_manifest(const fs::path& file) {
  auto manifest = read_whole_manifest(file);
  TRY(manifest);
  return std::move(manifest->entries);
}

std::string manifest_line(const ManifestEntry& entry) {
  ordered_json voters = ordered_json::array();
  for (const VoterKey& key : entry.voters) voters.push_back(to_json(key));
  ordered_json line = {{"v", 1},
                       {"file", entry.file},
                       {"first", entry.first},
                       {"count", entry.count},
                       {"voters", std::move(voters)}};
  if (!entry.models.empty()) line["models"] = entry.models;
  return line_of(line);
}

std::string manifest_line(const ManifestLatency& time) {
  const VoterLatency& latency = time.latency;
  return line_of({{"v", 1},
                  {"voter", to_json(time.voter)},
                  {"device", latency.device.substr(0, longest_manifest_word)},
                  {"batch", latency.batch},
                  {"batches", latency.batches},
                  {"median_ms", latency.median_ms},
                  {"spread_ms", latency.spread_ms}});
}

std::string manifest_line(const ManifestWarning& warning) {
  return line_of({{"v", 1},
                  {"run", warning.run},
                  {"warning", warning.warning.code},
                  {"where", warning.warning.where.substr(0, longest_warning / 2)},
                  {"message", warning.warning.message.substr(0, longest_warning / 2)}});
}

Result<void> append_to_manifest(const fs::path& file, std::string_view line) {
  const int descriptor =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0) return tl::unexpected(system_error(errno, "cannot be opened", file));
  const off_t before = ::lseek(descriptor, 0, SEEK_END);
  const ssize_t written = ::write(descriptor, line.data(), line.size());
  int error_number = written < 0 ? errno : 0;
  if (error_number == 0 && static_cast<std::size_t>(written) != line.size()) error_number = ENOSPC;
  // A part of a line would be the beginning of the next one.
  if (error_number != 0 && written > 0 && before >= 0) (void)!::ftruncate(descriptor, before);
  if (error_number == 0 && ::fsync(descriptor) != 0) error_number = errno;
  ::close(descriptor);
  if (error_number != 0)
    return tl::unexpected(system_error(error_number, "cannot be written", file));
  return {};
}

Result<std::vector<fs::path>> manifests_of(const fs::path& study) {
  std::vector<fs::path> manifests;
  std::error_code code;
  const fs::path folder = study / "predictions";
  for (auto entry = fs::directory_iterator(folder, code);
       !code && entry != fs::directory_iterator(); entry.increment(code))
    if (entry->path().filename().string().ends_with(manifest_ending))
      manifests.push_back(entry->path());
  if (code) return bad_input("the folder cannot be read: " + code.message(), folder.string());
  std::ranges::sort(manifests);
  return manifests;
}

std::string rank_manifest_name(const std::string& run, int rank) {
  return fmt::format("{}.rank-{}", run, rank);
}

bool is_rank_manifest_of(const std::string& run, const fs::path& manifest) {
  const std::string name = manifest.filename().string();
  const std::string front = run + ".rank-";
  if (!name.starts_with(front) || !name.ends_with(manifest_ending) ||
      name.size() <= front.size() + manifest_ending.size())
    return false;
  const auto rank = std::string_view(name).substr(
      front.size(), name.size() - front.size() - manifest_ending.size());
  return rank.find_first_not_of("0123456789") == rank.npos;
}

}  // namespace plumbline
