#include "widgets/decision_page/select_panel.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "widgets/bars/bar.h"
#include "widgets/decision_page/decision_words.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/page/background.h"
#include "widgets/study/remarks.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

enum Goal { as_baseline, most_risk, least_coverage, least_of_harm, most_harm };

constexpr double first_risk = 5, first_coverage = 80, first_harm = 0.1, greatest_harm = 1e6;

}  // namespace

SelectPanel::SelectPanel(DecisionAnalysis* analysis, const Remarks* remarks, QWidget* parent)
    : QWidget(parent),
      analysis_(analysis),
      remarks_(remarks),
      title_(new QLabel(this)),
      outcome_(new SecondaryLabel({}, this)),
      goal_(new QComboBox(this)),
      bound_(new QDoubleSpinBox(this)),
      select_(new QPushButton(tr("Select parameters"), this)),
      save_(new QPushButton(tr("Save decision…"), this)) {
  title_->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  goal_->addItems({tr("fewest undetected, kept as mcp"), tr("most kept, risk at most"),
                   tr("fewest undetected, coverage at least")});
  goal_->setObjectName(QStringLiteral("goal"));
  goal_->setAccessibleName(tr("Goal"));
  goal_->setToolTip(
      tr("as mcp: at least as many as the first voter's confidence alone keeps at its default "
         "threshold, on the split that parameters are chosen on"));
  goal_->setMinimumWidth(60);
  goal_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  bound_->setObjectName(QStringLiteral("goal_bound"));
  bound_->setAccessibleName(tr("Bound in per cent"));
  bound_->setLocale(QLocale::c());
  bound_->setDecimals(1);
  bound_->setRange(0, 100);
  bound_->setSingleStep(0.5);
  bound_->setSuffix(QStringLiteral("\u00A0%"));
  bound_->setAlignment(Qt::AlignRight);
  bound_->setFixedSize(72, spacing::control_height);
  bound_->setValue(first_risk);
  select_->setObjectName(QStringLiteral("select_parameters"));
  save_->setObjectName(QStringLiteral("save_decision"));
  outcome_->setObjectName(QStringLiteral("selection_outcome"));
  outcome_->setWordWrap(true);
  outcome_->setFont(ui_font(TextSize::small));
  explain(outcome_, "decision.selected");
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(spacing::grid);
  rows->addWidget(title_);
  auto* sentence = new QHBoxLayout;
  sentence->setSpacing(spacing::label_to_control);
  sentence->addWidget(goal_, 1);
  sentence->addWidget(bound_);
  rows->addLayout(sentence);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(spacing::grid);
  buttons->addWidget(select_, 1);
  buttons->addWidget(save_, 1);
  rows->addLayout(buttons);
  rows->addWidget(outcome_);
  connect(goal_, &QComboBox::activated, this, &SelectPanel::show_bound);
  connect(select_, &QPushButton::clicked, this, &SelectPanel::select);
  connect(save_, &QPushButton::clicked, this, &SelectPanel::ask_for_name);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, &SelectPanel::show_facts);
  show_bound();
  show_facts();
}

void SelectPanel::show_bound() {
  const int goal = goal_->currentIndex();
  const bool of_harm = goal == most_harm;
  bound_->setVisible(goal != as_baseline && goal != least_of_harm);
  bound_->setAccessibleName(of_harm ? tr("Bound of the mean harm") : tr("Bound in per cent"));
  bound_->setDecimals(of_harm ? 3 : 1);
  bound_->setRange(0, of_harm ? greatest_harm : 100);
  bound_->setSingleStep(of_harm ? 0.01 : 0.5);
  bound_->setSuffix(of_harm ? QString() : QStringLiteral("\u00A0%"));
  bound_->setValue(of_harm ? first_harm : goal == least_coverage ? first_coverage : first_risk);
}

SelectionRule SelectPanel::rule() const {
  SelectionRule rule;
  switch (goal_->currentIndex()) {
    case most_risk: rule.most_risk = bound_->value() / 100; break;
    case least_coverage: rule.least_coverage = bound_->value() / 100; break;
    default: rule.kept_as_baseline = true;
  }
  return rule;
}

std::optional<HarmRule> SelectPanel::harm_rule() const {
  switch (goal_->currentIndex()) {
    case least_of_harm: return HarmRule{};
    case most_harm: return HarmRule{bound_->value()};
    default: return std::nullopt;
  }
}

/// Goals in harm stand there once somebody has said what errors cost.
void SelectPanel::offer_harm() {
  const RunReview* review = analysis_->review();
  const bool said = review != nullptr && !review->costs().is_plain();
  const bool offered = goal_->count() > least_of_harm;
  if (said == offered) return;
  if (said) return goal_->addItems({tr("least harm"), tr("most kept, harm at most")});
  const bool was_harm = harm_rule().has_value();
  {
    const QSignalBlocker quiet(goal_);
    goal_->removeItem(most_harm);
    goal_->removeItem(least_of_harm);
    if (was_harm) goal_->setCurrentIndex(as_baseline);
  }
  if (was_harm) show_bound();
}

QString SelectPanel::outcome() const { return outcome_->text(); }

