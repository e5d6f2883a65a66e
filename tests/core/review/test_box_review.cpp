#include <QtTest>

#include <bit>
#include <fstream>

#include <nlohmann/json.hpp>

#include "core/decision/fused_boxes.h"
#include "core/detection/fusion.h"
#include "core/detection/ledger.h"
#include "core/detection/tide.h"
#include "core/review/box_figures.h"
#include "core/review/box_table.h"
#include "core/review/box_views.h"
#include "core/review/opened_run.h"
#include "core/review/query.h"
#include "tests/core/review/tests.h"
#include "tests/support/box_study.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

using Reviewed = std::shared_ptr<const ReviewedRun>;

Reviewed decided_by(const OpenedRun& run, const std::string& policy,
                    const std::vector<std::size_t>& voters) {
  return value(run.source->decide(value(bind(value(parse_policy(policy, voters.size())))), voters));
}

/// The boxes that a threshold accepts, in their order, and the place of each among all.
DetectionSet accepted_of(const DetectionSet& all, float least, std::vector<std::size_t>& places) {
  DetectionSet accepted;
  for (std::size_t i = 0; i < all.boxes.size(); ++i)
    if (static_cast<float>(all.boxes[i].score) >= least) {
      accepted.boxes.push_back(all.boxes[i]);
      places.push_back(i);
    }
  return accepted;
}

DetectionSet fused_by(const BoxRun& run, const std::string& fusion) {
  return fuse_detections(run.truth, run.voters,
                         value(bind_fusion(value(parse_fusion(fusion)), run.voters.size(),
                                           run.truth.categories)))
      .set;
}

}  // namespace

/// A fusion's policy has the fusion's parameters with their ranges and defaults, so that a policy's
/// text is the fusion's.
void TestBoxReview::policies_are_the_fusions() {
  for (const FusionKind& fusion : fusion_kinds()) {
    const auto policy = value(make_policy(fusion.name, 4));
    QVERIFY2(value(parse_fusion(fusion_text(policy))).kind == &fusion,
             std::string(fusion.name).c_str());
    for (const FusionParameter& parameter : fusion.parameters) {
      const auto found =
          std::ranges::find(policy.kind().parameters, parameter.name, &PolicyParameter::name);
      if (found == policy.kind().parameters.end()) {
        // What a window has no place for stands at its default.
        QVERIFY(parameter.name == "count" || parameter.name == "class_weights");
        continue;
      }
      if (parameter.type == FusionParameterType::number) {
        QCOMPARE(found->minimum, parameter.minimum);
        QCOMPARE(found->maximum(4), parameter.maximum);
        QCOMPARE(found->default_value(4), parameter.default_value);
      }
      if (parameter.type == FusionParameterType::word)
        QVERIFY(std::ranges::equal(found->words, parameter.words));
    }
    QCOMPARE(policy.number(policy.values().size() - 2), 0.25);
    QCOMPARE(policy.number(policy.values().size() - 1), 0.5);
  }
}

/// Under any threshold what the review says equals TIDE and the ledger on what is accepted alone.
void TestBoxReview::every_threshold_equals_tide_and_ledger_data() {
  QTest::addColumn<unsigned>("seed");
  for (const unsigned seed : {1U, 2U, 3U}) QTest::addRow("scenes %u", seed) << seed;
}

namespace {

void compare_with_ledger(const OpenedRun& run, double least);

}  // namespace

void TestBoxReview::every_threshold_equals_tide_and_ledger() {
  QFETCH(unsigned, seed);
  BoxScenes scenes;
  scenes.seed = seed;
  scenes.images = 60;
  const BoxStudy made(scenes);
  const OpenedRun run = value(open_run(made.folder(), "r"));
  QVERIFY(run.kind->name == "boxes");
  for (const double least : {0.0, 0.2, 0.5, 0.8, 1.0}) {
    compare_with_ledger(run, least);
    if (QTest::currentTestFailed()) return;
  }
}

