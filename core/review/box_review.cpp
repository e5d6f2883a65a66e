#include "core/review/box_review.h"

#include <algorithm>
#include <bit>
#include <mutex>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/decision/bound_policy.h"
#include "core/detection/parallel_items.h"
#include "core/review/box_table.h"

namespace plumbline {

namespace {

/// Parameters of every policy on boxes that its fusion does not have.
constexpr std::string_view score_parameter = "score", overlap_parameter = "overlap";

/// Rows that one thread judges at a time.
constexpr std::size_t rows_of_a_part = 1 << 16;

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

/// A judgement with its rows, which are the same under every threshold.
struct JudgedRows {
  std::shared_ptr<const BoxJudgement> judged;
  std::shared_ptr<const BoxRows> rows;
  std::vector<ClassIndex> truth;  ///< by row
  // By row, of its fused box; without one no class and a score of −1.
  std::vector<ClassIndex> label;
  std::vector<double> score;
};

/// What the table of a ReviewedRun refers to besides its decisions.
struct BoxMemory {
  std::shared_ptr<const JudgedRows> judged;
  std::shared_ptr<const BoxesReviewed> boxes;
};

class BoxReview final : public ReviewSource {
 public:
  explicit BoxReview(std::shared_ptr<const BoxRun> run) : run_(std::move(run)) {}

  Result<std::shared_ptr<const ReviewedRun>> decide(
      const BoundPolicy& policy, std::span<const std::size_t> voters) const override {
    TRY(check_suits(policy.policy, box_review().name));
    auto boxes = std::make_shared<BoxesReviewed>();
    boxes->run = run_;
    boxes->voters.assign(voters.begin(), voters.end());
    boxes->least = static_cast<float>(number_named(policy.policy, score_parameter));
    boxes->overlap = number_named(policy.policy, overlap_parameter);
    const auto judged = judged_rows(policy.policy, boxes->voters, boxes->overlap);
    TRY(judged);
    const auto finds = finds_.get(fmt::format("{}", boxes->overlap), [&] {
      return Result<std::shared_ptr<const VoterFinds>>(
          std::make_shared<const VoterFinds>(find_by_voters(*run_, boxes->overlap)));
    });
    TRY(finds);
    boxes->finds = *finds;
    boxes->judged = (*judged)->judged;
    boxes->rows = (*judged)->rows;
    auto reviewed = std::make_shared<ReviewedRun>();
    fill(policy, **judged, *boxes, reviewed->decisions);
    reviewed->table = box_table(*boxes, (*judged)->truth, reviewed->decisions);
    // Of objects alone: false detections are no share of anything that is there.
    auto& counted = reviewed->figures.counts.by_verdict;
    counted[static_cast<std::size_t>(Verdict::kept)] = boxes->found;
    counted[static_cast<std::size_t>(Verdict::undetected)] = boxes->undetected;
    reviewed->boxes = boxes;
    reviewed->memory = std::make_shared<const BoxMemory>(*judged, boxes);
    return reviewed;
  }

 private:
  Result<std::shared_ptr<const JudgedRows>> judged_rows(const Policy& policy,
                                                        const std::vector<std::size_t>& voters,
                                                        double overlap) const {
    const std::string fusion = fmt::format("{} {}", fusion_text(policy), fmt::join(voters, " "));
    return judged_.get(fmt::format("{} {}", fusion, overlap), [&]() -> Result<Judged> {
      const auto fused = fused_.get(fusion, [&] { return fuse(policy, voters); });
      TRY(fused);
      auto made = std::make_shared<JudgedRows>();
      made->judged =
          std::make_shared<const BoxJudgement>(judge_fused(*run_, **fused, overlap));
      made->rows = std::make_shared<const BoxRows>(rows_of(*run_, *made->judged));
      for (const BoxRow& row : made->rows->rows) {
        const auto& objects = run_->truth.boxes;
        made->truth.push_back(row.object < 0
                                  ? no_class
                                  : static_cast<ClassIndex>(
                                        objects[static_cast<std::size_t>(row.object)].category));
        const DetectedBox* box =
            row.box < 0 ? nullptr
                        : &made->judged->fused.set.boxes[static_cast<std::size_t>(row.box)];
        made->label.push_back(box == nullptr ? no_class : static_cast<ClassIndex>(box->category));
        made->score.push_back(box == nullptr ? -1 : box->score);
      }
      return made;
    });
  }
  using Judged = std::shared_ptr<const JudgedRows>;

