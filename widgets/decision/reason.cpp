#include "widgets/decision/reason.h"

#include <algorithm>
#include <cmath>

#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

std::optional<double> parameter(const Policy& policy, std::string_view name) {
  const auto& parameters = policy.kind().parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].name == name) return policy.values()[i];
  return std::nullopt;
}

/// Votes of the policy's voters for the sample's label, of those at least `threshold` sure.
std::size_t votes_for_label(const RunReview& review, std::size_t sample, double threshold) {
  const ClassIndex label = review.decisions().label[sample];
  return static_cast<std::size_t>(
      std::ranges::count_if(review.policy_voters(), [&](std::size_t voter) {
        const VoterVotes& v = review.votes().voters[voter];
        return v.predicted[sample] == label &&
               v.confidence[sample] >= static_cast<float>(threshold);
      }));
}

}  // namespace

QString value_text(double value, bool integer) {
  if (integer) return QString::number(std::llround(value));
  QString text = QString::number(value, 'f', 4);
  while (text.endsWith(u'0') && text.size() - text.indexOf(u'.') > 3) text.chop(1);
  return text;
}

std::optional<double> confidence_threshold(const Policy& policy) {
  return parameter(policy, "thr_conf");
}

QString reason_for(const RunReview& review, std::size_t sample) {
  const Policy& policy = review.policy();
  const std::size_t voters = review.policy_voters().size();
  const std::string_view kind = policy.kind().name;
  const auto missing = std::ranges::any_of(review.policy_voters(), [&](std::size_t voter) {
    return review.votes().voters[voter].predicted[sample] == no_class;
  });
  if (missing) return QStringLiteral("a voter has no output");
  if (kind == "polygraph") {
    const double confidence = parameter(policy, "thr_conf").value_or(0);
    return QStringLiteral("%1 of %2 votes ≥ %3, needs %4")
        .arg(votes_for_label(review, sample, confidence))
        .arg(voters)
        .arg(value_text(confidence, false),
             value_text(parameter(policy, "thr_freq").value_or(0), true));
  }
  if (kind == "majority")
    return QStringLiteral("%1 of %2 votes, needs %3")
        .arg(votes_for_label(review, sample, 0))
        .arg(voters)
        .arg(voters / 2 + 1);
  if (kind == "unanimous")
    return QStringLiteral("%1 of %2 votes, needs all")
        .arg(votes_for_label(review, sample, 0))
        .arg(voters);
  const float score = review.decisions().score[sample];
  if (const auto threshold = parameter(policy, "t")) {
    const bool accepted = review.decisions().accept[sample] != 0;
    return QStringLiteral("%1 %2 %3 %4")
        .arg(QString::fromUtf8(kind.data(), static_cast<qsizetype>(kind.size())), decimal(score, 4),
             accepted ? QStringLiteral("≥") : QStringLiteral("<"), value_text(*threshold, false));
  }
  return QStringLiteral("score %1").arg(decimal(score, 3));
}

}  // namespace plumbline
