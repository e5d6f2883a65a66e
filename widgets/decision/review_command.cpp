#include "widgets/decision/review_command.h"

#include "core/decision/policies/counted_costs.h"
#include "core/study/condition.h"
#include "core/types/number.h"
#include "widgets/decision/run_review.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// STUDY --run RUN --split SPLIT.
QStringList shown_words(const RunReview& review) {
  const OpenedRun& run = review.run();
  return {text_of(run.folder.string()), QStringLiteral("--run"), text_of(run.info.name),
          QStringLiteral("--split"), text_of(run.split)};
}

QString voters_of_policy(const RunReview& review) {
  QStringList voters;
  for (const std::size_t voter : review.policy_voters())
    voters << text_of(to_string(review.run().info.voters[voter]));
  return voters.join(u',');
}

/// A policy on boxes without what it accepts: `fuse` reads the rest as its own text.
QStringList fuse_words(const RunReview& review) {
  const Policy& policy = review.rules();
  QStringList arguments;
  QString score;
  for (std::size_t i = 0; i < policy.kind().parameters.size(); ++i) {
    const QString name = text_of(policy.kind().parameters[i].name),
                  value = text_of(argument_text(policy, i));
    if (name == QStringLiteral("score"))
      score = value;
    else if (name == QStringLiteral("overlap")) {
      if (value.toDouble() != 0.5) return {};  // `fuse` has 0.5
    } else if (!value.isEmpty())
      arguments << name + u'=' + value;
  }
  QStringList words{QStringLiteral("fuse")};
  words << shown_words(review) << QStringLiteral("--fusion")
        << QStringLiteral("%1(%2)").arg(text_of(policy.kind().name), arguments.join(u','))
        << QStringLiteral("--voters") << voters_of_policy(review);
  if (!score.isEmpty()) words << QStringLiteral("--score") << score;
  return words;
}

/// The first voter's confidence at the highest threshold that keeps as many: by its number, since a
/// rule takes the lowest of those that miss no more. Scores that were given are compared as they
/// were given, and a threshold of the curve is not exact among them: those take the rule.
QStringList baseline_words(const RunReview& review) {
  const OpenedRun& run = review.run();
  const std::int64_t kept = review.decisions().counts[Verdict::kept];
  const auto point = run.baseline ? run.baseline->at(kept) : std::nullopt;
  const bool is_exact = point && point->threshold >= 0 && point->threshold <= 1 &&
                        review.votes().voters.front().given.empty();
  QStringList words{QStringLiteral("decide")};
  words << shown_words(review) << QStringLiteral("--policy")
        << (is_exact ? QStringLiteral("mcp(t=%1)")
                           .arg(text_of(shortest(static_cast<double>(point->threshold))))
                     : QStringLiteral("mcp"))
        << QStringLiteral("--voters") << text_of(to_string(run.info.voters.front()));
  if (!is_exact)
    words << QStringLiteral("--select-on") << text_of(run.split) << QStringLiteral("--rule")
          << QStringLiteral("kept>=%1").arg(kept);
  return words;
}

}  // namespace

namespace {

/// `decide` with a policy as it is written, by the voters of the one under review and under the
/// condition that is shown; `fitted`: the splits on which it was.
QStringList decide_words(const RunReview& review, const QString& policy,
                         const std::vector<std::string>& fitted) {
  QStringList words{QStringLiteral("decide")};
  words << shown_words(review) << QStringLiteral("--policy") << policy << QStringLiteral("--voters")
        << voters_of_policy(review);
  if (fitted.size() == 1) words << QStringLiteral("--fit-on") << text_of(fitted.front());
  const View& condition = review.run().info.condition;
  if (condition != View())
    words << QStringLiteral("--condition") << text_of(condition_name(condition));
  return words;
}

/// The policy as it is written: costs are named by the file that they are exported to, and stages
/// have the order that was found, which stays while a threshold moves.
Policy written_policy(const BoundPolicy& bound) {
  const Policy policy = with_cost_file(bound, exported_costs);
  if (!policy.traits().decides_as_inner) return policy;
  QStringList order;
  for (const double place : bound.learned["order"]) order << text_of(shortest(place));
  const auto parameters = policy.kind().parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].name == "order" && !order.isEmpty())
      return policy.with_text(i, order.join(u':').toStdString()).value_or(policy);
  return policy;
}

/// The policy under review, without what its harm is counted in.
QStringList decide_words(const RunReview& review) {
  return decide_words(review, text_of(to_string(written_policy(review.bound_policy()))),
                      fitted_on(review.bound_policy()));
}

}  // namespace