  Result<std::shared_ptr<const FusedDetections>> fuse(
      const Policy& policy, const std::vector<std::size_t>& voters) const {
    const auto fusion = parse_fusion(fusion_text(policy));
    TRY(fusion);
    const auto bound = bind_fusion(*fusion, voters.size(), run_->truth.categories);
    TRY(bound);
    bool is_all = voters.size() == run_->voters.size();
    for (std::size_t i = 0; is_all && i < voters.size(); ++i) is_all = voters[i] == i;
    std::vector<DetectionSet> chosen;
    if (!is_all)
      for (const std::size_t voter : voters) chosen.push_back(run_->voters[voter]);
    auto fused = std::make_shared<FusedDetections>(
        fuse_detections(run_->truth, is_all ? run_->voters : chosen, *bound));
    for (std::uint64_t& behind : fused->voters) {
      std::uint64_t of_run = 0;
      for (std::uint64_t rest = behind; rest != 0; rest &= rest - 1)
        of_run |= std::uint64_t{1} << voters[static_cast<std::size_t>(std::countr_zero(rest))];
      behind = of_run;
    }
    return fused;
  }

  /// What the threshold makes of each row, on all cores.
  static void fill(const BoundPolicy& policy, const JudgedRows& judged, BoxesReviewed& boxes,
                   Decisions& out) {
    const std::size_t rows = judged.score.size();
    out.score = judged.score;
    out.label.resize(rows);
    out.accept.resize(rows);
    out.tie.assign(rows, 0);
    out.verdict.resize(rows);
    const std::size_t parts = (rows + rows_of_a_part - 1) / rows_of_a_part;
    std::vector<PartCounts> counts(parts, PartCounts(boxes.finds->voters));
    for_each_item(parts, [&](std::size_t part) {
      const std::size_t begin = part * rows_of_a_part;
      fill_part(policy, judged, boxes, begin, std::min(rows, begin + rows_of_a_part), out,
                counts[part]);
    });
    boxes.found_by_k.assign(boxes.finds->voters + 1, 0);
    for (const PartCounts& of_part : counts) {
      boxes.found += of_part.found;
      boxes.undetected += of_part.undetected;
      boxes.false_detections += of_part.false_detections;
      for (std::size_t k = 0; k < of_part.found_by_k.size(); ++k)
        boxes.found_by_k[k] += of_part.found_by_k[k];
    }
    tally(out);
  }

  struct PartCounts {
    explicit PartCounts(std::size_t voters) : found_by_k(voters + 1) {}
    std::int64_t found = 0, undetected = 0, false_detections = 0;
    std::vector<std::int64_t> found_by_k;
  };

  static void fill_part(const BoundPolicy& policy, const JudgedRows& judged,
                        const BoxesReviewed& boxes, std::size_t begin, std::size_t end,
                        Decisions& out, PartCounts& counts) {
    // Rows without a box have a score below every threshold.
    static_cast<void>(accept_by_score(policy, judged.score, begin, end, out.accept));
    for (std::size_t row = begin; row < end; ++row) {
      const bool is_accepted = out.accept[row] != 0;
      const std::int32_t object = judged.rows->rows[row].object;
      if (object < 0) {
        // What was rejected still says what it would have been.
        out.label[row] = judged.label[row];
        out.verdict[row] = is_accepted ? Verdict::unjudged : Verdict::caught;
        counts.false_detections += is_accepted;
        continue;
      }
      out.label[row] = is_accepted ? judged.label[row] : no_class;
      out.verdict[row] = is_accepted ? Verdict::kept : Verdict::undetected;
      (is_accepted ? counts.found : counts.undetected) += 1;
      ++counts.found_by_k[static_cast<std::size_t>(std::popcount(
          boxes.finds->finders(static_cast<std::size_t>(object), boxes.least)))];
    }
  }

  std::shared_ptr<const BoxRun> run_;
  mutable RecentValues<FusedDetections> fused_;
  mutable RecentValues<JudgedRows> judged_;
  mutable RecentValues<VoterFinds> finds_;
};

Result<std::shared_ptr<const ReviewSource>> open_box_review(const Study& study, const RunInfo& run,
                                                            const std::string& split) {
  auto boxes = read_box_run(study, run, split);
  TRY(boxes);
  return std::make_shared<const BoxReview>(std::move(*boxes));
}

constexpr ReviewKind box_review_kind = {
    .name = "boxes", .first_policy = "wbf", .open = open_box_review};

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

}  // namespace plumbline
