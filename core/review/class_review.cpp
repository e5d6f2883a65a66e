#include "core/review/class_review.h"

#include "core/review/classification_table.h"
#include "core/review/figures.h"
#include "core/study/decide_run.h"

namespace plumbline {

namespace {

/// What the table of a ReviewedRun refers to besides its decisions.
struct ClassMemory {
  std::shared_ptr<const RunVotes> votes;
  std::vector<std::size_t> voters;
};

class ClassReview final : public ReviewSource {
 public:
  ClassReview(std::filesystem::path folder, RunInfo run, std::string split,
              std::shared_ptr<const RunVotes> votes)
      : folder_(std::move(folder)),
        run_(std::move(run)),
        split_(std::move(split)),
        votes_(std::move(votes)) {}

  Result<std::shared_ptr<const ReviewedRun>> decide(
      const BoundPolicy& policy, std::span<const std::size_t> voters) const override {
    TRY(check_suits(policy.policy, class_review().name));
    const auto study = Study::open(folder_, Access::read_only);
    TRY(study);
    auto decisions = decide_run(*study, run_, split_, *votes_, voters, policy);
    TRY(decisions);
    auto memory =
        std::make_shared<const ClassMemory>(votes_, std::vector(voters.begin(), voters.end()));
    auto reviewed = std::make_shared<ReviewedRun>();
    reviewed->decisions = std::move(*decisions);
    reviewed->table = classification_table(votes_->table(), memory->voters, reviewed->decisions);
    reviewed->figures =
        metric_data(policy, reviewed->decisions, select_voters(votes_->table(), memory->voters));
    reviewed->memory = std::move(memory);
    return reviewed;
  }

  Result<BoundPolicy> fit(Policy policy, std::span<const std::size_t> voters,
                          BindData data) const override {
    TRY(check_suits(policy, class_review().name));
    const auto study = Study::open(folder_, Access::read_only);
    TRY(study);
    const VoteTable table = select_voters(votes_->table(), voters);
    const FitData fit{split_, table, [&](const std::function<void(const PolicyBlock&)>& use) {
                        return for_each_block(*study, run_, split_, table, voters, use);
                      }};
    data.fit = &fit;
    return bind(std::move(policy), data);
  }

  std::shared_ptr<const RunVotes> votes() const override { return votes_; }

 private:
  std::filesystem::path folder_;
  RunInfo run_;
  std::string split_;
  std::shared_ptr<const RunVotes> votes_;
};

Result<std::shared_ptr<const ReviewSource>> open_class_review(const Study& study,
                                                              const RunInfo& run,
                                                              const std::string& split) {
  auto votes = load_votes(study, run, split);
  TRY(votes);
  return std::make_shared<const ClassReview>(study.folder(), run, split,
                                             std::make_shared<const RunVotes>(std::move(*votes)));
}

constexpr ReviewKind class_review_kind = {.name = "classes",
                                          .first_policy = "polygraph",
                                          .baseline_policy = "mcp",
                                          .open = open_class_review};

}  // namespace

const ReviewKind& class_review() { return class_review_kind; }

}  // namespace plumbline
