#include "core/engine/inference/run_ranks.h"

#include <unistd.h>

#include <limits>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/engine/inference/rank_share.h"
#include "core/predictions/manifest.h"
#include "core/predictions/prediction_store.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr auto interval = std::chrono::milliseconds(500);
/// For what another machine wrote to be seen on this one.
constexpr auto file_system_patience = std::chrono::seconds(30);
constexpr std::size_t longest_report_text = 4000;
constexpr std::int64_t most_reported_images = 1'000'000'000'000, most_host_threads = 1'000'000;

constexpr const char* plan_key = "run/plan";
constexpr const char* done_key = "run/done";
constexpr const char* pause_key = "run/pause";
std::string report_key(int rank) { return fmt::format("run/report/{}", rank); }

ordered_json report_fields(const RankReport& report) {
  ordered_json fields = {{"v", 1},
                         {"files", report.files},
                         {"device", report.device},
                         {"seconds", report.seconds},
                         {"images_by_device", report.decoded.by_device},
                         {"images_by_host", report.decoded.by_host},
                         {"host_threads", report.decoded.threads}};
  if (report.left_out)
    fields["left_out"] = {{"exit", exit_code(report.left_out->kind)},
                          {"message", report.left_out->message.substr(0, longest_report_text / 2)},
                          {"where", report.left_out->where.substr(0, longest_report_text / 2)},
                          {"hint", report.left_out->hint.substr(0, longest_report_text / 2)}};
  return fields;
}

Result<RankReport> read_report(const std::string& text, const std::string& where) {
  const auto document = parse_json(text, where);
  TRY(document);
  JsonErrors errors{where, "all ranks must run the same version of Plumbline", std::nullopt};
  JsonObject reader(*document, "", errors);
  static_cast<void>(reader.integer("v", 1, 1));
  RankReport report;
  report.files = reader.integer("files", 0, std::numeric_limits<std::int32_t>::max());
  report.device = reader.text("device", longest_report_text);
  report.seconds = reader.number("seconds", 0, 1e9);
  report.decoded.by_device = reader.integer("images_by_device", 0, most_reported_images);
  report.decoded.by_host = reader.integer("images_by_host", 0, most_reported_images);
  report.decoded.threads =
      static_cast<std::size_t>(reader.integer("host_threads", 0, most_host_threads));
  if (reader.has("left_out")) {
    JsonObject error = reader.object("left_out");
    report.left_out = Error{
        kind_of_exit(error.integer("exit", 0, 255)), error.text("message", longest_report_text),
        error.text("where", longest_report_text), error.text("hint", longest_report_text)};
  }
  if (errors.first) return tl::unexpected(*errors.first);
  return report;
}

/// Waits for a file that another machine has written.
bool appears(const fs::path& file, std::uintmax_t size) {
  const auto begin = std::chrono::steady_clock::now();
  while (true) {
    std::error_code code;
    if (fs::file_size(file, code) == size && !code) return true;
    if (std::chrono::steady_clock::now() - begin > file_system_patience) return false;
    std::this_thread::sleep_for(interval / 5);
  }
}

/// Names of snapshots begin so; one that a killed rank 0 left is removed by the next.
std::string snapshot_front(const std::string& run) { return fmt::format("ranks-{},", run); }

}  // namespace

RunRanks::RunRanks(std::shared_ptr<RankStore> store) : store_(std::move(store)) {
  store_->begin_watch();
}

RunRanks::~RunRanks() {
  std::error_code code;
  if (!snapshot_.empty()) fs::remove(snapshot_, code);
}

bool RunRanks::is_due(Clock::time_point& last) const {
  const auto now = Clock::now();
  if (now - last < interval) return false;
  last = now;
  return true;
}

std::vector<ShardRange> RunRanks::share(const std::vector<ShardRange>& missing, int batch) const {
  return share_of_rank(missing, batch, ranks().rank, ranks().world);
}

Result<void> RunRanks::publish(const Study& study, const std::string& run) {
  const fs::path cache = study.folder() / "cache";
  std::error_code code;
  for (auto entry = fs::directory_iterator(cache, code); !code && entry != fs::directory_iterator();
       entry.increment(code)) {
    std::error_code gone;
    if (entry->path().filename().string().starts_with(snapshot_front(run)))
      fs::remove(entry->path(), gone);
  }
  const std::string name = fmt::format("{}{}.sqlite", snapshot_front(run), ::getpid());
  TRY(study.write_snapshot(cache / name));
  snapshot_ = cache / name;
  const auto size = fs::file_size(snapshot_, code);
  if (code) return bad_input("cannot be read: " + code.message(), snapshot_.string());
  const ordered_json plan = {{"v", 1}, {"snapshot", name}, {"bytes", size}};
  return store_->set(plan_key, plan.dump());
}

