#include "widgets/decision_page/damage_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/bars/bar.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int first_rate = 20, rate_width = 64;

/// "undetected 20 → 31 (+11)".
QString change_text(const QString& name, std::int64_t before, std::int64_t after) {
  const std::int64_t more = after - before;
  return DamagePanel::tr("%1 %2 → %3 (%4%5)")
      .arg(name, with_thousands(before), with_thousands(after),
           more > 0 ? QStringLiteral("+") : QString(), with_thousands(more));
}

}  // namespace

DamagePanel::DamagePanel(DecisionAnalysis* analysis, DamageAnalysis* damage, QWidget* parent)
    : QWidget(parent),
      analysis_(analysis),
      damage_(damage),
      voter_(new QComboBox(this)),
      kind_(new QComboBox(this)),
      class_(new QComboBox(this)),
      rate_(new QSpinBox(this)),
      outcome_(new SecondaryLabel({}, this)) {
  voter_->setObjectName(QStringLiteral("damaged_voter"));
  voter_->setAccessibleName(tr("Damaged voter"));
  voter_->setToolTip(
      tr("Replaces what one voter says, and shows the effect on verdicts and front: does the "
         "redundancy survive?"));
  voter_->setMinimumWidth(60);
  voter_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  kind_->setObjectName(QStringLiteral("damage_kind"));
  kind_->setAccessibleName(tr("Kind of damage"));
  kind_->addItem(tr("noise"), static_cast<int>(DamageKind::noise));
  kind_->addItem(tr("constant"), static_cast<int>(DamageKind::constant));
  kind_->addItem(tr("another sample's"), static_cast<int>(DamageKind::shuffle));
  kind_->setToolTip(tr(
      "noise: its own distribution with the classes rotated by a random number of places; "
      "constant: one class with certainty; another sample's: what it gave for one that is drawn"));
  class_->setObjectName(QStringLiteral("damage_class"));
  class_->setAccessibleName(tr("Class that it gives"));
  class_->setMinimumWidth(60);
  rate_->setObjectName(QStringLiteral("damage_rate"));
  rate_->setAccessibleName(tr("Share of the samples that are damaged"));
  rate_->setRange(0, 100);
  rate_->setSuffix(QStringLiteral("\u00A0%"));
  rate_->setValue(first_rate);
  rate_->setAlignment(Qt::AlignRight);
  rate_->setFixedSize(rate_width, spacing::control_height);
  outcome_->setObjectName(QStringLiteral("damage_outcome"));
  explain(outcome_, "decision.damage");
  outcome_->setWordWrap(true);
  auto* controls = new QHBoxLayout;
  controls->setSpacing(spacing::grid);
  controls->addWidget(voter_, 2);
  controls->addWidget(kind_);
  controls->addWidget(class_, 1);
  controls->addWidget(rate_);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(spacing::page_margin, spacing::together, spacing::page_margin,
                           spacing::together);
  rows->setSpacing(spacing::together);
  rows->addLayout(controls);
  rows->addWidget(outcome_);
  for (QWidget* widget :
       {static_cast<QWidget*>(voter_), static_cast<QWidget*>(kind_), static_cast<QWidget*>(class_),
        static_cast<QWidget*>(rate_), static_cast<QWidget*>(outcome_)})
    widget->setFont(ui_font(TextSize::small));
  for (QComboBox* box : {voter_, kind_, class_})
    connect(box, &QComboBox::activated, this, &DamagePanel::take);
  connect(rate_, &QSpinBox::valueChanged, this, &DamagePanel::take);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, &DamagePanel::offer);
  connect(damage_, &DamageAnalysis::changed, this, &DamagePanel::offer);
  offer();
}

QString DamagePanel::outcome() const { return outcome_->text(); }
bool DamagePanel::is_faded() const { return !outcome_->isEnabled(); }

/// The policy's voters, by their places in the run, and the data set's classes.
void DamagePanel::offer() {
  const RunReview* review = analysis_->review();
  setEnabled(review != nullptr);
  QStringList voters = {tr("no voter damaged")}, classes;
  if (review != nullptr) {
    for (const std::size_t voter : review->policy_voters())
      voters << text_of(to_string(review->run().info.voters[voter]));
    for (const std::string& name : review->run().dataset.classes) classes << text_of(name);
  }
  const auto fill = [](QComboBox* box, const QStringList& texts) {
    bool same = box->count() == texts.size();
    for (int i = 0; same && i < box->count(); ++i) same = box->itemText(i) == texts[i];
    if (same) return;
    const QSignalBlocker quiet(box);
    box->clear();
    box->addItems(texts);
  };
  fill(voter_, voters);
  fill(class_, classes);
  const auto& damage = damage_->damage();
  const QSignalBlocker quiet(voter_);
  voter_->setCurrentIndex(damage ? std::max(voter_->findText(text_of(to_string(damage->voter))), 0)
                                 : 0);
  const bool any = voter_->currentIndex() > 0;
  for (QWidget* widget :
       {static_cast<QWidget*>(kind_), static_cast<QWidget*>(class_), static_cast<QWidget*>(rate_)})
    widget->setEnabled(any);
  class_->setVisible(kind_->currentData().toInt() == static_cast<int>(DamageKind::constant));
  show_outcome();
}

void DamagePanel::take() {
  const RunReview* review = analysis_->review();
  const int chosen = voter_->currentIndex();
  if (review == nullptr || chosen < 1 ||
      static_cast<std::size_t>(chosen) > review->policy_voters().size())
    return damage_->set_damage(std::nullopt);
  Damage damage;
  damage.voter =
      review->run().info.voters[review->policy_voters()[static_cast<std::size_t>(chosen) - 1]];
  damage.kind = static_cast<DamageKind>(kind_->currentData().toInt());
  damage.rate = rate_->value() / 100.0;
  if (damage.kind == DamageKind::constant)
    damage.constant_class = static_cast<ClassIndex>(std::max(class_->currentIndex(), 0));
  damage_->set_damage(damage);
}

void DamagePanel::show_outcome() {
  const DamageAnalysis::Outcome* outcome = damage_->outcome();
  outcome_->setVisible(damage_->damage().has_value());
  outcome_->setEnabled(damage_->is_current());
  if (!damage_->damage() || analysis_->review() == nullptr) return outcome_->clear();
  if (outcome == nullptr)
    return outcome_->setText(damage_->is_current() ? tr("It could not be computed.")
                                                   : tr("computing…"));
  // What stands faded is of the verdicts that it was computed beside.
  if (!damage_->is_current()) return;
  const VerdictCounts& before = analysis_->counts();
  const VerdictCounts& after = outcome->counts;
  const auto change = [&](const QString& name, Verdict verdict) {
    return change_text(name, before[verdict], after[verdict]);
  };
  outcome_->setText(
      QStringList{tr("%1 damaged").arg(counted(outcome->hit, tr("sample"), tr("samples"))),
                  change(tr("kept"), Verdict::kept), change(tr("undetected"), Verdict::undetected),
                  change(tr("caught"), Verdict::caught),
                  change(tr("needlessly rejected"), Verdict::needlessly_rejected)}
          .join(QStringLiteral(", ")));
}

}  // namespace plumbline
