#include <QtTest>

#include <sys/stat.h>

#include <bit>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/review/box_table.h"
#include "core/review/first_decision.h"
#include "core/review/judge_ahead.h"
#include "core/review/ledger_cache.h"
#include "core/review/opened_run.h"
#include "core/study/boxes_mark.h"
#include "core/study/import_boxes.h"
#include "core/study/run_gaps.h"
#include "tests/core/review/tests.h"
#include "tests/support/box_study.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

namespace fs = std::filesystem;

using KeptReview = std::shared_ptr<const ReviewedRun>;

KeptReview decided_at(const OpenedRun& run, double score, const char* fusion = "wbf") {
  const std::string policy = fmt::format("{}(score={})", fusion, score);
  return value(run.source->decide(value(bind(value(parse_policy(policy, 4)))),
                                  std::vector<std::size_t>{0, 1, 2, 3}));
}

/// Enough where nothing is counted.
BoxScenes few_scenes() {
  BoxScenes scenes;
  scenes.images = 8;
  return scenes;
}

/// Files of the cache whose names begin so.
std::vector<fs::path> kept_files(const fs::path& study, std::string_view prefix) {
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::directory_iterator entry(study / "cache", code), end; !code && entry != end; ++entry)
    if (entry->path().filename().string().starts_with(prefix)) files.push_back(entry->path());
  std::ranges::sort(files);
  return files;
}

/// Which file it is: another one once it was replaced.
ino_t inode_of(const fs::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) qFatal("no such file");
  return status.st_ino;
}

void change_kept_byte(const fs::path& file, std::uintmax_t place) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(place));
  const int before = stream.get();
  stream.seekp(static_cast<std::streamoff>(place));
  stream.put(static_cast<char>(before ^ 0x40));
}

