#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/predictions/run_notes.h"
#include "core/predictions/voter_key.h"
#include "core/types/error.h"

namespace plumbline {

/// What a manifest says of one file.
struct ManifestEntry {
  std::string file;  ///< in the folder predictions/
  std::int64_t first = 0, count = 0;
  std::vector<VoterKey> voters;  ///< by row
  /// The hashes of the models that computed it, by name; may lack some.
  std::map<std::string, std::string> models = {};
};

/// A voter's time as a rank measured it.
struct ManifestLatency {
  VoterKey voter;
  VoterLatency latency;
};

/// What a rank warned of while it computed a run.
struct ManifestWarning {
  std::string run;
  StoredWarning warning;
};

/// What a rank wrote, by the kind of line; each in the order of the lines.
struct Manifest {
  std::vector<ManifestEntry> entries;
  std::vector<int> lines;  ///< of the entries, from 1
  std::vector<ManifestLatency> latencies;
  std::vector<ManifestWarning> warnings;
  std::uintmax_t bytes = 0;  ///< of the lines that have an end
};

/// The end of a manifest's name.
inline constexpr std::string_view manifest_ending = ".manifest.jsonl";

/// Reads a manifest, a JSON object a line. A last line without an end is a write that was cut off,
/// and left out; anything else that is no entry is an error with its line, and so are a link and a
/// file of more than 256 MiB. Names of files have no folder in them.
Result<Manifest> read_whole_manifest(const std::filesystem::path& file);

/// Its entries alone.
Result<std::vector<ManifestEntry>> read_manifest(const std::filesystem::path& file);

/// The lines, with their ends.
std::string manifest_line(const ManifestEntry& entry);
std::string manifest_line(const ManifestLatency& latency);
std::string manifest_line(const ManifestWarning& warning);

/// Appends in one write and syncs; the file is made if it is absent.
Result<void> append_to_manifest(const std::filesystem::path& file, std::string_view line);

/// The manifests in a study's predictions/, by name.
Result<std::vector<std::filesystem::path>> manifests_of(const std::filesystem::path& study);

/// The name of a rank's manifest of a run, without its ending; and whether a manifest is one of the
/// run's, of whatever rank.
std::string rank_manifest_name(const std::string& run, int rank);
bool is_rank_manifest_of(const std::string& run, const std::filesystem::path& manifest);

}  // namespace plumbline