namespace {

void compare_with_ledger(const OpenedRun& run, double least) {
  const std::string policy = "wbf(score=" + std::to_string(least) + ")";
  const Reviewed reviewed = decided_by(run, policy, {0, 1, 2, 3});
  const BoxesReviewed& boxes = *reviewed->boxes;

  const DetectionSet fused = fused_by(*boxes.run, "wbf");
  std::vector<std::size_t> places;
  const DetectionSet accepted = accepted_of(fused, static_cast<float>(least), places);
  const TideResult errors = tide(boxes.run->truth, accepted);
  const Ledger ledger =
      make_ledger(boxes.run->truth, accepted, boxes.run->voters, errors, {least, 0.5});
  const ReviewTable& table = reviewed->table;
  std::size_t objects = 0;
  std::vector<std::size_t> rows_of_boxes(fused.boxes.size(), table.rows);
  for (std::size_t row = 0; row < table.rows; ++row) {
    const BoxRow& at = boxes.ledger->rows[row];
    QCOMPARE(table.row_of(table.item(row)), std::optional(row));
    if (at.object < 0) {
      rows_of_boxes[static_cast<std::size_t>(at.box)] = row;
      QVERIFY(table.item(row).object() >= std::optional(first_box_number));
      QVERIFY(table.truth[row] == no_class);
      continue;
    }
    const ObjectRecord& record = ledger.objects[objects++];
    QCOMPARE(at.object, record.object);
    QCOMPARE(table.verdict[row], record.found ? Verdict::kept : Verdict::undetected);
    QCOMPARE(finders_of_row(boxes, row), record.found_by);
    const double best = number_of(table, box_column::best_overlap, row);
    QVERIFY(std::abs((std::isnan(best) ? 0 : best) - record.best_overlap) < 1e-6);
    const double score = number_of(table, box_column::best_score, row);
    QVERIFY(std::abs((std::isnan(score) ? 0 : score) - record.best_score) < 1e-6);
    if (record.found)
      QCOMPARE(tide_of_row(boxes, row), TideWord::found);
    else
      QCOMPARE(tide_of_row(boxes, row), record.nearest == TideVerdict::background
                                            ? TideWord::missed
                                            : static_cast<TideWord>(record.nearest));
  }
  QCOMPARE(objects, ledger.objects.size());
  QCOMPARE(boxes.undetected, ledger.undetected);
  QCOMPARE(boxes.found_by_k, ledger.found_by_k);
  std::int64_t falses = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (ledger.detections[i].match.object != no_object) continue;
    ++falses;
    const std::size_t row = rows_of_boxes[places[i]];
    QVERIFY(row < table.rows);
    QCOMPARE(table.verdict[row], Verdict::unjudged);
    QCOMPARE(tide_of_row(boxes, row), static_cast<TideWord>(ledger.detections[i].verdict));
  }
  QCOMPARE(boxes.false_detections, falses);
  QCOMPARE(std::ranges::count(table.verdict, Verdict::unjudged), falses);
}

}  // namespace

/// Tags and notes are kept by the numbers of items: they are the same under every policy.
void TestBoxReview::items_have_the_same_numbers_under_every_policy() {
  const BoxStudy made;
  const OpenedRun run = value(open_run(made.folder(), "r"));
  const Reviewed first = decided_by(run, "nms", {0, 1, 2, 3});
  const Reviewed other = decided_by(run, "nms(score=0.6,skip=0.3)", {0, 2});
  std::size_t shared = 0;
  for (std::size_t row = 0; row < other->table.rows; ++row) {
    const auto before = first->table.row_of(other->table.item(row));
    if (!before) continue;
    ++shared;
    // Suppression leaves boxes as they are: the same number is the same box.
    QVERIFY(first->table.place(*before) == other->table.place(row));
    QCOMPARE(first->table.truth[*before], other->table.truth[row]);
  }
  QVERIFY(shared > 50);
  QVERIFY(std::ranges::adjacent_find(first->table.items, std::ranges::greater_equal()) ==
          first->table.items.end());
}

