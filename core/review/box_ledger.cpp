#include "core/review/box_ledger.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include "core/detection/box_overlap.h"
#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

constexpr std::size_t ledger_facts = 4;
constexpr double most_octaves = 31;

/// Rises with the area, in relative steps of less than a thousandth; below size_steps.
double rank_of_size(double area) {
  return std::floor(std::clamp(std::log2(1 + std::max(0.0, area)) / most_octaves, 0.0, 0.999999) *
                    size_steps);
}

/// Memory of columns that were just made.
struct LedgerMemory {
  std::shared_ptr<const void> finds;
  std::vector<TideVerdict> error, verdict;
  std::vector<float> error_score, narrow_score, size_rank, found_scores, false_scores, kth_scores;
  std::vector<double> crowding, visible, score, area;
  std::vector<FlatFused> fused;
  std::vector<ClassIndex> truth, label;
  std::vector<std::uint8_t> behind;
  std::vector<std::uint64_t> kth_begin;
  std::vector<std::uint32_t> by_score;
  BoxRows rows;
};

double visible_share(const TruthBox& object) {
  const double box = std::abs(object.box.width * object.box.height);
  // Where the file says no area it is the box's: nothing is known of the mask.
  return box > 0 && object.area != box ? std::min(1.0, object.area / box)
                                       : std::numeric_limits<double>::quiet_NaN();
}

void look_at_objects(const BoxRun& run, LedgerMemory& made) {
  made.crowding.resize(run.truth.boxes.size());
  made.visible.resize(run.truth.boxes.size());
  for_each_item(run.images(), [&](std::size_t image) {
    const auto objects = run.objects_of(image);
    for (std::size_t o = 0; o < objects.size(); ++o) {
      const PixelBox box = upright(objects[o].box);
      double greatest = 0;
      for (std::size_t other = 0; other < objects.size(); ++other)
        if (other != o) greatest = std::max(greatest, overlap_of(box, upright(objects[other].box)));
      made.crowding[run.first_object[image] + o] = greatest;
      made.visible[run.first_object[image] + o] = visible_share(objects[o]);
    }
  });
}

void fill_rows(const BoxRun& run, const BoxJudgement& judged, LedgerMemory& made) {
  const std::size_t rows = made.rows.rows.size();
  made.truth.resize(rows);
  made.label.resize(rows);
  made.score.resize(rows);
  made.narrow_score.resize(rows);
  made.area.resize(rows);
  made.size_rank.resize(rows);
  made.behind.resize(rows);
  made.verdict.resize(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const BoxRow& at = made.rows.rows[row];
    const auto box = static_cast<std::size_t>(at.box);
    const DetectedBox* fused = at.box < 0 ? nullptr : &judged.fused.set.boxes[box];
    made.label[row] = fused == nullptr ? no_class : static_cast<ClassIndex>(fused->category);
    made.score[row] = fused == nullptr ? -1 : fused->score;
    made.narrow_score[row] = static_cast<float>(made.score[row]);
    if (fused != nullptr) made.by_score.push_back(static_cast<std::uint32_t>(row));
    if (at.object >= 0) {
      const TruthBox& object = run.truth.boxes[static_cast<std::size_t>(at.object)];
      made.truth[row] = static_cast<ClassIndex>(object.category);
      made.area[row] = object.area;
      made.verdict[row] = TideVerdict::right;
      if (fused != nullptr) made.found_scores.push_back(made.narrow_score[row]);
    } else {
      const PixelBox upright_box = upright(fused->box);
      made.truth[row] = no_class;
      made.area[row] = upright_box.width * upright_box.height;
      made.behind[row] = static_cast<std::uint8_t>(std::popcount(judged.fused.voters[box]));
      made.verdict[row] = judged.verdicts[box];
      made.false_scores.push_back(made.narrow_score[row]);
    }
    made.size_rank[row] = static_cast<float>(rank_of_size(made.area[row]));
  }
  std::ranges::stable_sort(made.by_score, std::greater<>(),
                           [&](std::uint32_t row) { return made.narrow_score[row]; });
  std::ranges::sort(made.found_scores, std::greater<>());
  std::ranges::sort(made.false_scores, std::greater<>());
}

/// The columns of the k-th greatest scores, one behind the other.
void rank_finders(const VoterFinds& finds, LedgerMemory& made) {
  std::vector<std::vector<float>> ranks(finds.voters);
  std::vector<float> own;
  for (const BoxRow& row : made.rows.rows) {
    if (row.object < 0) continue;
    own.clear();
    for (std::size_t v = 0; v < finds.voters; ++v) {
      const float score =
          finds.found_score[static_cast<std::size_t>(row.object) * finds.voters + v];
      if (score >= 0) own.push_back(score);
    }
    std::ranges::sort(own, std::greater<>());
    for (std::size_t k = 0; k < own.size(); ++k) ranks[k].push_back(own[k]);
  }
  for_each_item(ranks.size(),
                [&](std::size_t k) { std::ranges::sort(ranks[k], std::greater<>()); });
  made.kth_begin = {0};
  for (const auto& rank : ranks) {
    made.kth_scores.insert(made.kth_scores.end(), rank.begin(), rank.end());
    made.kth_begin.push_back(made.kth_scores.size());
  }
}

