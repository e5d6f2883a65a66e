// What the PLANER page shows, brought up to date part by part.
#include "widgets/planer/planer_page.h"

#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>

#include <algorithm>
#include <cmath>

#include "widgets/bars/title_bar.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/planer/latency_bars.h"
#include "widgets/planer/latency_slider.h"
#include "widgets/planer/planer_bar.h"
#include "widgets/planer/planer_words.h"
#include "widgets/planer/probability_map_view.h"
#include "widgets/planer/search_bar.h"
#include "widgets/planer/target_model.h"
#include "widgets/planer/tradeoff_plot.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

void PlanerPage::refresh() {
  const SearchCurve* curve = review_->curve();
  const bool has_network = curve != nullptr;
  content_->setVisible(has_network);
  bar_->setVisible(has_network);
  empty_->setVisible(!has_network);
  if (study_.isEmpty()) {
    page_notice_->setText(study_notice_);
  } else if (!has_network) {
    const QString study = shell_line({study_}).toHtmlEscaped();
    page_notice_->setText(
        tr("Import or train a language model first:") +
        QStringLiteral("<br><br><table align='center'><tr><td><pre>"
                       "plumbline-engine planer train %1 \\\n"
                       "  --text TEXT --config tiny --steps 2000 --seed 1 --name base\n\n"
                       "plumbline-engine planer import %1 \\\n"
                       "  --file WEIGHTS.safetensors --config enwik8-base --map transformer-xl "
                       "--name base</pre></td></tr></table>")
            .arg(study));
  }
  empty_buttons_->setVisible(!study_.isEmpty());
  if (!has_network) return;
  const bool measured = curve->baseline_ms().has_value();
  plot_stack_->setCurrentIndex(measured ? 0 : 1);
  fractions_->setEnabled(measured);
  if (!measured) {
    const LatencyKey& key = curve->subject.key;
    measure_words_->setText(tr("Measure this device first (about %1 s).<br>"
                               "Every option of %2 at batch %3, length %4, memory %5 in %6.")
                                .arg(40)
                                .arg(backbone_text(curve->config).toHtmlEscaped())
                                .arg(key.batch)
                                .arg(key.length)
                                .arg(key.memory)
                                .arg(QString::fromStdString(key.precision).toHtmlEscaped()));
  }
  if (curve->front && measured)
    slider_->set_least(curve->front->fastest_ms() / *curve->baseline_ms());
  else
    slider_->set_least(0.01);
  adopt_target();
  slider_->set_target(review_->target());
  QString fact = tr("a search measures the front");
  if (curve->front_error)
    fact = QString::fromStdString(curve->front_error->message);
  else if (curve->front)
    fact = tr("drag to preview, release or Enter to launch");
  plot_title_->set_fact(fact);
  targets_title_->set_fact(targets_->summary());
  refresh_searches();
  refresh_map();
  refresh_bars();
  refresh_launch();
}

/// Another subject: where its search is. What the user has set since then stays.
void PlanerPage::adopt_target() {
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr || !review_->is_searching() || shown_ == curve->subject) return;
  shown_ = curve->subject;
  review_->set_target(review_->progress()->target);
}

void PlanerPage::refresh_map() {
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr) return;
  const auto slots_count = static_cast<std::size_t>(curve->config.slots());
  const auto& progress = review_->progress();
  const auto options = usable_options(curve->config);
  ProbabilityMap map;
  QString fact = tr("%1 blocks × %2 options").arg(slots_count).arg(options.size());
  if (progress && !progress->probabilities.empty()) {
    map = progress->probabilities;
    if (!progress->path.empty())
      fact += tr(", step %1").arg(with_thousands(progress->path.back().step));
  } else {
    for (const SearchPoint& point : curve->path)
      if (!point.probabilities.empty()) map = point.probabilities;
  }
  map_->show_map(map, slots_count, options);
  map_title_->set_fact(fact);
  const FrontPoint* predicted = review_->predicted();
  map_->outline(slider_->is_dragging() && predicted != nullptr
                    ? std::optional(predicted->architecture)
                    : std::nullopt);
}

