#include "core/review/box_review.h"

#include <algorithm>
#include <bit>
#include <mutex>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/decision/bound_policy.h"
#include "core/review/box_table.h"
#include "core/review/ledger_cache.h"
#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

/// Parameters of every policy on boxes that its fusion does not have.
constexpr std::string_view score_parameter = "score", overlap_parameter = "overlap";

double number_named(const Policy& policy, std::string_view name) {
  const auto parameters = policy.kind().parameters;
  const auto found = std::ranges::find(parameters, name, &PolicyParameter::name);
  return policy.number(static_cast<std::size_t>(found - parameters.begin()));
}

/// The last few results of something that takes long, by what they were made of.
template <class Value>
class RecentValues {
 public:
  /// `make` runs without the lock: two who ask for the same at once may both make it.
  template <class Make>
  Result<std::shared_ptr<const Value>> get(const std::string& key, const Make& make) {
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [made_of, value] : values_)
        if (made_of == key) return value;
    }
    Result<std::shared_ptr<const Value>> made = make();
    TRY(made);
    const std::lock_guard lock(mutex_);
    if (values_.size() == most) values_.erase(values_.begin());
    values_.emplace_back(key, *made);
    return made;
  }

 private:
  static constexpr std::size_t most = 3;
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::shared_ptr<const Value>>> values_;
};

/// Decisions of a ledger's rows, and the threshold that they are of.
struct MadeDecisions {
  Decisions decisions;
  float least = 0;
};

/// Decisions that nobody looks at any more, to be changed to another threshold: one that is dragged
/// then allocates nothing, and writes only the rows that it passes over.
class SpareDecisions {
 public:
  std::optional<MadeDecisions> take() {
    const std::lock_guard lock(mutex_);
    if (spare_.empty()) return std::nullopt;
    MadeDecisions made = std::move(spare_.back());
    spare_.pop_back();
    return made;
  }
  void give_back(MadeDecisions made) {
    const std::lock_guard lock(mutex_);
    if (spare_.size() < most_spare) spare_.push_back(std::move(made));
  }

 private:
  static constexpr std::size_t most_spare = 2;
  std::mutex mutex_;
  std::vector<MadeDecisions> spare_;
};

/// A ledger with what is made of it.
struct JudgedLedger {
  std::shared_ptr<const BoxLedger> ledger;
  OnDemand<FusedDetections> fused;
  std::shared_ptr<SpareDecisions> spare = std::make_shared<SpareDecisions>();
};

/// How many of falling scores a threshold accepts.
std::int64_t accepted_of(std::span<const float> falling, float least) {
  return std::ranges::partition_point(falling, [least](float score) { return score >= least; }) -
         falling.begin();
}

/// How many voters finders_of_row says, by row.
std::vector<std::uint8_t> count_finders(const BoxLedger& ledger, float least) {
  std::vector<std::uint8_t> counts(ledger.behind.begin(), ledger.behind.end());
  const std::size_t voters = ledger.finds.voters;
  for_each_part(counts.size(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      const std::int32_t object = ledger.rows[row].object;
      if (object < 0) continue;
      const float* scores = &ledger.finds.found_score[static_cast<std::size_t>(object) * voters];
      unsigned count = 0;
      for (std::size_t v = 0; v < voters; ++v) count += scores[v] >= least;
      counts[row] = static_cast<std::uint8_t>(count);
    }
  });
  return counts;
}

/// What a threshold makes of a row: label, acceptance, verdict.
void decide_row(const BoxLedger& ledger, std::size_t row, bool is_accepted, Decisions& out) {
  const bool is_false = ledger.truth[row] == no_class;
  out.accept[row] = is_accepted;
  // What was rejected still says what it would have been.
  out.label[row] = is_accepted || is_false ? ledger.label[row] : no_class;
  const Verdict of_object = is_accepted ? Verdict::kept : Verdict::undetected,
                of_false = is_accepted ? Verdict::unjudged : Verdict::caught;
  out.verdict[row] = is_false ? of_false : of_object;
}

/// Rows without a box have a score below every threshold.
Decisions decided_rows(const BoxLedger& ledger, float least) {
  const std::size_t rows = ledger.rows.size();
  Decisions out;
  out.score.assign(ledger.score.begin(), ledger.score.end());
  out.tie.assign(rows, 0);
  out.label.resize(rows);
  out.accept.resize(rows);
  out.verdict.resize(rows);
  for_each_part(rows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row)
      decide_row(ledger, row, ledger.narrow_score[row] >= least, out);
  });
  return out;
}

/// Decides the rows anew that lie between the old threshold and the new one.
void move_threshold(const BoxLedger& ledger, float from, float to, Decisions& out) {
  const auto accepted = [&](float least) {
    return static_cast<std::size_t>(
        std::ranges::partition_point(
            ledger.by_score, [&](std::uint32_t row) { return ledger.narrow_score[row] >= least; }) -
        ledger.by_score.begin());
  };
  const std::size_t before = accepted(from), after = accepted(to);
  const auto passed = ledger.by_score.subspan(std::min(before, after),
                                              std::max(before, after) - std::min(before, after));
  for_each_part(passed.size(), [&](std::size_t begin, std::size_t end) {
    for (const std::uint32_t row : passed.subspan(begin, end - begin))
      decide_row(ledger, row, after > before, out);
  });
}

