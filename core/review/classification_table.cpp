#include "core/review/classification_table.h"

#include <limits>

namespace plumbline {

namespace {

constexpr std::string_view agreement_words[] = {"agree", "disagree"};  // by Agreement
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// Whether two voters give different classes.
bool voters_disagree(const VoteTable& votes, std::size_t sample) {
  ClassIndex first = no_class;
  for (const VoterVotes& voter : votes.voters) {
    const ClassIndex vote = voter.predicted[sample];
    if (vote == no_class) continue;
    if (first == no_class)
      first = vote;
    else if (vote != first)
      return true;
  }
  return false;
}

double share_of_other_votes(const VoteTable& votes, ClassIndex label, std::size_t sample) {
  std::size_t outputs = 0, others = 0;
  for (const VoterVotes& voter : votes.voters) {
    const ClassIndex predicted = voter.predicted[sample];
    if (predicted == no_class) continue;
    ++outputs;
    others += predicted != label;
  }
  return outputs == 0 ? no_number : static_cast<double>(others) / static_cast<double>(outputs);
}

double mean_loss(const VoteTable& votes, std::span<const std::size_t> voters, std::size_t sample) {
  double sum = 0;
  for (const std::size_t voter : voters)
    sum -= static_cast<double>(votes.voters[voter].log_prob_label[sample]);
  return sum / static_cast<double>(voters.size());
}

}  // namespace

ReviewTable classification_table(const VoteTable& votes, std::span<const std::size_t> policy_voters,
                                 const Decisions& decisions) {
  ReviewTable table;
  table.rows = decisions.verdict.size();
  table.truth = votes.labels;
  table.label = decisions.label;
  table.verdict = decisions.verdict;
  using Number = std::function<double(std::size_t)>;
  const auto add = [&table](std::string_view key, Number number) {
    table.numbers.push_back({key, Column<double>(std::move(number))});
  };
  table.numbers.reserve(4);
  add(column::confidence, [&baseline = votes.voters.front()](std::size_t sample) {
    return baseline.predicted[sample] == no_class
               ? no_number
               : static_cast<double>(baseline.confidence[sample]);
  });
  add(column::disagreement, [&votes, &decisions](std::size_t sample) {
    return share_of_other_votes(votes, decisions.label[sample], sample);
  });
  add(column::loss, [&votes, policy_voters](std::size_t sample) {
    return mean_loss(votes, policy_voters, sample);
  });
  table.numbers.push_back(
      {column::score, Column<double>(std::span<const double>(decisions.score))});
  table.words.push_back(
      {column::agreement,
       Column<std::uint8_t>(std::function<std::uint8_t(std::size_t)>([&votes](std::size_t sample) {
         const auto word = voters_disagree(votes, sample) ? Agreement::disagree : Agreement::agree;
         return static_cast<std::uint8_t>(word);
       })),
       agreement_words});
  table.members.push_back({column::dissent, votes.voters.size(),
                           [&votes, &decisions](std::size_t sample, std::size_t voter) {
                             const ClassIndex vote = votes.voters[voter].predicted[sample];
                             return vote != no_class && vote != decisions.label[sample];
                           }});
  table.members.push_back(
      {column::wrong, votes.voters.size(), [&votes](std::size_t sample, std::size_t voter) {
         const ClassIndex vote = votes.voters[voter].predicted[sample],
                          truth = votes.labels[sample];
         return vote != no_class && truth != no_class && vote != truth;
       }});
  return table;
}

}  // namespace plumbline