void SelectPanel::show_facts() {
  offer_harm();
  const bool can = analysis_->review() != nullptr && analysis_->validation_run() != nullptr;
  const QString split = can ? text_of(analysis_->validation_split()) : tr("another split");
  title_->setText(tr("Select on %1").arg(split));
  select_->setEnabled(can && !selecting_);
  select_->setToolTip(can ? tr("Chooses the parameters on %1, never on what is shown").arg(split)
                          : tr("There is no other split on which these voters have predictions."));
  const QString reason = remarks_ == nullptr ? QString() : remarks_->obstacle();
  save_->setEnabled(analysis_->review() != nullptr && reason.isEmpty());
  save_->setToolTip(reason.isEmpty()
                        ? tr("Saves policy, voters and what was fitted in the study, under a name")
                        : reason);
  // What was said holds for the policy that was chosen, not for the next one.
  if (chosen_ && (analysis_->review() == nullptr || analysis_->is_held() ||
                  to_string(analysis_->review()->policy()) != chosen_->policy ||
                  analysis_->review()->policy_voters() != chosen_->voters ||
                  (chosen_->costs && analysis_->review()->costs() != *chosen_->costs))) {
    chosen_.reset();
    outcome_->clear();
  }
  outcome_->setVisible(!outcome_->text().isEmpty());
}

void SelectPanel::select() {
  RunReview* review = analysis_->review();
  if (review == nullptr || analysis_->validation_run() == nullptr || selecting_) return;
  selecting_ = true;
  select_->setEnabled(false);
  const auto of_harm = harm_rule();
  run_in_background(
      this,
      [held = std::make_shared<const OpenedRun>(*analysis_->validation_run()),
       voters = review->policy_voters(), policy = review->bound_policy(), rule = rule(), of_harm,
       costs = review->costs()] {
        return of_harm ? select_by_harm(*held, voters, policy, costs.unit(), *of_harm)
                       : select_parameters(*held, voters, policy, rule);
      },
      [this, open = QPointer<RunReview>(review), voters = review->policy_voters(),
       costs = review->costs(), split = analysis_->validation_split(),
       rule = of_harm ? to_string(*of_harm) : to_string(rule())](
          const Result<std::optional<SelectedParameters>>& selected) {
        selecting_ = false;
        chosen_.reset();
        outcome_->clear();
        if (open != nullptr && open == analysis_->review() && open->policy_voters() == voters &&
            open->costs() == costs)
          take(selected, split, rule);
        else if (open != nullptr && open == analysis_->review())
          outcome_->setText(tr("Voters or costs were changed meanwhile: nothing was chosen."));
        show_facts();
      });
}

void SelectPanel::take(const Result<std::optional<SelectedParameters>>& selected,
                       const std::string& split, const std::string& rule) {
  if (!selected) return Q_EMIT failed(text_of(to_string(selected.error())));
  if (!*selected)
    return outcome_->setText(tr("No setting satisfies this on %1.").arg(text_of(split)));
  RunReview& review = *analysis_->review();
  const SelectedParameters& found = **selected;
  review.set_decision(found.policy, review.policy_voters());
  chosen_ = Chosen{to_string(review.policy()), split, rule, review.policy_voters(),
                   found.harm ? std::optional(review.costs()) : std::nullopt};
  QString words = tr("Chosen on %1: %2, which keeps %3 of %4 there and misses %5.")
                      .arg(text_of(split), short_policy(review), with_thousands(found.point.kept),
                           with_thousands(found.judged), with_thousands(found.point.undetected));
  if (found.harm) words += tr(" Its mean harm there is %1.").arg(decimal(*found.harm, 4));
  outcome_->setText(words);
}

Result<void> SelectPanel::save(const QString& name, bool replace) const {
  const RunReview* review = analysis_->review();
  if (review == nullptr) return usage_error("no run is open");
  const OpenedRun& run = review->run();
  StoredDecision decision;
  decision.name = name.toStdString();
  decision.run = run.info.name;
  for (const std::size_t voter : review->policy_voters())
    decision.voters.push_back(run.info.voters[voter]);
  decision.policy = review->bound_policy();
  if (chosen_) {
    decision.selected_on = chosen_->split;
    decision.rule = chosen_->rule;
  }
  auto study = Study::open(run.folder, Access::read_write);
  TRY(study);
  return study->save_decision(decision, replace);
}

void SelectPanel::ask_for_name() {
  bool sure = false;
  const QString name =
      QInputDialog::getText(this, tr("Save decision"), tr("Name"), QLineEdit::Normal,
                            short_policy(*analysis_->review()), &sure)
          .trimmed();
  if (!sure || name.isEmpty()) return;
  auto done = save(name);
  if (!done && done.error().kind == ErrorKind::usage &&
      QMessageBox::question(this, tr("Save decision"),
                            tr("%1\n\nReplace it?").arg(text_of(to_string(done.error())))) ==
          QMessageBox::Yes)
    done = save(name, true);
  if (!done) return Q_EMIT failed(text_of(to_string(done.error())));
  Q_EMIT said(tr("The decision %1 was saved in the study").arg(name));
  Q_EMIT saved();
}

}  // namespace plumbline
