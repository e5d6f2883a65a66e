#include "widgets/decision_page/policy_panel.h"

#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/bars/drop_button.h"
#include "widgets/decision/policy_controls.h"
#include "widgets/decision_page/stage_panel.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/marks.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

namespace {

constexpr int label_width = 58, verdict_mark = 11;

QWidget* thin_line(QWidget* parent) {
  auto* line = new QWidget(parent);
  line->setFixedHeight(1);
  line->setAutoFillBackground(true);
  line->setBackgroundRole(QPalette::Mid);
  return line;
}

QLabel* heading(const QString& words, QWidget* parent) {
  auto* label = new QLabel(words, parent);
  label->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  return label;
}

}  // namespace

PolicyPanel::PolicyPanel(DecisionAnalysis* analysis, QWidget* parent)
    : Ground(parent),
      analysis_(analysis),
      controls_(new PolicyControls(this)),
      stages_(new StagePanel(analysis, this)),
      parameters_(new QGridLayout),
      rows_(new QVBoxLayout(this)) {
  setAccessibleName(tr("Policy"));
  rows_->setContentsMargins(0, 0, 0, spacing::page_margin);
  rows_->setSpacing(spacing::grid);
  auto* title = new TitleBar(tr("Policy"), {}, this);
  controls_->reset()->setFlat(true);
  title->add_control(controls_->reset());
  rows_->addWidget(title);
  auto* inset = new QVBoxLayout;
  inset->setContentsMargins(spacing::page_margin, 0, spacing::page_margin, 0);
  inset->setSpacing(spacing::grid);
  parameters_->setHorizontalSpacing(spacing::label_to_control);
  parameters_->setVerticalSpacing(spacing::grid);
  parameters_->setColumnMinimumWidth(0, label_width);
  parameters_->setColumnStretch(1, 1);
  const auto add = [&](int row, const QString& words, QWidget* control) {
    auto* label = new SecondaryLabel(words, this);
    label->setBuddy(control);
    control->setAccessibleName(words);
    parameters_->addWidget(label, row, 0);
    parameters_->addWidget(control, row, 1);
  };
  controls_->kinds()->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  controls_->voters()->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  add(0, tr("Policy"), controls_->kinds());
  add(1, tr("Voters"), controls_->voters());
  inset->addLayout(parameters_);
  inset->addWidget(stages_);
  inset->addWidget(thin_line(this));
  inset->addWidget(make_verdicts());
  rows_->addLayout(inset);
  rows_->addStretch(1);
  connect(controls_, &PolicyControls::parameters_leaving, this, &PolicyPanel::drop_parameters);
  connect(controls_, &PolicyControls::parameters_made, this, &PolicyPanel::take_parameters);
  connect(analysis_, &DecisionAnalysis::moved, this, &PolicyPanel::show_counts);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, &PolicyPanel::show_counts);
  show_marks();
  setEnabled(false);
}

PolicyPanel::Line PolicyPanel::make_line(QGridLayout* grid, int row, const QString& words) {
  Line line;
  line.mark = new QLabel(this);
  line.value = new QLabel(this);
  line.baseline = new SecondaryLabel({}, this);
  line.value->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  line.value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  line.baseline->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  grid->addWidget(line.mark, row, 0);
  grid->addWidget(new QLabel(words, this), row, 1);
  grid->addWidget(line.value, row, 2);
  grid->addWidget(line.baseline, row, 3);
  return line;
}

QWidget* PolicyPanel::make_verdicts() {
  auto* box = new QWidget(this);
  auto* grid = new QGridLayout(box);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(spacing::grid);
  grid->setVerticalSpacing(6);
  split_ = heading({}, this);
  reference_ = new SecondaryLabel({}, this);
  reference_->setFont(ui_font(TextSize::small));
  reference_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  grid->addWidget(split_, 0, 0, 1, 2);
  grid->addWidget(reference_, 0, 2, 1, 2);
  for (std::size_t i = 0; i < verdict_kinds; ++i)
    verdicts_[i] =
        make_line(grid, static_cast<int>(i) + 1, short_verdict_name(static_cast<Verdict>(i)));
  latency_ = make_line(grid, static_cast<int>(verdict_kinds) + 1, tr("expected latency"));
  constexpr std::string_view figures[] = {"kept_correct", "undetected_mispredictions",
                                          "caught_mispredictions", "needlessly_rejected",
                                          "not_judged"};
  static_assert(std::size(figures) == verdict_kinds);
  for (std::size_t i = 0; i < verdict_kinds; ++i) {
    explain(verdicts_[i].value, figures[i]);
    explain(verdicts_[i].baseline, "decision.baseline");
  }
  explain(latency_.value, "expected_latency_ms");
  explain(latency_.baseline, "decision.baseline");
  explain(reference_, "decision.baseline");
  grid->setColumnStretch(1, 1);
  // Wide enough for any figure, so that nothing moves under a slider.
  grid->setColumnMinimumWidth(2, 62);
  grid->setColumnMinimumWidth(3, 56);
  return box;
}

