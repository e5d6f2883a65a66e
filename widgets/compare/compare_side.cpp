#include "widgets/compare/compare_side.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>

#include "core/review/box_review.h"
#include "core/review/compared_side.h"
#include "widgets/bars/elided_label.h"
#include "widgets/decision/policy_bar.h"
#include "widgets/decision/policy_controls.h"
#include "widgets/decision/review_command.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/page/background.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

namespace {

constexpr int title_width = 52, fact_width = 190, widest_run = 200;

/// Without the option that a command line would name.
QString words_of_error(const Error& error) {
  const QString message = text_of(error.message);
  return error.hint.empty() ? message : message + QStringLiteral(". ") + text_of(error.hint);
}

}  // namespace

CompareSide::CompareSide(const QString& label, const QString& name, QWidget* host)
    : QObject(host), runs_(new QComboBox), fact_(new ElidedLabel) {
  auto* leading = new QWidget;
  auto* title = new QLabel(label, leading);
  title->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  title->setFixedWidth(title_width);
  runs_->setObjectName(name + QStringLiteral("_run"));
  runs_->setAccessibleName(tr("%1 run").arg(label));
  runs_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  runs_->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
  runs_->setMaximumWidth(widest_run);
  fact_->setObjectName(name + QStringLiteral("_fact"));
  explain(fact_, "compare.side");
  set_figure_source(
      fact_, [this] { return review_ == nullptr ? FigureSource() : figure_source_of(*review_); });
  fact_->set_elide_mode(Qt::ElideRight);
  // Wide enough for any figure, so that nothing moves under a slider.
  fact_->setFixedWidth(fact_width);
  auto* row = new QHBoxLayout(leading);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(spacing::grid);
  row->addWidget(title);
  row->addWidget(runs_);
  row->addWidget(fact_);
  bar_ = new PolicyBar(host, leading, name + u'_');
  bar_->setObjectName(name);
  bar_->setAccessibleName(tr("%1 policy").arg(label));
  connect(runs_, &QComboBox::currentIndexChanged, this, [this] {
    wanted_.clear();
    wanted_bound_.reset();
    open();
  });
}

QString CompareSide::run() const { return runs_->currentText(); }

QString CompareSide::policy() const {
  return review_ ? text_of(to_string(review_->policy())) : wanted_;
}

QString CompareSide::fact() const { return fact_->text(); }

void CompareSide::offer_decisions(const Study* study) { bar_->controls()->offer_decisions(study); }

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
    bar_->set_review(nullptr);
    ++opening_;
    reading_ = false;
    Q_EMIT decided();
  }
}

void CompareSide::choose(const QString& run, const QString& policy) {
  wanted_ = policy;
  wanted_bound_.reset();
  const QSignalBlocker blocker(runs_);
  runs_->setCurrentIndex(runs_->findText(run));
  open();
}

void CompareSide::choose(const QString& run, const BoundPolicy& policy,
                         std::vector<std::size_t> voters) {
  choose(run, text_of(to_string(policy.policy)));
  wanted_bound_ = std::pair(policy, std::move(voters));
}

void CompareSide::open() {
  // Whoever shows it lets go of it at the signal, and only then it goes.
  const auto before = std::move(review_);
  bar_->set_review(nullptr);
  error_.clear();
  show_fact();
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
        if (opening == opening_) take_run(std::move(run));
      });
}

void CompareSide::take_run(Result<OpenedRun> run) {
  reading_ = false;
  if (!run) {
    error_ = words_of_error(run.error());
    Q_EMIT decided();
    return;
  }
  review_ = std::make_unique<RunReview>(std::move(*run));
  connect(review_.get(), &RunReview::decided, this, [this] {
    show_fact();
    Q_EMIT decided();
  });
  connect(review_.get(), &RunReview::failed, this,
          [this](const Error& error) { Q_EMIT failed(words_of_error(error)); });
  bar_->set_review(review_.get());
  if (wanted_bound_)
    review_->set_decision(wanted_bound_->first, wanted_bound_->second);
  else if (!wanted_.isEmpty())
    return set_policy(wanted_);
  show_fact();
  Q_EMIT decided();
}

void CompareSide::set_policy(const QString& text) {
  error_.clear();
  if (review_ == nullptr) return;
  const OpenedRun& run = review_->run();
  auto written = written_decision(*run.kind, run.info, text.trimmed().toStdString());
  if (!written) {
    error_ = words_of_error(written.error());
    show_fact();
    Q_EMIT decided();
    return;
  }
  auto& [policy, voters] = *written;
  if (review_->policy_voters() != voters) review_->set_voters(voters);
  review_->set_policy(policy);
  show_fact();
  Q_EMIT decided();
}

void CompareSide::show_fact() {
  if (review_ == nullptr || review_->decisions().counts.judged() == 0) return fact_->setText({});
  if (const auto boxes = review_->boxes()) {
    const std::int64_t objects = boxes->found + boxes->undetected;
    const QString found = with_thousands(boxes->found);
    const QString wrong = with_thousands(boxes->false_detections);
    fact_->setText(tr("%1 of %2 found, %3 false").arg(found, with_thousands(objects), wrong));
    return fact_->setToolTip(tr("%1 of %2 found, false detections: %3")
                                 .arg(found, items_text(objects, JudgedItem::object), wrong));
  }
  const VerdictCounts& counts = review_->decisions().counts;
  fact_->setText(tr("%1 accepted, %2 kept")
                     .arg(percent(counts.coverage()), with_thousands(counts[Verdict::kept])));
}

}  // namespace plumbline
