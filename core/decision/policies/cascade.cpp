#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/decision/policies/counted_votes.h"
#include "core/decision/policies/parameters.h"
#include "core/decision/policies/voter_order.h"

namespace plumbline {

namespace {

constexpr std::string_view cascade_forms[] = {"confidence", "agreement"};
double last_place(std::size_t voters) { return static_cast<double>(voters) - 1; }
double two_at_most(std::size_t voters) { return voters < 2 ? 1 : 2; }

constexpr PolicyParameter cascade_parameters[] = {
    {.name = "t",
     .meaning = "least confidence of each voter, in order; the last one is repeated for those that "
                "follow; none: 0.9",
     .type = ParameterType::list,
     .maximum = parameters::one},
    {.name = "order",
     .meaning = "positions of the voters in the order in which they are asked",
     .type = ParameterType::list,
     .maximum = last_place},
    {.name = "form",
     .meaning = "what ends it: the confidence of one voter, or agreement of the first ones",
     .type = ParameterType::word,
     .words = cascade_forms},
    {.name = "first",
     .meaning = "how many voters have to agree; where they do not, all vote",
     .type = ParameterType::integer,
     .minimum = 1,
     .maximum = parameters::all,
     .default_value = two_at_most}};

/// A cascade made ready to be run over samples.
struct Cascade {
  std::vector<std::size_t> order;
  std::vector<float> least;  ///< by stage
  bool by_agreement = false;
  std::size_t first = 0;

  explicit Cascade(const BoundPolicy& policy)
      : by_agreement(policy.policy.text(2) != cascade_forms[0]),
        first(static_cast<std::size_t>(policy.policy.number(3))) {
    for (const double place : policy.learned["order"])
      order.push_back(static_cast<std::size_t>(place));
    const std::vector<double>& given = policy.policy.list(0);
    for (std::size_t stage = 0; stage < order.size(); ++stage)
      least.push_back(
          static_cast<float>(given.empty() ? 0.9 : given[std::min(stage, given.size() - 1)]));
  }

  /// How many voters are asked about a sample.
  std::size_t asked(const VoteTable& votes, std::size_t i) const {
    if (by_agreement) {
      const ClassIndex label = votes.voters[order[0]].predicted[i];
      for (std::size_t stage = 1; stage < first; ++stage)
        if (votes.voters[order[stage]].predicted[i] != label) return order.size();
      return first;
    }
    for (std::size_t stage = 0; stage < order.size(); ++stage)
      if (votes.voters[order[stage]].confidence[i] >= least[stage]) return stage + 1;
    return order.size();
  }
};

/// By confidence: the deciding voter's class; accepted where it is sure enough, which only the last
/// one need not be. Jazbec et al. call this early exit; it loses verdicts against the full
/// ensemble.
void run_by_confidence(const Cascade& cascade, const PolicyBlock& block, const PolicyOutput& out) {
  for (std::size_t i = block.begin; i < block.end; ++i) {
    const std::size_t stage = cascade.asked(block.votes, i) - 1;
    const VoterVotes& voter = block.votes.voters[cascade.order[stage]];
    out.label[i] = voter.predicted[i];
    out.score[i] = static_cast<double>(voter.confidence[i]);
    out.accept[i] = voter.confidence[i] >= cascade.least[stage] ? 1 : 0;
    out.tie[i] = 0;
  }
}

/// By agreement (ABC, "Agreement-based cascading", 2024): where the first ones agree, their class;
/// else the majority of all. The score is the share of the asked that vote for the label, and their
/// mean confidence.
void run_by_agreement(const Cascade& cascade, const PolicyBlock& block, const PolicyOutput& out) {
  const VoteTable& votes = block.votes;
  count_votes(block, std::nullopt, votes.voters.size() / 2 + 1, out);
  for (std::size_t i = block.begin; i < block.end; ++i) {
    const std::size_t asked = cascade.asked(votes, i);
    if (asked == cascade.first && asked < votes.voters.size()) {
      out.label[i] = votes.voters[cascade.order[0]].predicted[i];
      out.accept[i] = 1;
      out.tie[i] = 0;
    }
    double agreeing = 0, confidence = 0;
    for (std::size_t stage = 0; stage < asked; ++stage) {
      const VoterVotes& voter = votes.voters[cascade.order[stage]];
      if (voter.predicted[i] != out.label[i]) continue;
      ++agreeing;
      confidence += voter.confidence[i] > 0 ? static_cast<double>(voter.confidence[i]) : 0;
    }
    out.score[i] = agreeing > 0 ? agreeing / static_cast<double>(asked) + confidence / agreeing : 0;
  }
}

void run_cascade(const BoundPolicy& policy, const PolicyBlock& block, const PolicyOutput& out) {
  const Cascade cascade(policy);
  cascade.by_agreement ? run_by_agreement(cascade, block, out)
                       : run_by_confidence(cascade, block, out);
}

std::vector<double> asked_by_cascade(const BoundPolicy& policy, const VoteTable& votes) {
  const Cascade cascade(policy);
  std::vector<double> shares(votes.voters.size(), 0.0);
  if (votes.samples() == 0) return shares;
  for (std::size_t i = 0; i < votes.samples(); ++i)
    for (std::size_t stage = 0; stage < cascade.asked(votes, i); ++stage)
      ++shares[cascade.order[stage]];
  for (double& share : shares) share /= static_cast<double>(votes.samples());
  return shares;
}

/// `asked` are the first ones of its order.
bool is_cascade_settled(const BoundPolicy& policy, std::span<const AskedVote> asked,
                        std::size_t remaining) {
  const Cascade cascade(policy);
  if (remaining == 0) return true;
  if (asked.empty()) return false;
  if (!cascade.by_agreement) return asked.back().confidence >= cascade.least[asked.size() - 1];
  return asked.size() == cascade.first && std::ranges::all_of(asked, [&](const AskedVote& vote) {
           return vote.label == asked.front().label;
         });
}

Result<void> bind_cascade(BoundPolicy& policy, const BindData& /*data*/) {
  const auto order = voter_order(policy.policy.list(1), policy.policy.voters(), "cascade");
  TRY(order);
  policy.learned.numbers["order"] = {order->begin(), order->end()};
  return {};
}

std::string explain_cascade(const BoundPolicy& policy, const VoteTable& votes,
                            const DecidedSample& decided) {
  const Cascade cascade(policy);
  const std::size_t asked = cascade.asked(votes, decided.sample);
  if (cascade.by_agreement) return fmt::format("{} of {} voters asked", asked, votes.voters.size());
  return fmt::format("voter {} of {} {}", asked, votes.voters.size(),
                     decided.accept ? "is sure" : "is not sure either");
}

constexpr LearnedPart cascade_learns[] = {{"order", one_per_voter}};

}  // namespace

extern const PolicyKind cascade_policy;
const PolicyKind cascade_policy = {
    .name = "cascade",
    .summary = "voters one after another, until one is sure or the first ones agree",
    .parameters = cascade_parameters,
    .learns = cascade_learns,
    .score = run_cascade,
    .explain = explain_cascade,
    .settled = is_cascade_settled,
    .asked_on = asked_by_cascade,
    .bind = bind_cascade};

}  // namespace plumbline
