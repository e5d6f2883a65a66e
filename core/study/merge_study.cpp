#include "core/study/merge_study.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/data/hash.h"
#include "core/data/mapped_file.h"
#include "core/predictions/prediction_schema.h"
#include "core/study/study_prediction_store.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t samples_at_once = 4096;

/// What one study offers another, and which of it the other must have.
struct Offer {
  std::vector<OfferedFile> files;
  std::vector<Manifest> manifests;
  std::set<std::pair<std::string, std::string>> splits;  ///< data set and split
  std::set<std::string> models;
  std::vector<std::string> left_out;  ///< files of which only some rows are still anybody's
};

std::string dataset_name(const std::vector<DatasetInfo>& datasets, std::int64_t id) {
  const auto found = std::ranges::find(datasets, id, &DatasetInfo::id);
  return found == datasets.end() ? std::string() : found->name;
}

/// Files that the study's database names, with the voters of their rows.
Result<void> add_named_files(const Study& from, const std::vector<DatasetInfo>& datasets,
                             Offer& offer) {
  struct Named {
    PredictionShard shard;
    std::map<int, VoterKey> rows;
  };
  std::map<std::int64_t, Named> files;
  const auto sets = from.all_prediction_sets();
  TRY(sets);
  for (const PredictionSet& set : *sets) {
    if (set.key.precision == "imported") continue;
    const auto rows = from.shard_rows(set.id);
    TRY(rows);
    for (const ShardRow& row : *rows) {
      Named& named = files[row.shard.id];
      named.shard = row.shard;
      named.rows.emplace(row.row, voter_key(set.key, dataset_name(datasets, set.key.dataset)));
    }
  }
  for (const auto& [id, named] : files) {
    const fs::path path = from.folder() / "predictions" / named.shard.file;
    const auto wrong = what_is_wrong(from, named.shard);
    TRY(wrong);
    if (!wrong->empty())
      return bad_input("the prediction file " + *wrong, path.string(),
                       "copy the study again, or recompute it there: run --resume");
    ManifestEntry entry{named.shard.file.string(), named.shard.first, named.shard.count, {}, {}};
    // Rows that a longer file took over are nobody's; those of a file stand in their order.
    bool whole = true;
    for (const auto& [row, voter] : named.rows) {
      whole = whole && row == static_cast<int>(entry.voters.size());
      entry.voters.push_back(voter);
    }
    // What is left of a file cannot be named without whose its other rows were: it is said.
    const auto opened = open_checked_predictions(path, entry.first, entry.count);
    TRY(opened);
    if (!whole || entry.voters.size() != opened->envelope.voters.size()) {
      offer.left_out.push_back(entry.file);
      continue;
    }
    offer.files.push_back({std::move(entry), path.parent_path(), path.string(), false});
  }
  return {};
}

Result<void> add_manifests(const Study& from, Offer& offer) {
  const auto files = manifests_of(from.folder());
  TRY(files);
  std::set<std::string> known;
  for (const OfferedFile& file : offer.files) known.insert(file.entry.file);
  for (const fs::path& file : *files) {
    auto manifest = read_whole_manifest(file);
    TRY(manifest);
    for (std::size_t i = 0; i < manifest->entries.size(); ++i)
      if (known.insert(manifest->entries[i].file).second)
        offer.files.push_back({manifest->entries[i], file.parent_path(),
                               fmt::format("{}:{}", file.string(), manifest->lines[i]), true});
    offer.manifests.push_back(std::move(*manifest));
  }
  return {};
}

Result<Offer> offer_of(const Study& from, const std::vector<DatasetInfo>& datasets) {
  Offer offer;
  TRY(add_named_files(from, datasets, offer));
  TRY(add_manifests(from, offer));
  for (const OfferedFile& file : offer.files)
    for (const VoterKey& voter : file.entry.voters) {
      offer.splits.emplace(voter.dataset, voter.split);
      offer.models.insert(voter.voter.model);
    }
  return offer;
}