/// Takes columns one after another; false once one was missing or had another length.
class LedgerReader {
 public:
  explicit LedgerReader(const ColumnSet& set) : set_(set) {}

  template <class T>
  void take(std::span<const T>& column, std::size_t length) {
    take(column);
    ok_ = ok_ && column.size() == length;
  }
  template <class T>
  void take(std::span<const T>& column) {
    const auto found = set_.column<T>(next_++);
    ok_ = ok_ && found.has_value();
    if (found) column = *found;
  }
  bool ok() const { return ok_ && next_ == set_.columns.size(); }

 private:
  const ColumnSet& set_;
  std::size_t next_ = 0;
  bool ok_ = true;
};

bool is_error(TideVerdict verdict) { return verdict <= TideVerdict::background; }

bool is_possible_row(const BoxLedger& ledger, const FlatRun& run, std::size_t row) {
  const BoxRow& at = ledger.rows[row];
  const std::size_t sample = ledger.items[row].sample();
  if (ledger.items[row].is_whole() || (row > 0 && !(ledger.items[row - 1] < ledger.items[row])))
    return false;
  if (at.box < no_object || at.box >= static_cast<std::int64_t>(ledger.fused.size()) ||
      at.object < no_object || at.object >= static_cast<std::int64_t>(run.objects.size()) ||
      (at.box < 0 && at.object < 0) || sample >= run.images)
    return false;
  if (at.box < 0 ? ledger.label[row] != no_class || !(ledger.narrow_score[row] < 0)
                 : ledger.label[row] != ledger.fused[static_cast<std::size_t>(at.box)].category)
    return false;
  const std::int32_t image = at.object < 0 ? ledger.fused[static_cast<std::size_t>(at.box)].image
                                           : run.objects[static_cast<std::size_t>(at.object)].image;
  if (image != static_cast<std::int32_t>(sample)) return false;
  if (at.object < 0)
    return ledger.truth[row] == no_class && is_error(ledger.verdict[row]) &&
           ledger.behind[row] <= ledger.finds.voters;
  return ledger.truth[row] == run.objects[static_cast<std::size_t>(at.object)].category;
}

bool is_possible_fused(const FlatFused& box, const FlatRun& run) {
  return box.image >= 0 && static_cast<std::size_t>(box.image) < run.images && box.category >= 0 &&
         static_cast<std::size_t>(box.category) < run.classes && std::isfinite(box.box.x) &&
         std::isfinite(box.box.y) && std::isfinite(box.box.width) &&
         std::isfinite(box.box.height) && std::isfinite(box.score) &&
         (run.voters == 64 || box.voters >> run.voters == 0);
}

bool falls(std::span<const float> scores) {
  return std::ranges::is_sorted(scores, std::greater<>());
}

}  // namespace

ColumnSet ledger_columns(const BoxRun& run, const BoxJudgement& judged, const VoterFinds& finds,
                         double overlap) {
  auto made = std::make_shared<LedgerMemory>();
  made->finds = finds.memory;
  made->error = judged.error;
  made->error_score = judged.error_score;
  made->rows = rows_of(run, judged);
  look_at_objects(run, *made);
  made->fused.reserve(judged.fused.set.boxes.size());
  for (std::size_t i = 0; i < judged.fused.set.boxes.size(); ++i) {
    const DetectedBox& box = judged.fused.set.boxes[i];
    made->fused.push_back({box.box, box.score, judged.fused.voters[i], box.image, box.category});
  }
  fill_rows(run, judged, *made);
  rank_finders(finds, *made);
  ColumnSet set;
  set.facts = {
      static_cast<std::int64_t>(finds.voters), static_cast<std::int64_t>(run.truth.boxes.size()),
      static_cast<std::int64_t>(made->rows.rows.size()), std::bit_cast<std::int64_t>(overlap)};
  const auto add = [&set](const auto& values) { set.add(std::span(values)); };
  set.add(finds.found_score);
  set.add(finds.best_overlap);
  set.add(finds.best_score);
  add(std::as_const(made->error));
  add(std::as_const(made->error_score));
  add(std::as_const(made->crowding));
  add(std::as_const(made->visible));
  add(std::as_const(made->fused));
  add(std::as_const(made->rows.items));
  add(std::as_const(made->rows.rows));
  add(std::as_const(made->truth));
  add(std::as_const(made->label));
  add(std::as_const(made->score));
  add(std::as_const(made->narrow_score));
  add(std::as_const(made->area));
  add(std::as_const(made->size_rank));
  add(std::as_const(made->behind));
  add(std::as_const(made->verdict));
  add(std::as_const(made->by_score));
  add(std::as_const(made->found_scores));
  add(std::as_const(made->false_scores));
  add(std::as_const(made->kth_begin));
  add(std::as_const(made->kth_scores));
  set.memory = std::move(made);
  return set;
}

