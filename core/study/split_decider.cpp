#include "core/study/split_decider.h"

namespace plumbline {

SplitDecider::SplitDecider(const Study& study, RunInfo run, std::string split,
                           std::vector<std::size_t> voters, RunVotes votes)
    : study_(&study),
      run_(std::move(run)),
      split_(std::move(split)),
      voters_(std::move(voters)),
      votes_(std::move(votes)),
      table_(select_voters(votes_.table(), voters_)) {}

Result<SplitDecider> SplitDecider::open(const Study& study, const RunInfo& run,
                                        const std::string& split, std::vector<std::size_t> voters) {
  auto votes = load_votes(study, run, split);
  TRY(votes);
  return SplitDecider(study, run, split, std::move(voters), std::move(*votes));
}

Result<Decisions> SplitDecider::decide(const BoundPolicy& policy) {
  Decisions decisions;
  if (policy.policy.traits().needs == PolicyNeeds::votes) {
    plumbline::decide(policy, table_, decisions);
    return decisions;
  }
  if (!reduced_for_ || !same_scores(*reduced_for_, policy)) {
    auto reduced = reduce(*study_, run_, split_, table_, voters_, policy);
    TRY(reduced);
    reduced_ = std::move(*reduced);
    reduced_for_ = policy;
  }
  plumbline::decide(policy, reduced_, table_, decisions);
  return decisions;
}

void SplitDecider::add_losses(const BoundPolicy& policy, Decisions& decisions) const {
  plumbline::add_losses(*study_, run_, split_, table_, voters_, policy, decisions);
}

FitData SplitDecider::fit_data() const {
  return {split_, table_, [this](const std::function<void(const PolicyBlock&)>& use) {
            return for_each_block(*study_, run_, split_, table_, voters_, use);
          }};
}

}  // namespace plumbline