std::vector<std::string> contents_of(const std::vector<fs::path>& files) {
  std::vector<std::string> contents;
  for (const fs::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    contents.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return contents;
}

/// What the first of the drawn detectors found, as COCO's results.
std::string imported_text(const BoxRun& drawn) {
  nlohmann::json results = nlohmann::json::array();
  for (const DetectedBox& box : drawn.voters.front().boxes)
    results.push_back({{"image_id", box.image},
                       {"category_id", box.category + 1},
                       {"bbox", {box.box.x, box.box.y, box.box.width, box.box.height}},
                       {"score", box.score}});
  return results.dump();
}

bool same_number(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// Everything that is known of every row, and all counts.
void compare_reviews(const ReviewedRun& a, const ReviewedRun& b) {
  QCOMPARE(a.table.rows, b.table.rows);
  QVERIFY(std::ranges::equal(a.table.items, b.table.items));
  QVERIFY(std::ranges::equal(a.table.truth, b.table.truth));
  QVERIFY(std::ranges::equal(a.table.label, b.table.label));
  QVERIFY(std::ranges::equal(a.table.verdict, b.table.verdict));
  QVERIFY(a.decisions.accept == b.decisions.accept && a.decisions.score == b.decisions.score);
  QVERIFY(a.decisions.counts.by_verdict == b.decisions.counts.by_verdict);
  QCOMPARE(a.table.numbers.size(), std::size_t{8});
  for (std::size_t row = 0; row < a.table.rows; ++row) {
    for (std::size_t c = 0; c < a.table.numbers.size(); ++c)
      QVERIFY(same_number(a.table.numbers[c].values[row], b.table.numbers[c].values[row]));
    for (std::size_t c = 0; c < a.table.words.size(); ++c)
      QCOMPARE(a.table.words[c].values[row], b.table.words[c].values[row]);
    QCOMPARE(finders_of_row(*a.boxes, row), finders_of_row(*b.boxes, row));
    QVERIFY(a.table.place(row) == b.table.place(row));
  }
  QCOMPARE(a.boxes->found, b.boxes->found);
  QCOMPARE(a.boxes->undetected, b.boxes->undetected);
  QCOMPARE(a.boxes->false_detections, b.boxes->false_detections);
  QCOMPARE(a.boxes->found_by_k, b.boxes->found_by_k);
}

}  // namespace

/// What is mapped is what was made, and nothing is made again.
void TestLedgerCache::a_run_is_judged_once() {
  const BoxStudy made;
  const OpenedRun first = value(open_run(made.folder(), "r"));
  const KeptReview judged = decided_at(first, 0.25);
  const auto runs = kept_files(made.folder(), "boxes-"),
             ledgers = kept_files(made.folder(), "ledger-");
  QCOMPARE(runs.size(), std::size_t{1});
  QCOMPARE(ledgers.size(), std::size_t{1});
  const ino_t run_file = inode_of(runs.front()), ledger_file = inode_of(ledgers.front());
  for (const double score : {0.25, 0.0, 0.6, 1.0}) {
    const OpenedRun again = value(open_run(made.folder(), "r"));
    const KeptReview mapped = decided_at(again, score);
    compare_reviews(*mapped, *decided_at(first, score));
    if (QTest::currentTestFailed()) return;
    QVERIFY(again.source->notes().empty());
  }
  QVERIFY(kept_files(made.folder(), "boxes-") == runs);
  QVERIFY(kept_files(made.folder(), "ledger-") == ledgers);
  QCOMPARE(inode_of(runs.front()), run_file);
  QCOMPARE(inode_of(ledgers.front()), ledger_file);
  QVERIFY(judged->boxes->found > 20 && judged->boxes->undetected > 20);
}

/// The lists that figures are made of come out of the file to the bit.
void TestLedgerCache::lists_are_unpacked_to_the_bit() {
  const BoxStudy made;
  const auto study = value(Study::open(made.folder(), Access::read_only));
  const RunInfo info = value(study.run("r"));
  const BoxRun read = value(read_box_run(study, info, "test"));
  const KeptRun written =
      value(open_kept_run(value(Study::open(made.folder(), Access::read_write)), info, "test"));
  const KeptRun mapped = value(open_kept_run(study, info, "test"));
  QCOMPARE(mapped.key, written.key);
  const BoxRun& unpacked = *mapped.run;
  QCOMPARE(unpacked.images(), read.images());
  QCOMPARE(unpacked.truth.boxes.size(), read.truth.boxes.size());
  QVERIFY(unpacked.first_object == read.first_object && unpacked.first_box == read.first_box);
  for (std::size_t i = 0; i < read.truth.boxes.size(); ++i) {
    const TruthBox &a = read.truth.boxes[i], &b = unpacked.truth.boxes[i];
    QVERIFY(a.box == b.box && a.area == b.area && a.image == b.image && a.category == b.category &&
            a.crowd == b.crowd && a.ignored == b.ignored && a.id == b.id);
  }
  for (std::size_t c = 0; c < read.truth.categories.size(); ++c)
    QCOMPARE(unpacked.truth.categories[c].name, read.truth.categories[c].name);
  QCOMPARE(unpacked.voters.size(), read.voters.size());
  for (std::size_t v = 0; v < read.voters.size(); ++v) {
    QCOMPARE(unpacked.voters[v].name, read.voters[v].name);
    QCOMPARE(unpacked.voters[v].boxes.size(), read.voters[v].boxes.size());
    for (std::size_t i = 0; i < read.voters[v].boxes.size(); ++i) {
      const DetectedBox &a = read.voters[v].boxes[i], &b = unpacked.voters[v].boxes[i];
      QVERIFY(a.box == b.box && same_number(a.score, b.score) && a.image == b.image &&
              a.category == b.category);
    }
  }
}

void TestLedgerCache::damage_is_said_and_mended_data() {
  QTest::addColumn<QString>("file");
  QTest::addColumn<QString>("damage");
  for (const char* file : {"boxes-", "ledger-"})
    for (const char* damage : {"truncated", "empty", "magic", "facts", "middle", "last column"})
      QTest::addRow("%s %s", file, damage) << file << damage;
}

void TestLedgerCache::damage_is_said_and_mended() {
  QFETCH(QString, file);
  QFETCH(QString, damage);
  const BoxStudy made(few_scenes());
  const OpenedRun first = value(open_run(made.folder(), "r"));
  const KeptReview right = decided_at(first, 0.25);
  const fs::path damaged = kept_files(made.folder(), file.toStdString()).front();
  const std::uintmax_t size = fs::file_size(damaged);
  // Not in place: what is mapped must not change.
  fs::copy_file(damaged, damaged.string() + ".copy");
  if (damage == "truncated") fs::resize_file(damaged.string() + ".copy", size - 65);
  if (damage == "empty") fs::resize_file(damaged.string() + ".copy", 0);
  if (damage == "magic") change_kept_byte(damaged.string() + ".copy", 7);
  if (damage == "facts") change_kept_byte(damaged.string() + ".copy", 64);
  if (damage == "middle") change_kept_byte(damaged.string() + ".copy", size / 2);
  // Its padding is no content: the texts of a run's ids are empty here.
  if (damage == "last column") change_kept_byte(damaged.string() + ".copy", size - 64);
  fs::rename(damaged.string() + ".copy", damaged);
  const ino_t before = inode_of(damaged);
  const OpenedRun again = value(open_run(made.folder(), "r"));
  compare_reviews(*decided_at(again, 0.25), *right);
  if (QTest::currentTestFailed()) return;
  const auto notes = again.source->notes();
  QCOMPARE(notes.size(), std::size_t{1});
  QVERIFY2(notes.front().find(damaged.filename().string()) != std::string::npos,
           notes.front().c_str());
  QVERIFY(notes.front().ends_with("it is made again"));
  QVERIFY(inode_of(damaged) != before);
  const OpenedRun mended = value(open_run(made.folder(), "r"));
  compare_reviews(*decided_at(mended, 0.25), *right);
  QVERIFY(mended.source->notes().empty());
}

/// A file whose hashes are right may still be anybody's.
void TestLedgerCache::indices_that_lead_nowhere_are_refused_data() {
  QTest::addColumn<int>("column");
  QTest::addColumn<std::size_t>("place");
  QTest::addColumn<int>("value");
  // Columns in the order of box_ledger.cpp; 32-bit words of the records.
  QTest::newRow("an error that there is none of") << 3 << std::size_t{0} << 0x20202020;
  QTest::newRow("a fused box's image") << 7 << std::size_t{12} << 1'000'000;
  QTest::newRow("a fused box's class") << 7 << std::size_t{13} << -1;
  QTest::newRow("an item's sample") << 8 << std::size_t{0} << 1'000'000;
  QTest::newRow("a row's object") << 9 << std::size_t{0} << 1'000'000;
  QTest::newRow("a row's box") << 9 << std::size_t{1} << 1'000'000;
  QTest::newRow("a row of nothing") << 9 << std::size_t{0} << -1;
  QTest::newRow("a row's class") << 10 << std::size_t{0} << 0x00630063;
  QTest::newRow("a row by score") << 18 << std::size_t{0} << 1'000'000;
  QTest::newRow("a rank's beginning") << 21 << std::size_t{2} << 1'000'000;
}

void TestLedgerCache::indices_that_lead_nowhere_are_refused() {
  QFETCH(int, column);
  QFETCH(std::size_t, place);
  QFETCH(int, value);
  const BoxStudy made(few_scenes());
  const OpenedRun run = test::value(open_run(made.folder(), "r"));
  const KeptReview judged = decided_at(run, 0.25);
  const FlatRun& flat = *judged->boxes->flat;
  auto columns =
      test::value(map_columns(kept_files(made.folder(), "ledger-").front(), box_ledger_magic));
  QVERIFY(box_ledger(columns, flat).has_value());
  auto& changed = columns.columns[static_cast<std::size_t>(column)];
  std::vector<std::byte> bytes(changed.begin(), changed.end());
  QVERIFY(place * 4 + 4 <= bytes.size());
  std::memcpy(bytes.data() + place * 4, &value, 4);
  changed = bytes;
  const fs::path forged = made.folder() / "cache" / "forged.bin";
  succeed(write_columns(forged, box_ledger_magic, columns));
  auto mapped = test::value(map_columns(forged, box_ledger_magic));
  QVERIFY(!box_ledger(mapped, flat).has_value());
  // Columns that are missing, and those of another run.
  mapped.columns.pop_back();
  QVERIFY(!box_ledger(mapped, flat).has_value());
  FlatRun other = flat;
  other.objects = flat.objects.first(flat.objects.size() - 1);
  QVERIFY(!box_ledger(columns, other).has_value());
}

/// A run's places and classes are checked alike.
void TestLedgerCache::a_run_that_leads_nowhere_is_refused() {
  const BoxStudy made(few_scenes());
  value(open_run(made.folder(), "r"));
  const auto kept = value(map_columns(kept_files(made.folder(), "boxes-").front(), flat_run_magic));
  QVERIFY(flat_run(kept).has_value());
  struct Forgery {
    std::size_t column, word;
    std::uint32_t value;
  };
  // The first object's image, class and length of text; places; a voter's box's class and left
  // edge.
  for (const auto& [column, word, put] :
       {Forgery{0, 12, 7}, Forgery{0, 13, 999}, Forgery{0, 14, 8}, Forgery{1, 0, 1},
        Forgery{1, 1, 0xFFFFFFFF}, Forgery{2, 1, 0xFFFFFFFF}, Forgery{3, 5, 999},
        Forgery{3, 0, 0x7F800000}}) {
    ColumnSet forged = kept;
    std::vector<std::byte> bytes(forged.columns[column].begin(), forged.columns[column].end());
    std::memcpy(bytes.data() + word * 4, &put, 4);
    forged.columns[column] = bytes;
    QVERIFY2(!flat_run(forged).has_value(), fmt::format("{} {}", column, word).c_str());
  }
  ColumnSet more = kept;
  more.facts[0] = std::numeric_limits<std::int64_t>::max();
  QVERIFY(!flat_run(more).has_value());
}

void TestLedgerCache::what_differs_is_kept_apart() {
  const BoxStudy made(few_scenes());
  const auto decide_in = [&](double score, const char* fusion) {
    return decided_at(value(open_run(made.folder(), "r")), score, fusion);
  };
  const KeptReview first = decide_in(0.25, "wbf");
  decide_in(0.5, "wbf");
  QCOMPARE(kept_files(made.folder(), "ledger-").size(), std::size_t{1});
  decide_in(0.25, "nms");
  QCOMPARE(kept_files(made.folder(), "ledger-").size(), std::size_t{2});
  QCOMPARE(kept_files(made.folder(), "boxes-").size(), std::size_t{1});
  // A prediction file that was written again is another one, whatever is in it.
  for (fs::directory_iterator entry(made.folder() / "predictions"), end; entry != end; ++entry)
    fs::last_write_time(entry->path(), entry->last_write_time() + std::chrono::seconds(5));
  compare_reviews(*decide_in(0.25, "wbf"), *first);
  QCOMPARE(kept_files(made.folder(), "boxes-").size(), std::size_t{2});
  QCOMPARE(kept_files(made.folder(), "ledger-").size(), std::size_t{3});
}

/// Annotations that somebody has changed by hand have another mark.
void TestLedgerCache::a_mark_is_of_the_annotations() {
  BoxScenes scenes = few_scenes();
  const BoxStudy one(scenes), same(scenes);
  scenes.seed = 2;
  const BoxStudy other(scenes);
  const auto mark_of = [](const BoxStudy& study) {
    const auto opened = value(Study::open(study.folder(), Access::read_only));
    return value(boxes_mark(opened, value(opened.dataset("scenes")).id, "test"));
  };
  QCOMPARE(mark_of(one).size(), std::size_t{32});
  QCOMPARE(mark_of(one), mark_of(same));
  QVERIFY(mark_of(one) != mark_of(other));
}

/// Decisions that are filled again are what fresh ones are, and counts are those of the rows.
void TestLedgerCache::a_threshold_moves_on_what_is_kept() {
  const BoxStudy made;
  const OpenedRun run = value(open_run(made.folder(), "r"));
  KeptReview held = decided_at(run, 0.9);
  for (const double score : {0.1, 0.7, 0.35, 0.0, 1.0, 0.5}) {
    held = decided_at(run, score);
    const OpenedRun fresh = value(open_run(made.folder(), "r"));
    compare_reviews(*held, *decided_at(fresh, score));
    if (QTest::currentTestFailed()) return;
    Decisions counted = held->decisions;
    tally(counted);
    QVERIFY(counted.counts.by_verdict == held->decisions.counts.by_verdict);
    QCOMPARE(counted.ties_broken, held->decisions.ties_broken);
    for (std::size_t row = 0; row < held->table.rows; ++row)
      QCOMPARE(int{(*held->boxes->finders)[row]}, std::popcount(finders_of_row(*held->boxes, row)));
  }
}

/// A study that may not be written is reviewed all the same.
void TestLedgerCache::nothing_is_written_where_nothing_may_be() {
  const BoxStudy made(few_scenes());
  const auto study = value(Study::open(made.folder(), Access::read_only));
  const RunInfo info = value(study.run("r"));
  const auto source = value(open_review(study, info, "test"));
  const auto reviewed = value(source->decide(value(bind(value(parse_policy("wbf", 4)))),
                                             std::vector<std::size_t>{0, 1, 2, 3}));
  QVERIFY(kept_files(made.folder(), "boxes-").empty());
  QVERIFY(kept_files(made.folder(), "ledger-").empty());
  compare_reviews(*reviewed, *decided_at(value(open_run(made.folder(), "r")), 0.25));
}

void TestLedgerCache::what_takes_long_is_said() {
  WorkProgress progress;
  QVERIFY(!progress.what());
  progress.begin("fusing boxes", 4);
  QVERIFY(progress.what() == "fusing boxes");
  progress.advance();
  QCOMPARE(*progress.share(), 0.25);
  progress.begin("reading boxes");
  QVERIFY(!progress.share());  // of how much is not known
  // Every piece of work ends at the whole of what it was begun with.
  const BoxRun run = drawn_run(few_scenes());
  const std::vector<std::size_t> voters = {0, 1, 2, 3};
  progress.begin("fusing boxes", run.images());
  auto fused = value(fuse_voters(run, value(parse_policy("wbf", 4)), voters, &progress));
  QCOMPARE(*progress.share(), 1.0);
  progress.begin("matching each detector's boxes", run.voters.size());
  find_by_voters(run, 0.5, &progress);
  QCOMPARE(*progress.share(), 1.0);
  progress.begin("judging fused boxes", run.images());
  judge_fused(run, std::move(fused), 0.5, &progress);
  QCOMPARE(*progress.share(), 1.0);
  const BoxStudy made(few_scenes());
  const auto watched = std::make_shared<WorkProgress>();
  decided_at(value(open_run(made.folder(), "r", {}, {}, watched)), 0.25);
  QVERIFY(!watched->what());
}

/// What is judged ahead is what a first opening finds: it makes nothing anew.
void TestLedgerCache::a_run_is_judged_ahead() {
  const BoxStudy made;
  {
    const auto study = value(Study::open(made.folder(), Access::read_write));
    const JudgedAhead judged = value(judge_ahead(study, value(study.run("r")), {}));
    QCOMPARE(judged.splits, std::vector<std::string>{"test"});
    QVERIFY(judged.notes.empty());
  }
  const auto runs = kept_files(made.folder(), "boxes-"),
             ledgers = kept_files(made.folder(), "ledger-");
  QCOMPARE(runs.size(), std::size_t{1});
  QCOMPARE(ledgers.size(), std::size_t{1});
  const ino_t run_file = inode_of(runs.front()), ledger_file = inode_of(ledgers.front());
  const OpenedRun opened = value(open_run(made.folder(), "r"));
  const FirstDecision first = first_decision(*opened.kind, opened.info);
  QCOMPARE(first.policy.policy.kind().name, std::string_view("wbf"));
  // Both models have both views: those of the identity view decide.
  QCOMPARE(first.voters, (std::vector<std::size_t>{0, 2}));
  const KeptReview reviewed = value(opened.source->decide(first.policy, first.voters));
  QVERIFY(reviewed->boxes->found > 0);
  QVERIFY(kept_files(made.folder(), "boxes-") == runs);
  QVERIFY(kept_files(made.folder(), "ledger-") == ledgers);
  QCOMPARE(inode_of(runs.front()), run_file);
  QCOMPARE(inode_of(ledgers.front()), ledger_file);
  // Other voters, or another overlap, are judged when somebody asks for them.
  decided_at(opened, 0.25);
  QCOMPARE(kept_files(made.folder(), "ledger-").size(), std::size_t{2});
}

/// Nothing is judged of a split that is not complete, nor where nothing may be written.
void TestLedgerCache::what_is_not_whole_is_not_judged_ahead() {
  const BoxStudy made(few_scenes());
  const auto reading = value(Study::open(made.folder(), Access::read_only));
  QVERIFY(value(judge_ahead(reading, value(reading.run("r")), {})).splits.empty());
  const auto study = value(Study::open(made.folder(), Access::read_write));
  RunInfo more = value(study.run("r"));
  more.voters.push_back({"alpha", value(parse_view("scale=0.9"))});
  QVERIFY(value(judge_ahead(study, more, {})).splits.empty());
  QVERIFY(kept_files(made.folder(), "ledger-").empty());
}

/// Detections that are imported are judged alone, and in the runs that have them: what the page
/// finds is, byte for byte, what it would have made.
void TestLedgerCache::an_import_is_judged_ahead() {
  const BoxStudy made;
  const std::string truth = (made.folder().parent_path() / "instances.json").string();
  const fs::path results = made.folder().parent_path() / "gamma.json";
  std::ofstream(results) << imported_text(made.drawn);
  auto study = value(Study::open(made.folder(), Access::read_write));
  const Voter gamma{"gamma", {}};
  const ImportedBoxes imported =
      value(import_boxes(study, {"gamma", "scenes", "test", results, truth, {}}));
  QCOMPARE(imported.boxes, std::ssize(made.drawn.voters.front().boxes));
  const std::int64_t dataset = value(study.dataset("scenes")).id;
  QVERIFY(kept_files(made.folder(), "ledger-").empty());
  QVERIFY(!judge_imported(study, {"delta", {}}, dataset, "test", {}));

  RunInfo beside = value(study.run("r"));
  beside.name = "beside";
  beside.voters.push_back(gamma);
  succeed(study.add_run(beside));
  const JudgedAhead judged = value(judge_imported(study, gamma, dataset, "test", {}));
  QCOMPARE(judged.splits, (std::vector<std::string>{"test", "test"}));
  QVERIFY(judged.notes.empty());
  const auto runs = kept_files(made.folder(), "boxes-"),
             ledgers = kept_files(made.folder(), "ledger-");
  QCOMPARE(runs.size(), std::size_t{2});
  QCOMPARE(ledgers.size(), std::size_t{2});

  // The same study opened by whoever comes first, of which nothing was made before.
  const auto made_ahead = contents_of(runs), ledgers_ahead = contents_of(ledgers);
  fs::remove_all(made.folder() / "cache");
  for (const RunInfo& run : {value(run_of_imported(study, {gamma})), value(study.run("beside"))}) {
    const auto source = value(open_review(study, run, "test"));
    const FirstDecision first = first_decision(box_review(), run);
    QVERIFY(value(source->decide(first.policy, first.voters))->boxes->found > 20);
  }
  QVERIFY(kept_files(made.folder(), "boxes-") == runs);
  QVERIFY(kept_files(made.folder(), "ledger-") == ledgers);
  QVERIFY(contents_of(runs) == made_ahead);
  QVERIFY(contents_of(ledgers) == ledgers_ahead);
}

/// An import that is cancelled adds nothing, and one that was kept is whole without its ledger.
void TestLedgerCache::a_cancelled_import_loses_nothing() {
  const BoxStudy made(few_scenes());
  const std::string truth = (made.folder().parent_path() / "instances.json").string();
  const fs::path results = made.folder().parent_path() / "gamma.json";
  std::ofstream(results) << imported_text(made.drawn);
  auto study = value(Study::open(made.folder(), Access::read_write));
  const BoxImport request{"gamma", "scenes", "test", results, truth, {}};
  const auto cancelled = import_boxes(
      study, request, [](std::string_view what, std::int64_t, std::int64_t, std::string_view) {
        return what != "keeping predictions";
      });
  QVERIFY(!cancelled && cancelled.error().kind == ErrorKind::cancelled);
  QVERIFY(!study.model("gamma"));
  QVERIFY(value(import_boxes(study, request)).boxes > 0);
  const std::int64_t dataset = value(study.dataset("scenes")).id;
  value(judge_imported(study, {"gamma", {}}, dataset, "test",
                       [](std::string_view, std::int64_t, std::int64_t) { return false; }));
  const RunInfo alone = value(run_of_imported(study, {{"gamma", {}}}));
  QCOMPARE(value(study.committed(alone, "test")), std::int64_t{few_scenes().images});
  const FirstDecision first = first_decision(box_review(), alone);
  const auto source = value(open_review(study, alone, "test"));
  QVERIFY(value(source->decide(first.policy, first.voters))->boxes->found > 0);
  QCOMPARE(kept_files(made.folder(), "ledger-").size(), std::size_t{1});
}

/// Work that is asked to stop leaves nothing that is not whole.
void TestLedgerCache::judging_that_is_stopped_keeps_nothing() {
  const BoxStudy made(few_scenes());
  const auto study = value(Study::open(made.folder(), Access::read_write));
  const RunInfo info = value(study.run("r"));
  const auto progress = std::make_shared<WorkProgress>();
  const auto source = value(box_review().open_watched(study, info, "test", progress));
  progress->ask_to_stop();
  const FirstDecision first = first_decision(box_review(), info);
  const auto stopped = source->decide(first.policy, first.voters);
  QVERIFY(!stopped && stopped.error().kind == ErrorKind::cancelled);
  QVERIFY(kept_files(made.folder(), "ledger-").empty());
  // Whoever opens the run then has all of it.
  const OpenedRun again = value(open_run(made.folder(), "r"));
  QVERIFY(value(again.source->decide(first.policy, first.voters))->boxes->found > 0);
  QCOMPARE(kept_files(made.folder(), "ledger-").size(), std::size_t{1});
}

/// A cache does not grow for ever; what was used last stays.
void TestLedgerCache::those_not_used_for_longest_are_let_go_of() {
  QTemporaryDir directory;
  const fs::path folder = directory.path().toStdString();
  const auto now = fs::file_time_type::clock::now();
  for (int i = 0; i < 6; ++i) {
    const fs::path file = folder / fmt::format("kept-{}", i);
    std::ofstream(file) << std::string(100, 'x');
    fs::last_write_time(file, now - std::chrono::hours(i));
  }
  std::ofstream(folder / "other") << "x";
  const auto left = [&] {
    std::vector<std::string> names;
    for (fs::directory_iterator entry(folder), end; entry != end; ++entry)
      names.push_back(entry->path().filename().string());
    std::ranges::sort(names);
    return names;
  };
  keep_latest_files(folder, "kept-", 4, 1000);
  QVERIFY((left() == std::vector<std::string>{"kept-0", "kept-1", "kept-2", "kept-3", "other"}));
  keep_latest_files(folder, "kept-", 4, 250);
  QVERIFY((left() == std::vector<std::string>{"kept-0", "kept-1", "other"}));
  keep_latest_files(folder, "kept-", 4, 10);
  QVERIFY((left() == std::vector<std::string>{"kept-0", "other"}));
}

}  // namespace plumbline::test