/// What the threshold counts, found in the ledger's sorted scores.
void count_verdicts(BoxesReviewed& boxes, VerdictCounts& counts) {
  const BoxLedger& ledger = *boxes.ledger;
  const auto objects = static_cast<std::int64_t>(ledger.objects_that_count());
  boxes.found = accepted_of(ledger.found_scores, boxes.least);
  boxes.undetected = objects - boxes.found;
  boxes.false_detections = accepted_of(ledger.false_scores, boxes.least);
  std::int64_t at_least = objects;  // found by k or more
  for (const std::span<const float> scores : ledger.kth_scores) {
    const std::int64_t more = accepted_of(scores, boxes.least);
    boxes.found_by_k.push_back(at_least - more);
    at_least = more;
  }
  boxes.found_by_k.push_back(at_least);
  counts = {};
  const auto set = [&counts](Verdict verdict, std::int64_t count) {
    counts.by_verdict[static_cast<std::size_t>(verdict)] = count;
  };
  set(Verdict::kept, boxes.found);
  set(Verdict::undetected, boxes.undetected);
  set(Verdict::unjudged, boxes.false_detections);
  set(Verdict::caught,
      static_cast<std::int64_t>(ledger.false_scores.size()) - boxes.false_detections);
}

class BoxReview final : public ReviewSource {
 public:
  BoxReview(KeptRun run, std::shared_ptr<WorkProgress> progress)
      : run_(std::move(run)), progress_(std::move(progress)), notes_(run_.notes) {}

  Result<std::shared_ptr<const ReviewedRun>> decide(
      const BoundPolicy& policy, std::span<const std::size_t> voters) const override {
    TRY(check_suits(policy.policy, box_review().name));
    auto boxes = std::make_shared<BoxesReviewed>();
    boxes->flat = run_.flat;
    boxes->run = run_.run;
    boxes->voters.assign(voters.begin(), voters.end());
    boxes->least = static_cast<float>(number_named(policy.policy, score_parameter));
    boxes->overlap = number_named(policy.policy, overlap_parameter);
    const auto judged = judged_ledger(policy.policy, boxes->voters, boxes->overlap);
    TRY(judged);
    boxes->ledger = (*judged)->ledger;
    boxes->fused = (*judged)->fused;
    boxes->finders = OnDemand<std::vector<std::uint8_t>>(
        [ledger = boxes->ledger, least = boxes->least] { return count_finders(*ledger, least); });
    const std::shared_ptr<ReviewedRun> reviewed(
        new ReviewedRun, [spare = (*judged)->spare, least = boxes->least](ReviewedRun* past) {
          spare->give_back({std::move(past->decisions), least});
          delete past;
        });
    if (auto past = (*judged)->spare->take()) {
      reviewed->decisions = std::move(past->decisions);
      move_threshold(*boxes->ledger, past->least, boxes->least, reviewed->decisions);
    } else {
      reviewed->decisions = decided_rows(*boxes->ledger, boxes->least);
    }
    count_verdicts(*boxes, reviewed->decisions.counts);
    reviewed->table = box_table(*boxes, reviewed->decisions);
    // Of objects alone: false detections are no share of anything that is there.
    auto& counted = reviewed->figures.counts.by_verdict;
    counted[static_cast<std::size_t>(Verdict::kept)] = boxes->found;
    counted[static_cast<std::size_t>(Verdict::undetected)] = boxes->undetected;
    reviewed->boxes = boxes;
    reviewed->memory = boxes;
    return reviewed;
  }

  std::vector<std::string> notes() const override {
    const std::lock_guard lock(mutex_);
    return notes_;
  }

 private:
  Result<std::shared_ptr<const JudgedLedger>> judged_ledger(const Policy& policy,
                                                            const std::vector<std::size_t>& voters,
                                                            double overlap) const {
    const std::string fusion = fmt::format("{} {}", fusion_text(policy), fmt::join(voters, " "));
    const std::string decision = fmt::format("{} {}", fusion, overlap);
    return judged_.get(decision, [&]() -> Result<std::shared_ptr<const JudgedLedger>> {
      auto made = std::make_shared<JudgedLedger>();
      std::vector<std::string> notes;
      made->ledger = find_ledger(run_, decision, notes);
      {
        const std::lock_guard lock(mutex_);
        notes_.insert(notes_.end(), notes.begin(), notes.end());
      }
      if (made->ledger == nullptr) {
        auto ledger = make_ledger_of(policy, voters, overlap, fusion, decision);
        progress_->end();
        TRY(ledger);
        made->ledger = std::move(*ledger);
      }
      made->fused =
          OnDemand<FusedDetections>([ledger = made->ledger] { return unpack_fused(*ledger); });
      return made;
    });
  }

