// Review of boxes at the size that it must bear, against its limits:
//   bench_box_review make FOLDER.plumb [OBJECTS]   a study of OBJECTS (1,000,000) × 6 voters
//   bench_box_review judge FOLDER.plumb            what `run` does at its end: seconds, once
//   bench_box_review FOLDER.plumb                  opening, thresholds, steps, filters
// Opening is that of a process whose page cache is warm, by the policy and voters that a run opens
// with. Where 'judge' was not called, the first one reads, fuses and judges everything; those that
// follow find it in the study's cache. Three voters share a model.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include <fmt/format.h>

#include "core/review/box_table.h"
#include "core/review/box_views.h"
#include "core/review/first_decision.h"
#include "core/review/judge_ahead.h"
#include "core/review/opened_run.h"
#include "core/review/query.h"
#include "tests/support/box_study.h"
#include "tests/support/study_fixture.h"

using namespace plumbline;

namespace {

constexpr double open_limit = 1000, drag_limit = 16, step_limit = 30, filter_limit = 100;

double once_ms(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

double median_of(int times, const std::function<void()>& work) {
  std::vector<double> all;
  for (int i = 0; i < times; ++i) all.push_back(once_ms(work));
  std::ranges::sort(all);
  return all[all.size() / 2];
}

void say(const std::string& what, double ms, double limit) {
  fmt::print("{:52} {:9.1f} ms (limit {:.0f}){}\n", what, ms, limit, ms > limit ? " MISSED" : "");
}

void make(const std::string& folder, int objects) {
  test::BoxScenes scenes;
  scenes.objects = 14;
  scenes.images = objects / 7;
  scenes.classes = 80;
  scenes.width = 640;
  scenes.height = 480;
  scenes.voters = {"alpha:identity", "alpha:flip_x", "alpha:gamma=0.8",
                   "beta:identity",  "beta:flip_x",  "beta:gamma=0.8"};
  test::make_box_study(folder, scenes);
}

void judge(const std::string& folder) {
  const auto study = test::value(Study::open(folder, Access::read_write));
  const RunInfo run = test::value(study.run("r"));
  const double ms = once_ms([&] { static_cast<void>(test::value(judge_ahead(study, run, {}))); });
  fmt::print("judged ahead in {:.1f} ms\n", ms);
}

BoundPolicy policy_at(double score) {
  return test::value(
      bind(test::value(parse_policy("wbf(score=" + std::to_string(score) + ")", 6))));
}

ReviewQuery query_of(Verdict verdict) {
  ReviewQuery query;
  query.verdicts[static_cast<std::size_t>(verdict)] = true;
  query.sort = box_column::found_by;
  return query;
}

void measure(const std::string& folder) {
  const std::vector<std::size_t> voters = {0, 1, 2, 3, 4, 5};
  OpenedRun run;
  const double reading = once_ms([&] { run = test::value(open_run(folder, "r")); });
  std::shared_ptr<const ReviewedRun> reviewed;
  const double first = once_ms([&] {
    const FirstDecision begun = first_decision(*run.kind, run.info);
    reviewed = test::value(run.source->decide(begun.policy, begun.voters));
  });
  const double all =
      once_ms([&] { reviewed = test::value(run.source->decide(policy_at(0.25), voters)); });
  const BoxesReviewed& boxes = *reviewed->boxes;
  fmt::print("{} images, {} objects, {} boxes of 6 voters, {} fused, {} rows\n", boxes.flat->images,
             boxes.flat->objects.size(), boxes.flat->boxes.size(), boxes.ledger->fused.size(),
             reviewed->table.rows);
  say("opening: read and first decision", reading + first, open_limit);
  fmt::print("  of which reading {:.1f} ms, fusion and judgement {:.1f} ms\n", reading, first);
  fmt::print("  all six voters, which are fused where they were not before: {:.1f} ms\n", all);
  double score = 0.25;
  say("a step of the score threshold, all counts",
      median_of(15,
                [&] {
                  score = score > 0.8 ? 0.1 : score + 0.01;
                  reviewed = test::value(run.source->decide(policy_at(score), voters));
                }),
      drag_limit);
  std::size_t row = 0;
  say("a step through objects: what each voter has",
      median_of(200,
                [&] {
                  row = (row + 7919) % reviewed->table.rows;
                  static_cast<void>(voter_views(*reviewed->boxes, row));
                }),
      step_limit);
  const auto filter = [&](const std::string& what, const ReviewQuery& query) {
    std::size_t shown = 0;
    const double ms = median_of(7, [&] { shown = matching_rows(reviewed->table, query).size(); });
    say(fmt::format("filter: {} ({} rows)", what, shown), ms, filter_limit);
  };
  ReviewQuery query = query_of(Verdict::undetected);
  filter("undetected, found by, then size", query);
  query.words = {{std::string(box_column::finders), 0b111100}};
  filter("undetected, found by 2 to 5", query);
  query.words = {{std::string(box_column::tide), 0b10},
                 {std::string(box_column::size_class), 0b110}};
  query.ranges = {{std::string(box_column::category), 3, 3}};
  filter("undetected, a class, Loc, M and L", query);
  query = query_of(Verdict::unjudged);
  query.sort = column::score;
  filter("false detections by score", query);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (first == "make" && argc > 2) {
    make(argv[2], argc > 3 ? std::atoi(argv[3]) : 1'000'000);
  } else if (first == "judge" && argc == 3) {
    judge(argv[2]);
  } else if (argc == 2) {
    measure(first);
  } else {
    fmt::print(stderr, "usage: bench_box_review [make|judge] FOLDER.plumb [OBJECTS]\n");
    return 2;
  }
  return 0;
}