void PolicyPanel::add_section(QWidget* section) {
  const int before = rows_->count() - 1;
  auto* inset = new QVBoxLayout;
  inset->setContentsMargins(spacing::page_margin, 0, spacing::page_margin, 0);
  inset->setSpacing(spacing::grid);
  inset->addWidget(thin_line(this));
  inset->addWidget(section);
  rows_->insertLayout(before, inset);
}

void PolicyPanel::set_review(RunReview* review) {
  setEnabled(review != nullptr);
  controls_->set_review(review);
  split_->setText(review == nullptr ? tr("Verdicts")
                                    : tr("Verdicts on %1").arg(text_of(review->run().split)));
  const bool unjudged = review != nullptr && review->decisions().counts[Verdict::unjudged] > 0;
  Line& last = verdicts_[static_cast<std::size_t>(Verdict::unjudged)];
  auto* grid = static_cast<QGridLayout*>(last.mark->parentWidget()->layout());
  for (int column = 0; column < 4; ++column)
    grid->itemAtPosition(static_cast<int>(verdict_kinds), column)->widget()->setVisible(unjudged);
}

void PolicyPanel::drop_parameters() {
  for (const PolicyControls::Parameter& parameter : controls_->parameters())
    parameters_->removeWidget(parameter.body);
  for (QWidget* label : std::as_const(labels_)) {
    parameters_->removeWidget(label);
    label->hide();
    label->deleteLater();
  }
  labels_.clear();
}

void PolicyPanel::take_parameters() {
  int row = 2;
  for (const PolicyControls::Parameter& parameter : controls_->parameters()) {
    auto* label = new SecondaryLabel(parameter.name, this);
    label->setBuddy(parameter.in_order().front());
    label->setToolTip(parameter.in_order().front()->toolTip());
    explain(label, "decision.parameter");
    labels_.append(label);
    parameters_->addWidget(label, row, 0);
    parameters_->addWidget(parameter.body, row, 1);
    label->show();
    parameter.body->show();
    ++row;
  }
}

void PolicyPanel::show_counts() {
  const RunReview* review = analysis_->review();
  const bool there = review != nullptr;
  const auto baseline = there ? analysis_->baseline_counts() : std::nullopt;
  for (std::size_t i = 0; i < verdict_kinds; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    verdicts_[i].value->setText(there ? with_thousands(analysis_->counts()[verdict]) : QString());
    // While the policy is reduced anew these are the last figures.
    verdicts_[i].value->setForegroundRole(there && review->busy() ? QPalette::PlaceholderText
                                                                  : QPalette::WindowText);
    verdicts_[i].baseline->setText(baseline ? with_thousands((*baseline)[verdict])
                                   : there  ? QString(no_value)
                                            : QString());
  }
  reference_->setText(there ? analysis_->baseline_name() : QString());
  const auto ms = [](std::optional<double> value) {
    return value ? decimal(*value, 2) + QStringLiteral("\u00A0ms") : QString(no_value);
  };
  latency_.value->setText(there ? ms(analysis_->cost().latency_ms) : QString());
  latency_.value->setForegroundRole(
      there && !analysis_->cost_is_current() ? QPalette::PlaceholderText : QPalette::WindowText);
  latency_.baseline->setText(there ? ms(analysis_->baseline_ms()) : QString());
  latency_.value->setToolTip(
      analysis_->review() != nullptr && analysis_->cost().ratio
          ? tr("%1 × the first voter alone, per batch").arg(decimal(*analysis_->cost().ratio, 2))
          : tr("not every voter that is asked was measured on the same device with the same "
               "batch"));
}

QString PolicyPanel::count_text(Verdict verdict) const {
  return verdicts_[static_cast<std::size_t>(verdict)].value->text();
}

QString PolicyPanel::baseline_text(Verdict verdict) const {
  return verdicts_[static_cast<std::size_t>(verdict)].baseline->text();
}

QString PolicyPanel::latency_text() const { return latency_.value->text(); }

void PolicyPanel::show_marks() {
  const double ratio = devicePixelRatioF();
  for (std::size_t i = 0; i < verdict_kinds; ++i) {
    QPixmap pixmap(QSize(verdict_mark, verdict_mark) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    const auto verdict = static_cast<Verdict>(i);
    draw_verdict_mark(painter, QRectF(0, 0, verdict_mark, verdict_mark), verdict,
                      verdict_fill(verdict));
    painter.end();
    verdicts_[i].mark->setPixmap(pixmap);
  }
}

void PolicyPanel::changeEvent(QEvent* event) {
  Ground::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) show_marks();
}

}  // namespace plumbline