  /// What was made so far is not whole where somebody asked to stop, and nothing is kept of it.
  Result<void> check_goes_on() const {
    if (progress_->stopped()) return fail(ErrorKind::cancelled, "cancelled");
    return {};
  }

  Result<std::shared_ptr<const BoxLedger>> make_ledger_of(const Policy& policy,
                                                          const std::vector<std::size_t>& voters,
                                                          double overlap, const std::string& fusion,
                                                          const std::string& decision) const {
    // Another overlap judges the same boxes.
    const auto fused = fused_.get(fusion, [&]() -> Result<std::shared_ptr<const FusedDetections>> {
      progress_->begin("fusing boxes", run_.flat->images);
      auto boxes = fuse_voters(*run_.run, policy, voters, progress_.get());
      TRY(boxes);
      TRY(check_goes_on());
      return std::make_shared<const FusedDetections>(std::move(*boxes));
    });
    TRY(fused);
    // Another fusion has the same finders.
    const auto finds =
        finds_.get(fmt::format("{}", overlap), [&]() -> Result<std::shared_ptr<const VoterFinds>> {
          progress_->begin("matching each detector's boxes", run_.flat->voters);
          auto found = std::make_shared<const VoterFinds>(
              find_by_voters(*run_.run, overlap, progress_.get()));
          TRY(check_goes_on());
          return found;
        });
    TRY(finds);
    progress_->begin("judging fused boxes", run_.flat->images);
    const BoxJudgement judged = judge_fused(*run_.run, **fused, overlap, progress_.get());
    TRY(check_goes_on());
    progress_->begin("keeping what is known of each object");
    std::vector<std::string> notes;
    auto kept =
        keep_ledger(run_, decision, ledger_columns(*run_.run, judged, **finds, overlap), notes);
    const std::lock_guard lock(mutex_);
    notes_.insert(notes_.end(), notes.begin(), notes.end());
    return kept;
  }

  KeptRun run_;
  std::shared_ptr<WorkProgress> progress_;  ///< never null
  mutable std::mutex mutex_;
  mutable std::vector<std::string> notes_;
  mutable RecentValues<FusedDetections> fused_;
  mutable RecentValues<JudgedLedger> judged_;
  mutable RecentValues<VoterFinds> finds_;
};

Result<std::shared_ptr<const ReviewSource>> open_watched_boxes(
    const Study& study, const RunInfo& run, const std::string& split,
    const std::shared_ptr<WorkProgress>& progress) {
  auto kept = open_kept_run(study, run, split, progress.get());
  progress->end();
  TRY(kept);
  return std::make_shared<const BoxReview>(std::move(*kept), progress);
}

Result<std::shared_ptr<const ReviewSource>> open_box_review(const Study& study, const RunInfo& run,
                                                            const std::string& split) {
  return open_watched_boxes(study, run, split, std::make_shared<WorkProgress>());
}

constexpr ReviewKind box_review_kind = {.name = "boxes",
                                        .first_policy = "wbf",
                                        .baseline_policy = "nms",
                                        .open = open_box_review,
                                        .open_watched = open_watched_boxes};

}  // namespace

const ReviewKind& box_review() { return box_review_kind; }

std::string fusion_text(const Policy& policy) {
  std::string inside;
  const auto parameters = policy.kind().parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].name == score_parameter || parameters[i].name == overlap_parameter) continue;
    const std::string value = argument_text(policy, i);
    if (value.empty()) continue;
    inside += fmt::format("{}{}={}", inside.empty() ? "" : ",", parameters[i].name, value);
  }
  return fmt::format("{}({})", policy.kind().name, inside);
}

Result<FusedDetections> fuse_voters(const BoxRun& run, const Policy& policy,
                                    std::span<const std::size_t> voters, WorkProgress* progress) {
  const auto fusion = parse_fusion(fusion_text(policy));
  TRY(fusion);
  const auto bound = bind_fusion(*fusion, voters.size(), run.truth.categories);
  TRY(bound);
  bool is_all = voters.size() == run.voters.size();
  for (std::size_t i = 0; is_all && i < voters.size(); ++i) is_all = voters[i] == i;
  std::vector<DetectionSet> chosen;
  if (!is_all)
    for (const std::size_t voter : voters) chosen.push_back(run.voters[voter]);
  FusedDetections fused =
      fuse_detections(run.truth, is_all ? run.voters : chosen, *bound, progress);
  for (std::uint64_t& behind : fused.voters) {
    std::uint64_t of_run = 0;
    for (std::uint64_t rest = behind; rest != 0; rest &= rest - 1)
      of_run |= std::uint64_t{1} << voters[static_cast<std::size_t>(std::countr_zero(rest))];
    behind = of_run;
  }
  return fused;
}

}  // namespace plumbline
