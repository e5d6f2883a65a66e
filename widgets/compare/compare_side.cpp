#include "widgets/compare/compare_side.h"

#include <QComboBox>
#include <QCompleter>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>

#include "core/decision/default_voters.h"
#include "widgets/bars/bar.h"
#include "widgets/page/background.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int policy_width = 260;

QStringList policy_examples() {
  QStringList names;
  for (const PolicyKind* kind : policy_kinds())
    if (const auto policy = make_policy(kind->name, 4)) names << text_of(to_string(*policy));
  return names;
}

}  // namespace

CompareSide::CompareSide(const QString& label, const QString& name, QWidget* parent)
    : QWidget(parent), runs_(new QComboBox(this)), policy_(new QLineEdit(this)) {
  auto* title = new QLabel(label, this);
  title->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  runs_->setObjectName(name + QStringLiteral("_run"));
  runs_->setAccessibleName(tr("%1 run").arg(label));
  runs_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  policy_->setObjectName(name + QStringLiteral("_policy"));
  policy_->setAccessibleName(tr("%1 policy").arg(label));
  policy_->setFixedWidth(policy_width);
  policy_->setPlaceholderText(QStringLiteral("polygraph(thr_conf=0.7,thr_freq=3)"));
  auto* completer = new QCompleter(policy_examples(), policy_);
  completer->setCaseSensitivity(Qt::CaseInsensitive);
  policy_->setCompleter(completer);
  runs_->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
  policy_->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(spacing::grid);
  row->addWidget(title);
  row->addWidget(runs_);
  row->addWidget(policy_);
  connect(runs_, &QComboBox::currentIndexChanged, this, &CompareSide::open);
  connect(policy_, &QLineEdit::editingFinished, this, &CompareSide::apply_policy);
}

QString CompareSide::run() const { return runs_->currentText(); }
QString CompareSide::policy() const { return policy_->text(); }

void CompareSide::set_runs(const std::filesystem::path& study, const QStringList& runs) {
  const QString chosen = study == study_ ? run() : QString();
  const bool other_study = study != study_;
  study_ = study;
  {
    const QSignalBlocker blocker(runs_);
    runs_->clear();
    runs_->addItems(runs);
    runs_->setCurrentIndex(std::max(0, static_cast<int>(runs.indexOf(chosen))));
  }
  runs_->updateGeometry();
  if (other_study || run() != chosen) {
    const auto before = std::move(review_);
    ++opening_;
    reading_ = false;
    Q_EMIT decided();
  }
}

void CompareSide::choose(const QString& run, const QString& policy) {
  policy_->setText(policy);
  const QSignalBlocker blocker(runs_);
  runs_->setCurrentIndex(runs_->findText(run));
  open();
}

void CompareSide::open() {
  // Whoever shows it lets go of it at the signal, and only then it goes.
  const auto before = std::move(review_);
  error_.clear();
  if (run().isEmpty()) {
    Q_EMIT decided();
    return;
  }
  const int opening = ++opening_;
  reading_ = true;
  Q_EMIT decided();
  run_in_background(
      this, [study = study_, run = run().toStdString()] { return plumbline::open_run(study, run); },
      [this, opening](Result<OpenedRun> run) {
        if (opening != opening_) return;
        reading_ = false;
        if (!run) {
          error_ = text_of(to_string(run.error()));
          Q_EMIT decided();
          return;
        }
        review_ = std::make_unique<RunReview>(std::move(*run));
        connect(review_.get(), &RunReview::decided, this, &CompareSide::decided);
        apply_policy();
      });
}

void CompareSide::apply_policy() {
  error_.clear();
  if (review_ == nullptr) return;
  const QString text = policy_->text().trimmed();
  if (!text.isEmpty()) {
    // A policy that asks no voter but the first is the baseline's own; every other one has the
    // run's default voters.
    auto voters = default_voters(review_->run().info.voters);
    auto policy = parse_policy(text.toStdString(), voters.size());
    if (policy && policy->traits().asks_first_only) {
      voters = {0};
      policy = policy->for_voters(voters.size());
    }
    const auto suits = policy ? check_suits(*policy, review_->run().kind->name)
                              : Result<void>(tl::unexpected(policy.error()));
    if (!suits) {
      error_ = text_of(to_string(suits.error()));
      Q_EMIT decided();
      return;
    }
    if (review_->policy_voters() != voters) review_->set_voters(voters);
    review_->set_policy(*policy);
  } else {
    policy_->setText(text_of(to_string(review_->policy())));
  }
  Q_EMIT decided();
}

}  // namespace plumbline