void TestBoxReview::voters_are_seen_as_the_ledger_sees_them() {
  const BoxStudy made;
  const OpenedRun run = value(open_run(made.folder(), "r"));
  const Reviewed reviewed = decided_by(run, "wbf", {0, 1, 2, 3});
  std::array<int, 6> outcomes{};
  for (std::size_t row = 0; row < reviewed->table.rows; ++row) {
    const auto views = voter_views(*reviewed->boxes, row);
    QCOMPARE(views.size(), std::size_t{4});
    if (reviewed->boxes->ledger->rows[row].object < 0) continue;
    const std::uint64_t finders = finders_of_row(*reviewed->boxes, row);
    for (std::size_t v = 0; v < views.size(); ++v) {
      ++outcomes[static_cast<std::size_t>(views[v].outcome)];
      QCOMPARE(views[v].outcome == BoxOutcome::found, (finders >> v & 1) != 0);
      QCOMPARE(views[v].box.has_value(), views[v].outcome != BoxOutcome::no_box);
      if (views[v].outcome == BoxOutcome::low_overlap) QVERIFY(views[v].overlap < 0.5);
      if (views[v].outcome == BoxOutcome::low_score) QVERIFY(views[v].box->score < 0.25);
    }
  }
  for (const BoxOutcome outcome :
       {BoxOutcome::found, BoxOutcome::low_score, BoxOutcome::low_overlap, BoxOutcome::other_class,
        BoxOutcome::no_box})
    QVERIFY(outcomes[static_cast<std::size_t>(outcome)] > 0);
}

void TestBoxReview::rows_are_queried_by_what_is_known_of_them() {
  const BoxStudy made;
  const OpenedRun run = value(open_run(made.folder(), "r"));
  const Reviewed reviewed = decided_by(run, "wbf", {0, 1, 2, 3});
  ReviewQuery query;
  query.verdicts[static_cast<std::size_t>(Verdict::undetected)] = true;
  query.sort = box_column::found_by;
  query.words = {{std::string(box_column::finders), 0b10},
                 {std::string(box_column::size_class), 0b110}};
  const auto rows = matching_rows(reviewed->table, query);
  QVERIFY(!rows.empty());
  std::size_t expected = 0;
  for (std::size_t row = 0; row < reviewed->table.rows; ++row)
    expected += reviewed->table.verdict[row] == Verdict::undetected &&
                std::popcount(finders_of_row(*reviewed->boxes, row)) == 1 &&
                number_of(reviewed->table, box_column::size, row) >= 1024;
  QCOMPARE(rows.size(), expected);
  for (std::size_t i = 1; i < rows.size(); ++i)
    QVERIFY(number_of(reviewed->table, box_column::size, rows[i - 1]) >=
            number_of(reviewed->table, box_column::size, rows[i]));
}

/// Real detectors on photographs, against figures that were computed elsewhere.
void TestBoxReview::real_detectors_have_their_reference_figures_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<std::size_t>("voter");
  QTest::newRow("yolox") << "yolox_nano.identity" << std::size_t{0};
  QTest::newRow("yolox, mirrored") << "yolox_nano.flip_x" << std::size_t{1};
  QTest::newRow("fastestdet") << "fastestdet.identity" << std::size_t{2};
  QTest::newRow("fastestdet, mirrored") << "fastestdet.flip_x" << std::size_t{3};
}

void TestBoxReview::real_detectors_have_their_reference_figures() {
  QFETCH(QString, name);
  QFETCH(std::size_t, voter);
  const auto folder = shared_coco_folder();
  if (!folder) QSKIP("../shared/data/coco is absent");
  QTemporaryDir directory;
  const std::filesystem::path study = directory.filePath("coco.plumb").toStdString();
  succeed(make_coco_study(study));
  const OpenedRun run = value(open_run(study, "r6"));
  // One voter, of whose boxes none are suppressed.
  const Reviewed reviewed = decided_by(run, "nms(iou=1)", {voter});
  const auto right = nlohmann::json::parse(
      std::ifstream(*folder / "reference/figures.json"))["cases"][name.toStdString()];
  std::vector<std::int64_t> undetected;
  for (std::size_t row = 0; row < reviewed->table.rows; ++row)
    if (reviewed->table.verdict[row] == Verdict::undetected)
      undetected.push_back(
          reviewed->boxes->run->truth
              .boxes[static_cast<std::size_t>(reviewed->boxes->ledger->rows[row].object)]
              .id.number);
  std::ranges::sort(undetected);
  auto expected = right["undetected"].get<std::vector<std::int64_t>>();
  std::ranges::sort(expected);
  QCOMPARE(undetected, expected);
  const BoxFigures figures =
      box_figures(*reviewed->boxes->run, reviewed->boxes->run->voters[voter], 0.5);
  // Corners are kept in float32, the reference has width and height.
  QVERIFY(std::abs(figures.ap() - right["coco"]["AP"].get<double>()) < 1e-4);
  QVERIFY(std::abs(figures.ap50() - right["coco"]["AP50"].get<double>()) < 1e-4);
}

}  // namespace plumbline::test