Result<void> RunRanks::publish_complete(RankStore& store) {
  return store.set(plan_key, ordered_json{{"v", 1}, {"complete", true}}.dump());
}

void RunRanks::pause_with(Job& job) {
  job.on_pause([store = store_, &job](bool paused) {
    if (const auto said = store->set(pause_key, paused ? "1" : "0"); !said)
      job.warning("ranks", "the other ranks were not told of the pause: " + to_string(said.error()),
                  "");
  });
}

std::int64_t RunRanks::done_by_others() {
  if (is_due(last_done_))
    if (const auto sum = store_->add(done_key, 0)) others_ = *sum;
  return others_;
}

Result<std::vector<RankReport>> RunRanks::collect(const std::function<bool()>& tick) {
  std::vector<RankReport> reports;
  for (int rank = 1; rank < ranks().world; ++rank) {
    const auto text = store_->get(report_key(rank), {}, tick);
    TRY(text);
    auto report = read_report(*text, store_->name_of(rank));
    TRY(report);
    reports.push_back(std::move(*report));
  }
  last_done_ = {};
  return reports;
}

Result<std::optional<fs::path>> RunRanks::await_database(RankStore& store, const fs::path& study) {
  const auto text = store.get(plan_key);
  TRY(text);
  const std::string where = store.name_of(0);
  const auto document = parse_json(*text, where);
  TRY(document);
  JsonErrors errors{where, "all ranks must run the same version of Plumbline", std::nullopt};
  JsonObject reader(*document, "", errors);
  static_cast<void>(reader.integer("v", 1, 1));
  if (reader.flag("complete", false)) return std::optional<fs::path>();
  const std::string name = reader.text("snapshot", 1000);
  if (!is_prediction_file_name(name)) reader.wrong("snapshot", "must be the name of a file");
  const auto size = reader.integer("bytes", 1, std::numeric_limits<std::int64_t>::max());
  if (errors.first) return tl::unexpected(*errors.first);
  std::error_code code;
  const fs::path file = fs::absolute(study, code) / "cache" / name;
  if (!appears(file, static_cast<std::uintmax_t>(size)))
    return bad_input(
        fmt::format("rank 0 has written a snapshot of the study there, but rank {} does not see it",
                    store.ranks().rank),
        file.string(), "all ranks must see the same study, at the same path");
  return std::optional(file);
}

void RunRanks::add_done(std::int64_t predictions) {
  not_said_ += predictions;
  if (is_due(last_done_) && store_->add(done_key, not_said_)) not_said_ = 0;
}

JobRelay::Word RunRanks::control() {
  if (trouble()) return JobRelay::Word::stop;
  if (is_due(last_control_)) {
    const auto word = store_->find(pause_key);
    paused_ = word && *word && **word == "1";
  }
  return paused_ ? JobRelay::Word::pause : JobRelay::Word::go_on;
}

Result<void> RunRanks::report(const RankReport& report) {
  TRY(store_->add(done_key, not_said_));
  not_said_ = 0;
  const std::string text =
      report_fields(report).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return store_->set(report_key(ranks().rank), text);
}

Result<void> await_manifests(const fs::path& study, const std::string& run,
                             const std::vector<RankReport>& reports) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (reports[i].files == 0) continue;
    const int rank = static_cast<int>(i) + 1;
    const fs::path file =
        study / "predictions" / (rank_manifest_name(run, rank) + std::string(manifest_ending));
    while (true) {
      std::error_code code;
      std::size_t there = 0;
      if (fs::exists(file, code)) {
        const auto manifest = read_whole_manifest(file);
        TRY(manifest);
        there = manifest->entries.size();
      }
      if (there >= static_cast<std::size_t>(reports[i].files)) break;
      if (std::chrono::steady_clock::now() - begin > file_system_patience)
        return bad_input(
            fmt::format("rank {} has written {} files, but only {} of them are named here", rank,
                        reports[i].files, there),
            file.string(),
            "all ranks must see the same study, at the same path; go on with --resume");
      std::this_thread::sleep_for(interval);
    }
  }
  return {};
}

}  // namespace plumbline
