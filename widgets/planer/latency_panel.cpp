#include "widgets/planer/latency_panel.h"

#include <QVBoxLayout>

#include <cmath>

#include "widgets/bars/bar.h"
#include "widgets/bars/title_bar.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/jobs/job_center.h"
#include "widgets/planer/latency_bars.h"
#include "widgets/planer/panel_controls.h"
#include "widgets/planer/planer_review.h"
#include "widgets/planer/unkept_measurement.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

LatencyPanel::LatencyPanel(const PlanerReview* review, QWidget* parent)
    : QWidget(parent),
      review_(review),
      title_(new TitleBar(tr("Where the time goes"), {}, this)),
      by_block_(title_button(tr("By block"), "planer_by_block", true)),
      bars_(new LatencyBars),
      unkept_(new SecondaryLabel({}, this)) {
  by_block_->setToolTip(tr("each block of the selected network beside the baseline's"));
  explain(title_, "planer.times");
  explain(bars_, "planer.times");
  title_->add_control(by_block_);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(title_);
  rows->addSpacing(spacing::together);
  rows->addWidget(bars_);
  unkept_->setObjectName(QStringLiteral("unkept_measurement"));
  unkept_->setFont(ui_font(TextSize::small));
  unkept_->setWordWrap(true);
  unkept_->setTextFormat(Qt::PlainText);  // it has names of the study
  unkept_->setContentsMargins(spacing::page_margin, 0, spacing::page_margin, 0);
  explain(unkept_, "planer.sitting");
  rows->addWidget(unkept_);
  rows->addSpacing(spacing::together);
  connect(by_block_, &QToolButton::toggled, this, &LatencyPanel::refresh);
  connect(review_->jobs(), &JobCenter::jobs_changed, this, &LatencyPanel::show_unkept);
  connect(review_->jobs(), &JobCenter::job_advanced, this, &LatencyPanel::show_unkept);
  show_unkept();
}

/// "Measure again" may change nothing: then the user reads it here, not in the job's log alone.
/// What is damaged stands before it.
void LatencyPanel::show_unkept() {
  QStringList lines;
  for (const std::string& damaged : review_->catalogue().damaged) lines << text_of(damaged);
  if (const QString unkept = unkept_measurement(review_->jobs()->jobs(), review_->subject());
      !unkept.isEmpty())
    lines << unkept;
  const QString words = lines.join('\n');
  if (unkept_->text() != words) unkept_->setText(words);
  unkept_->setVisible(!words.isEmpty());
}

void LatencyPanel::refresh() {
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr) return;
  const bool by_block = by_block_->isChecked();
  auto rows = by_block ? latency_rows_by_block(*review_) : latency_rows_by_kind(*review_);
  const StepKey& key = curve->subject.key;
  QString note = tr("share of one step, length %1, memory %2").arg(key.length).arg(key.memory);
  if (by_block) note = tr("ms of each block on one scale; block 1 at the left");
  if (rows.empty()) note = tr("nothing has been measured on this device yet");
  bars_->show_rows(std::move(rows), by_block, note);
  QString fact = text_of(key.precision);
  if (curve->table && curve->table->cuda_graph) fact += tr(", CUDA graph");
  if (curve->table && curve->table->baseline.median_ms > 0)
    fact += tr(", sums %1 off").arg(percent(std::abs(curve->table->estimate_error()), 1));
  title_->set_fact(fact);
  show_unkept();
}

}  // namespace plumbline
