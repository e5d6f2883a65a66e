#include "core/review/ledger_cache.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/data/hash.h"
#include "core/review/box_run.h"
#include "core/study/boxes_mark.h"
#include "core/study/run_dataset.h"
#include "core/study/shard_text.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kept_run_prefix = "boxes-", kept_ledger_prefix = "ledger-";
/// What stays in a cache: a million objects in six voters' boxes are half a gigabyte.
constexpr std::size_t most_kept_runs = 8, most_kept_ledgers = 24;
constexpr std::uintmax_t most_kept_bytes = std::uintmax_t{4} << 30;

std::string hash_of_text(const std::string& text) {
  return hash_bytes(std::as_bytes(std::span(text)));
}

std::string magic_text(const ColumnMagic& magic) { return {magic.begin(), magic.end()}; }

/// Empty where predictions are not whole, or one of their files cannot be looked at.
Result<std::string> key_of_run(const Study& study, const RunInfo& run, const DatasetInfo& dataset,
                               const std::string& split, std::int64_t samples) {
  const auto mark = boxes_mark(study, run.dataset, split);
  TRY(mark);
  const auto sets = study.prediction_sets(run, split);
  TRY(sets);
  std::string text = fmt::format("{} {} {} {}\n{}\n", PLUMBLINE_VERSION, magic_text(flat_run_magic),
                                 samples, *mark, fmt::join(dataset.classes, "\n"));
  for (std::size_t v = 0; v < sets->size(); ++v) {
    if ((*sets)[v].committed != samples) return std::string();
    const auto rows = study.shard_rows((*sets)[v].id);
    TRY(rows);
    const auto files = shard_text(study.folder() / "predictions", *rows);
    if (!files) return std::string();
    text += fmt::format("{}\n{}", to_string(run.voters[v]), *files);
  }
  return hash_of_text(text);
}

fs::path run_file(const KeptRun& kept) {
  return kept.folder / fmt::format("{}{}.bin", kept_run_prefix, kept.key);
}

fs::path ledger_file(const KeptRun& kept, const std::string& decision) {
  const std::string text =
      fmt::format("{} {} {}", magic_text(box_ledger_magic), kept.key, decision);
  return kept.folder / fmt::format("{}{}.bin", kept_ledger_prefix, hash_of_text(text));
}

/// Maps a file and makes of it what `read` makes; nothing where there is none, or it is damaged.
template <class Read>
auto map_kept(const fs::path& file, const ColumnMagic& magic, std::vector<std::string>& notes,
              const Read& read) -> typename decltype(read(ColumnSet()))::value_type {
  std::error_code code;
  if (!fs::is_regular_file(file, code)) return nullptr;
  auto mapped = map_columns(file, magic).and_then([&](ColumnSet columns) {
    return read(std::move(columns));
  });
  if (mapped) {
    // What was used last stays longest.
    fs::last_write_time(file, fs::file_time_type::clock::now(), code);
    return std::move(*mapped);
  }
  notes.push_back(fmt::format("cache/{} {}; it is made again", file.filename().string(),
                              mapped.error().message));
  return nullptr;
}

}  // namespace

Result<KeptRun> open_kept_run(const Study& study, const RunInfo& run, const std::string& split,
                              WorkProgress* progress) {
  const auto dataset = dataset_of_run(study, run);
  TRY(dataset);
  const auto samples = study.sample_count(run.dataset, split);
  TRY(samples);
  KeptRun kept;
  kept.folder = study.folder() / "cache";
  kept.writable = study.writable();
  auto key = key_of_run(study, run, *dataset, split, *samples);
  TRY(key);
  kept.key = std::move(*key);
  std::vector<std::string> voters;
  for (const Voter& voter : run.voters) voters.push_back(to_string(voter));
  const auto as_lists = [classes = dataset->classes, voters](std::shared_ptr<const FlatRun> flat) {
    return OnDemand<BoxRun>([flat, classes, voters] { return unpack_run(*flat, classes, voters); });
  };
  if (!kept.key.empty()) {
    kept.flat = map_kept(run_file(kept), flat_run_magic, kept.notes, flat_run);
    if (kept.flat != nullptr && kept.flat->voters == run.voters.size() &&
        kept.flat->images == static_cast<std::size_t>(*samples)) {
      kept.run = as_lists(kept.flat);
      return kept;
    }
  }
  if (progress != nullptr) progress->begin("reading boxes");
  auto lists = read_box_run(study, run, split);
  TRY(lists);
  ColumnSet columns = flat_columns(*lists);
  // A cache that cannot be written costs time, not the result.
  if (!kept.key.empty() && kept.writable) {
    const fs::path file = run_file(kept);
    if (progress != nullptr) progress->begin("keeping the boxes");
    if (const auto written = write_columns(file, flat_run_magic, columns); !written) {
      kept.notes.push_back(
          fmt::format("the boxes cannot be cached, so they are read again each time: {}",
                      to_string(written.error())));
    } else {
      keep_latest_files(kept.folder, kept_run_prefix, most_kept_runs, most_kept_bytes);
      if (auto mapped = map_columns(file, flat_run_magic)) columns = std::move(*mapped);
    }
  }
  auto flat = flat_run(std::move(columns));
  TRY(flat);
  kept.flat = std::move(*flat);
  kept.run = OnDemand<BoxRun>(std::move(*lists));
  return kept;
}

std::shared_ptr<const BoxLedger> find_ledger(const KeptRun& run, const std::string& decision,
                                             std::vector<std::string>& notes) {
  if (run.key.empty()) return nullptr;
  return map_kept(ledger_file(run, decision), box_ledger_magic, notes,
                  [&](ColumnSet columns) { return box_ledger(std::move(columns), *run.flat); });
}

Result<std::shared_ptr<const BoxLedger>> keep_ledger(const KeptRun& run,
                                                     const std::string& decision, ColumnSet columns,
                                                     std::vector<std::string>& notes) {
  if (!run.key.empty() && run.writable) {
    const fs::path file = ledger_file(run, decision);
    if (const auto written = write_columns(file, box_ledger_magic, columns); !written) {
      notes.push_back(
          fmt::format("what was judged cannot be cached, so it is judged again each time: {}",
                      to_string(written.error())));
    } else {
      keep_latest_files(run.folder, kept_ledger_prefix, most_kept_ledgers, most_kept_bytes);
      if (auto mapped = map_columns(file, box_ledger_magic)) columns = std::move(*mapped);
    }
  }
  return box_ledger(std::move(columns), *run.flat);
}

}  // namespace plumbline
