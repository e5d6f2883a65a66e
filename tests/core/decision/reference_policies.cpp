#include "tests/core/decision/reference_policies.h"

#include <cmath>
#include <map>
#include <set>

namespace plumbline::test {

VoteTable OwnedTable::table() const {
  VoteTable result{labels, {}};
  for (std::size_t v = 0; v < predicted.size(); ++v)
    result.voters.push_back({predicted[v], confidence[v], log_prob[v]});
  return result;
}

OwnedTable random_table(std::size_t samples, std::size_t voters, int classes, unsigned seed) {
  std::mt19937 random(seed);
  OwnedTable owned;
  owned.labels.resize(samples);
  const auto any_class = [&] {
    return static_cast<ClassIndex>(random() % static_cast<unsigned>(classes));
  };
  for (auto& label : owned.labels) label = any_class();
  for (std::size_t v = 0; v < voters; ++v) {
    auto& predicted = owned.predicted.emplace_back(samples);
    auto& confidence = owned.confidence.emplace_back(samples);
    owned.log_prob.emplace_back(samples, -1.0F);
    for (std::size_t i = 0; i < samples; ++i) {
      predicted[i] = random() % 2 ? owned.labels[i] : any_class();
      confidence[i] = static_cast<float>(random() % 21) / 20;
    }
  }
  return owned;
}

namespace {

struct Winner {
  ClassIndex label = no_class;
  int votes = 0;
  double sum = 0;
  bool tie = false;
};

Winner most_voted(const VoteTable& votes, std::size_t sample, double threshold) {
  std::map<ClassIndex, std::pair<int, double>> classes;  // lower classes first
  for (const auto& voter : votes.voters)
    if (voter.predicted[sample] != no_class &&
        static_cast<double>(voter.confidence[sample]) >= threshold) {
      auto& [count, sum] = classes[voter.predicted[sample]];
      ++count;
      sum += static_cast<double>(voter.confidence[sample]);
    }
  Winner winner;
  int most = 0;
  for (const auto& [label, entry] : classes) most = std::max(most, entry.first);
  int with_most = 0;
  for (const auto& [label, entry] : classes) {
    if (entry.first != most) continue;
    ++with_most;
    if (winner.votes == 0 || entry.second > winner.sum) winner = {label, most, entry.second, false};
  }
  winner.tie = with_most > 1;
  return winner;
}

}  // namespace

ReferenceDecision reference(const std::string& policy, const std::vector<double>& values,
                            const VoteTable& votes, std::size_t sample) {
  if (policy == "mcp") {
    const auto& first = votes.voters[0];
    return {first.predicted[sample], first.confidence[sample] >= static_cast<float>(values[0]),
            false, static_cast<double>(first.confidence[sample])};
  }
  if (policy == "max") {
    ReferenceDecision decision{no_class, false, false, 0};
    for (const auto& voter : votes.voters) {
      if (voter.predicted[sample] == no_class) continue;
      const auto confidence = static_cast<double>(voter.confidence[sample]);
      if (decision.label == no_class || confidence > decision.score ||
          (confidence == decision.score && voter.predicted[sample] < decision.label)) {
        decision.label = voter.predicted[sample];
        decision.score = confidence;
      }
    }
    decision.accept = static_cast<float>(decision.score) >= static_cast<float>(values[0]);
    return decision;
  }
  const double threshold =
      policy == "polygraph" ? static_cast<double>(static_cast<float>(values[0])) : -1;
  Winner winner = most_voted(votes, sample, threshold);
  ReferenceDecision decision;
  decision.score = winner.votes > 0 ? winner.votes + winner.sum / winner.votes : 0;
  if (policy == "majority")
    decision.accept = winner.votes * 2 > static_cast<int>(votes.voters.size());
  if (policy == "polygraph") decision.accept = winner.votes >= static_cast<int>(values[1]);
  if (policy == "unanimous") {
    std::set<ClassIndex> labels;
    for (const auto& voter : votes.voters) labels.insert(voter.predicted[sample]);
    decision.accept = labels.size() == 1;
  }
  if (winner.votes == 0) winner = most_voted(votes, sample, -1);
  decision.label = winner.label;
  decision.tie = winner.tie;
  return decision;
}

ReferenceDecision reference_of_distributions(const std::string& policy,
                                             const std::vector<std::vector<double>>& rows) {
  std::vector<double> together(rows.front().size(), policy == "gmean" ? 1.0 : 0.0);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c)
      if (policy == "gmean")
        together[c] *= std::pow(row[c], 1.0 / static_cast<double>(rows.size()));
      else
        together[c] += row[c] / static_cast<double>(rows.size());
  double sum = 0;
  for (const double value : together) sum += value;
  ReferenceDecision decision;
  for (std::size_t c = 0; c < together.size(); ++c)
    if (together[c] / sum > decision.score)
      decision = {static_cast<ClassIndex>(c), false, false, together[c] / sum};
  return decision;
}

Verdict reference_verdict(const ReferenceDecision& decision, const VoteTable& votes,
                          std::size_t sample) {
  if (votes.labels[sample] == no_class) return Verdict::unjudged;
  for (const auto& voter : votes.voters)
    if (voter.predicted[sample] == no_class) return Verdict::unjudged;
  const bool right = decision.label == votes.labels[sample];
  if (decision.accept) return right ? Verdict::kept : Verdict::undetected;
  return right ? Verdict::needlessly_rejected : Verdict::caught;
}

}  // namespace plumbline::test