/// Errors: what the files are of is not the same in both studies.
Result<void> check_same(const Study& from, const Study& to, const Offer& offer) {
  for (const auto& [dataset, split] : offer.splits) {
    const auto theirs = from.dataset(dataset);
    TRY(theirs);
    const auto ours = to.dataset(dataset);
    TRY(ours);
    const auto from_mark = split_fingerprint(from, theirs->id, split);
    TRY(from_mark);
    const auto to_mark = split_fingerprint(to, ours->id, split);
    TRY(to_mark);
    if (*from_mark != *to_mark)
      return bad_input(fmt::format("the split '{}' of the data set '{}' has other samples there",
                                   split, dataset),
                       from.folder().string(), "only a copy of the same study can be merged");
  }
  for (const std::string& name : offer.models) {
    const auto theirs = from.model(name);
    TRY(theirs);
    const auto ours = to.model(name);
    TRY(ours);
    if (theirs->hash != ours->hash || theirs->card.text != ours->card.text)
      return bad_input(fmt::format("the model '{}' has a different {} there", name,
                                   theirs->hash != ours->hash ? "content" : "card"),
                       from.folder().string(), "rename one of them: plumbline-engine rename");
  }
  return {};
}

/// Copies a checked file under a name that is free, and returns that.
Result<std::string> copy_in(const Study& to, const CheckedFile& file) {
  auto name = free_file_name(to, file.offered.entry.file, {});
  TRY(name);
  const fs::path source = file.offered.folder / file.offered.entry.file;
  const fs::path target = to.folder() / "predictions" / *name;
  std::string hash;
  {
    const auto content = MappedFile::open(source);
    TRY(content);
    hash = hash_bytes(content->content());
    TRY(write_file_atomically(target, content->content()));
  }
  const auto copied = hash_file(target);
  TRY(copied);
  if (*copied == hash) return name;
  std::error_code code;
  fs::remove(target, code);
  return fail(ErrorKind::device, "the copy differs from what was copied", target.string(),
              "check the disk, then merge again");
}

bool same_run(const RunInfo& a, const RunInfo& b) {
  return a.splits == b.splits && a.voters == b.voters && a.precision == b.precision &&
         a.decoder == b.decoder && a.device_kind == b.device_kind && a.batch == b.batch;
}

/// Whether all that a run is made of is in the study, and the same.
bool can_have(const Study& to, const Offer& offer, const RunInfo& run, const std::string& dataset) {
  return std::ranges::all_of(
             run.splits,
             [&](const std::string& split) { return offer.splits.contains({dataset, split}); }) &&
         std::ranges::all_of(run.voters, [&](const Voter& voter) {
           const auto model = to.model(voter.model);
           return model && (model->file.empty() || offer.models.contains(voter.model));
         });
}

Result<void> merge_runs(const Study& from, Study& to, const std::vector<DatasetInfo>& datasets,
                        const Offer& offer, MergedStudy& merged) {
  const auto runs = from.runs();
  TRY(runs);
  const auto known = to.runs();
  TRY(known);
  for (const RunInfo& theirs : *runs) {
    const std::string name = dataset_name(datasets, theirs.dataset);
    if (!can_have(to, offer, theirs, name)) {
      merged.runs_left_out.push_back(theirs.name);
      continue;
    }
    RunInfo run = theirs;
    const auto dataset = to.dataset(name);
    TRY(dataset);
    run.dataset = dataset->id;
    const auto ours = std::ranges::find(*known, run.name, &RunInfo::name);
    if (ours == known->end()) {
      TRY(to.add_run(run));
      merged.runs.push_back(run.name);
    } else if (ours->dataset != run.dataset || !same_run(*ours, run)) {
      merged.other_runs.push_back(run.name);
      continue;
    } else {
      std::vector<View> further;
      for (const View& condition : run.conditions)
        if (std::ranges::find(ours->conditions, condition) == ours->conditions.end())
          further.push_back(condition);
      TRY(to.add_conditions(run.name, further));
    }
    const auto warnings = from.warnings(run.name);
    TRY(warnings);
    TRY(to.add_warnings(run.name, *warnings));
  }
  return {};
}