Result<std::shared_ptr<const BoxLedger>> box_ledger(ColumnSet columns, const FlatRun& run) {
  if (columns.facts.size() != ledger_facts ||
      columns.facts[0] != static_cast<std::int64_t>(run.voters) ||
      columns.facts[1] != static_cast<std::int64_t>(run.objects.size()) || columns.facts[2] < 0)
    return bad_input("is of another run of boxes");
  const std::size_t objects = run.objects.size(), rows = static_cast<std::size_t>(columns.facts[2]);
  auto ledger = std::make_shared<BoxLedger>();
  ledger->overlap = std::bit_cast<double>(columns.facts[3]);
  ledger->finds.voters = run.voters;
  LedgerReader reader(columns);
  reader.take(ledger->finds.found_score, objects * run.voters);
  reader.take(ledger->finds.best_overlap, objects);
  reader.take(ledger->finds.best_score, objects);
  reader.take(ledger->error, objects);
  reader.take(ledger->error_score, objects);
  reader.take(ledger->crowding, objects);
  reader.take(ledger->visible, objects);
  reader.take(ledger->fused);
  reader.take(ledger->items, rows);
  reader.take(ledger->rows, rows);
  reader.take(ledger->truth, rows);
  reader.take(ledger->label, rows);
  reader.take(ledger->score, rows);
  reader.take(ledger->narrow_score, rows);
  reader.take(ledger->area, rows);
  reader.take(ledger->size_rank, rows);
  reader.take(ledger->behind, rows);
  reader.take(ledger->verdict, rows);
  reader.take(ledger->by_score);
  reader.take(ledger->found_scores);
  reader.take(ledger->false_scores);
  std::span<const std::uint64_t> begins;
  reader.take(begins, run.voters + 1);
  std::span<const float> scores;
  reader.take(scores);
  if (!reader.ok()) return bad_input("lacks columns of a ledger, or has another number of rows");
  if (begins.front() != 0 || begins.back() != scores.size() || !std::ranges::is_sorted(begins))
    return bad_input("has ranks out of range");
  for (std::size_t k = 0; k < run.voters; ++k)
    ledger->kth_scores.push_back(scores.subspan(begins[k], begins[k + 1] - begins[k]));
  const auto images_rise = [&](std::size_t i) {
    return i == 0 || ledger->fused[i - 1].image <= ledger->fused[i].image;
  };
  const bool possible =
      holds_for_all(ledger->fused.size(),
                    [&](std::size_t i) {
                      return is_possible_fused(ledger->fused[i], run) && images_rise(i);
                    }) &&
      holds_for_all(rows, [&](std::size_t row) { return is_possible_row(*ledger, run, row); }) &&
      holds_for_all(
          ledger->by_score.size(),
          [&](std::size_t i) {
            const auto& order = ledger->by_score;
            return order[i] < rows && ledger->rows[order[i]].box >= 0 &&
                   (i == 0 || (order[i - 1] < rows && ledger->narrow_score[order[i - 1]] >=
                                                          ledger->narrow_score[order[i]]));
          }) &&
      ledger->by_score.size() == ledger->found_scores.size() + ledger->false_scores.size() &&
      std::ranges::all_of(ledger->error, is_error) && falls(ledger->found_scores) &&
      falls(ledger->false_scores) && std::ranges::all_of(ledger->kth_scores, falls) &&
      ledger->false_scores.size() ==
          static_cast<std::size_t>(std::ranges::count(ledger->truth, no_class));
  if (!possible) return bad_input("has impossible rows");
  ledger->finds.memory = columns.memory;
  ledger->memory = std::move(columns.memory);
  return ledger;
}

FusedDetections unpack_fused(const BoxLedger& ledger) {
  FusedDetections fused;
  fused.set.boxes.reserve(ledger.fused.size());
  fused.voters.reserve(ledger.fused.size());
  for (const FlatFused& box : ledger.fused) {
    fused.set.boxes.push_back({box.image, box.category, box.box, box.score});
    fused.voters.push_back(box.voters);
  }
  return fused;
}

}  // namespace plumbline