QStringList decide_command(const RunReview& review) {
  QStringList command = QStringList{QStringLiteral("plumbline-engine")} + decide_words(review);
  if (!review.costs().is_plain())
    command << QStringLiteral("--costs") << QString::fromLatin1(exported_costs)
            << QStringLiteral("--reject-cost") << text_of(shortest(review.costs().reject));
  return command;
}

namespace {

/// Whether the words that a policy is written with make it again: it reads no costs that no file
/// has, and what was fitted was so on one split.
bool is_made_by_words(const RunReview& review, const QStringList& words) {
  return !words.join(u' ').contains(QLatin1String(exported_costs)) &&
         fitted_on(review.bound_policy()).size() <= 1;
}

/// One side of a comparison, "first" or "second": its run, policy, voters and where it learned.
/// Empty where words do not make it again.
QStringList side_words(const RunReview& review, const QString& side) {
  const BoundPolicy& bound = review.bound_policy();
  const QString option = QStringLiteral("--") + side;
  QStringList words{option + QStringLiteral("-run"),
                    text_of(review.run().info.name),
                    option,
                    text_of(to_string(with_cost_file(bound, exported_costs))),
                    option + QStringLiteral("-voters"),
                    voters_of_policy(review)};
  const auto fitted = fitted_on(bound);
  if (fitted.size() == 1) words << option + QStringLiteral("-fit-on") << text_of(fitted.front());
  return is_made_by_words(review, words) ? words : QStringList();
}

}  // namespace

QStringList decide_elsewhere(const RunReview& review, const std::string& split) {
  QStringList words = decide_words(review);
  if (!is_made_by_words(review, words)) return {};
  words[words.indexOf(QStringLiteral("--split")) + 1] = text_of(split);
  if (const qsizetype condition = words.indexOf(QStringLiteral("--condition")); condition >= 0)
    words.remove(condition, 2);
  return words;
}

QStringList decide_beside(const RunReview& review, const std::string& policy) {
  return decide_words(review, text_of(policy), {});
}

QStringList decide_alone(const RunReview& review, std::size_t voter) {
  QStringList words = decide_beside(review, "mcp");
  words[words.indexOf(QStringLiteral("--voters")) + 1] =
      text_of(to_string(review.run().info.voters[voter]));
  return words;
}

QStringList costs_words(const RunReview& review) {
  // More would be a file's affair.
  constexpr std::size_t most_changes = 64;
  const HarmCosts& costs = review.costs();
  if (!review.has_votes() || costs.matrix == nullptr || costs.matrix->size() == 0) return {};
  const auto changes = as_changes(*costs.matrix, most_changes);
  if (!changes) return {};
  QStringList words{QStringLiteral("--costs"), QStringLiteral("plain"),
                    QStringLiteral("--reject-cost"), text_of(shortest(costs.reject))};
  for (const std::string& change : *changes)
    words << QStringLiteral("--cost-of") << text_of(change);
  return words;
}

QStringList compare_command(const RunReview& first, const RunReview& second) {
  const QStringList before = side_words(first, QStringLiteral("first")),
                    after = side_words(second, QStringLiteral("second"));
  if (before.isEmpty() || after.isEmpty()) return {};
  const OpenedRun& run = second.run();
  return QStringList{QStringLiteral("compare"), text_of(run.folder.string()),
                     QStringLiteral("--split"), text_of(run.split)} +
         before + after;
}

FigureSource figure_source_of(const RunReview& review) {
  const OpenedRun& run = review.run();
  FigureSource source{{QStringLiteral("STUDY"), {text_of(run.folder.string())}},
                      {QStringLiteral("RUN"), {text_of(run.info.name)}},
                      {QStringLiteral("SPLIT"), {text_of(run.split)}}};
  const QStringList decide = decide_words(review);
  // What was fitted on several splits has no one --fit-on.
  if (is_made_by_words(review, decide)) source.insert(QStringLiteral("DECIDE"), decide);
  if (const QStringList costs = costs_words(review); !costs.isEmpty())
    source.insert(QStringLiteral("COSTS"), costs);
  // The other commands would print the run as it is.
  if (run.info.condition != View()) {
    source.remove(QStringLiteral("RUN"));
    return source;
  }
  if (review.rules().traits().predictions == "boxes")
    if (const QStringList words = fuse_words(review); !words.isEmpty())
      source.insert(QStringLiteral("FUSE"), words);
  if (review.has_votes() && !run.info.voters.empty())
    source.insert(QStringLiteral("BASELINE"), baseline_words(review));
  return source;
}

}  // namespace plumbline