Result<void> merge_latencies(const Study& from, Study& to,
                             const std::vector<DatasetInfo>& datasets) {
  const auto sets = from.all_prediction_sets();
  TRY(sets);
  const auto sizes = from.batch_latencies();
  TRY(sizes);
  for (const PredictionSet& theirs : *sets) {
    if (!theirs.latency) continue;
    const auto dataset = to.dataset(dataset_name(datasets, theirs.key.dataset));
    if (!dataset) continue;
    PredictionKey key = theirs.key;
    key.dataset = dataset->id;
    const auto ours = to.find_prediction_set(key);
    if (!ours || !*ours || (*ours)->latency) continue;
    TRY(to.set_latency((*ours)->id, *theirs.latency));
    for (auto [size, end] = sizes->equal_range(theirs.id); size != end; ++size)
      TRY(to.set_batch_latency((*ours)->id, size->second));
  }
  return {};
}

}  // namespace

Result<std::string> split_fingerprint(const Study& study, std::int64_t dataset,
                                      const std::string& split) {
  Hasher hasher;
  const auto add = [&](std::string_view text) {
    hasher.add(std::as_bytes(std::span(text)));
    hasher.add(std::as_bytes(std::span("\n", 1)));
  };
  const auto reader = study.reader(dataset);
  TRY(reader);
  const auto sources = reader->sources();
  const auto count = study.sample_count(dataset, split);
  TRY(count);
  for (std::int64_t first = 0; first < *count; first += samples_at_once) {
    const auto samples =
        study.samples(dataset, split, first, std::min(samples_at_once, *count - first));
    TRY(samples);
    for (const SampleInfo& sample : *samples) {
      const auto source = static_cast<std::size_t>(sample.locator.source);
      add(fmt::format("{} {} {} {} {}", sample.name, sample.label, sample.locator.record,
                      sample.locator.hash,
                      source < sources.size() ? sources[source].hash : std::string()));
    }
  }
  const auto boxes = study.boxes(dataset, split);
  TRY(boxes);
  for (const TruthBox& box : *boxes)
    add(fmt::format("{} {} {} {} {} {} {}", box.image, box.category, box.box.x, box.box.y,
                    box.box.width, box.box.height, box.crowd));
  return fmt::format("{} samples {}", *count, hasher.digest());
}

Result<MergedStudy> merge_study(const Study& from, Study& to) {
  std::error_code code;
  if (fs::equivalent(from.folder(), to.folder(), code))
    return usage_error("a study cannot be merged into itself", from.folder().string(),
                       "to merge its own manifests: plumbline-engine merge STUDY");
  const auto datasets = from.datasets();
  TRY(datasets);
  const auto offer = offer_of(from, *datasets);
  TRY(offer);
  TRY(check_same(from, to, *offer));
  const auto checked = check_offered(to, offer->files);
  TRY(checked);
  MergedStudy merged;
  merged.files_left_out = offer->left_out;
  merged.predictions.manifests = static_cast<std::int64_t>(offer->manifests.size());
  for (const CheckedFile& file : *checked) {
    std::string name = file.offered.entry.file;
    if (!file.covered) {
      auto copied = copy_in(to, file);
      TRY(copied);
      name = std::move(*copied);
    }
    TRY(commit_checked(to, file, name, merged.predictions));
  }
  TRY(merge_runs(from, to, *datasets, *offer, merged));
  TRY(merge_latencies(from, to, *datasets));
  for (const Manifest& manifest : offer->manifests)
    TRY(merge_notes(to, manifest, merged.predictions));
  return merged;
}

}  // namespace plumbline