void PlanerPage::refresh_bars() {
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr) return;
  const bool by_block = by_block_->isChecked();
  auto rows = by_block ? latency_rows_by_block(*review_) : latency_rows_by_kind(*review_);
  const LatencyKey& key = curve->subject.key;
  QString note = tr("share of one step, length %1, memory %2").arg(key.length).arg(key.memory);
  if (by_block) note = tr("ms of each block on one scale; block 1 at the left");
  if (rows.empty()) note = tr("nothing is measured on this device yet");
  bars_->show_rows(std::move(rows), by_block, note);
  QString fact = QString::fromStdString(key.precision);
  if (curve->table && curve->table->cuda_graph) fact += tr(", CUDA graph");
  if (curve->table && curve->table->baseline.median_ms > 0)
    fact += tr(", sums %1 off").arg(percent(std::abs(curve->table->estimate_error()), 1));
  bars_title_->set_fact(fact);
}

void PlanerPage::refresh_searches() {
  auto* menu = searches_->findChild<QMenu*>();
  if (menu == nullptr) {
    menu = new QMenu(searches_);
    connect(searches_, &QToolButton::clicked, menu,
            [this, menu] { menu->popup(searches_->mapToGlobal(QPoint(0, searches_->height()))); });
  }
  menu->clear();
  const auto shown = [&](const std::string& name) {
    return std::ranges::any_of(
        review_->others(), [&](const SearchCurve& curve) { return curve.subject.search == name; });
  };
  int others = 0;
  for (const SearchInfo& search : review_->catalogue().searches) {
    if (search.name == review_->subject().search) continue;
    ++others;
    QAction* action =
        menu->addAction(QStringLiteral("%1 · %2, %3")
                            .arg(text_of(search.name), text_of(search.base), key_text(search.key)));
    action->setCheckable(true);
    action->setChecked(shown(search.name));
    connect(action, &QAction::triggered, this, [this, name = search.name](bool on) {
      // The menu that asks is made anew by it.
      QMetaObject::invokeMethod(
          review_, [this, name, on] { review_->show_other(name, on); }, Qt::QueuedConnection);
    });
  }
  searches_->setVisible(others > 0);
}

/// What a launch would do, beside the handle.
void PlanerPage::refresh_launch() {
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr || !curve->baseline_ms()) return search_->set_obstacle(obstacle());
  QString reason = obstacle();
  QString twice;
  for (int row = 0; row < targets_->rowCount(); ++row) {
    const TargetRow& line = targets_->row(row);
    if (!same_target(line.target, review_->target())) continue;
    if (line.state == TargetRow::State::done) twice = tr("%1 is found already");
    if (line.state == TargetRow::State::queued) twice = tr("%1 is queued already");
    if (line.state == TargetRow::State::searching || line.state == TargetRow::State::retraining)
      twice = tr("%1 is at work already");
  }
  if (!twice.isEmpty()) twice = twice.arg(target_text(review_->target()));
  if (reason.isEmpty()) reason = twice;
  QStringList words;
  if (const FrontPoint* point = review_->predicted()) {
    words << tr("predicted %1 %2")
                 .arg(curve->unit.text(curve->expected_nats(*point)), curve->unit.name())
          << tr("%1 faster").arg(target_text(*curve->baseline_ms() / point->latency_ms));
  } else if (curve->front) {
    words << tr("nothing is as fast: at least %1").arg(ms_text(curve->front->fastest_ms()));
    if (reason.isEmpty()) reason = words.back();
  } else {
    words << tr("%1 faster").arg(target_text(1 / review_->target()));
  }
  if (const auto seconds = expected_seconds(jobs_->jobs(), current_settings().steps))
    words << tr("about %1").arg(duration_text(std::round(*seconds)));
  if (!twice.isEmpty()) words << twice;
  slider_->set_words(words.join(QStringLiteral(" · ")));
  search_->set_obstacle(reason);
}

}  // namespace plumbline
