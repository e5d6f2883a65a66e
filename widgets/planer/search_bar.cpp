#include "widgets/planer/search_bar.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/bars/bar.h"
#include "widgets/bars/elided_label.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/planer/planer_words.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

struct FigureName {
  const char* name;
  const char* label;
  const char* figure;
};
constexpr FigureName figure_names[] = {
    {"figure_loss", QT_TRANSLATE_NOOP("plumbline::SearchBar", "cross-entropy"), "planer.loss"},
    {"figure_latency_loss", QT_TRANSLATE_NOOP("plumbline::SearchBar", "latency loss"),
     "planer.latency_loss"},
    {"figure_latency", QT_TRANSLATE_NOOP("plumbline::SearchBar", "estimated latency"),
     "planer.estimate"},
    {"figure_temperature", QT_TRANSLATE_NOOP("plumbline::SearchBar", "temperature τ"),
     "planer.temperature"},
    {"figure_entropy", QT_TRANSLATE_NOOP("plumbline::SearchBar", "entropy of the map"),
     "planer.entropy"},
    {"figure_gradient", QT_TRANSLATE_NOOP("plumbline::SearchBar", "gradient norm"),
     "planer.gradient"}};

QString label_of(const char* figure) {
  return QString::fromLatin1(figure) + QStringLiteral("_label");
}

QString speed_text(double rate, const std::string& unit) {
  const QString words = unit.empty() ? QStringLiteral("steps") : text_of(unit);
  return QStringLiteral("%1 %2/s").arg(decimal(rate, rate < 10 ? 2 : 1), words);
}

/// How far a search is that has no job here: one that was brought from another study, say, or whose
/// jobs were removed.
QString standing_text(const SearchInfo& search, const std::vector<NetworkInfo>& networks) {
  const auto is_found = [&](double target) {
    return std::ranges::any_of(networks, [&](const NetworkInfo& network) {
      return network.search == search.name && network.origin == NetworkOrigin::found &&
             same_target(network.target, target);
    });
  };
  const auto found = std::ranges::count_if(search.targets, is_found);
  const auto targets = static_cast<std::ptrdiff_t>(search.targets.size());
  return (found == targets ? SearchBar::tr("finished, %1 of %2 found")
                           : SearchBar::tr("not running, %1 of %2 found"))
      .arg(found)
      .arg(counted(targets, SearchBar::tr("target"), SearchBar::tr("targets")));
}

}  // namespace

SearchBar::SearchBar(PlanerReview* review, QWidget* parent)
    : QWidget(parent),
      review_(review),
      name_(new QLabel),
      done_(new ElidedLabel),
      rate_(new ElidedLabel),
      progress_(new QProgressBar),
      pause_(new QPushButton(tr("Pause"))),
      cancel_(new QPushButton(tr("Cancel"))),
      launch_(new QPushButton),
      figures_(new QWidget) {
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  name_->setObjectName(QStringLiteral("search_title"));
  name_->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  done_->setObjectName(QStringLiteral("search_done"));
  // It gives way on a small screen: the bar beside it says the same.
  done_->set_elide_mode(Qt::ElideRight);
  done_->setFont(ui_font());
  rate_->setObjectName(QStringLiteral("search_rate"));
  rate_->setFont(ui_font());
  explain(name_, "target.share");
  explain(done_, "planer.done");
  explain(progress_, "planer.done");
  explain(rate_, "planer.rate");
  explain(launch_, "target.share");
  rate_->set_elide_mode(Qt::ElideRight);
  progress_->setTextVisible(false);
  progress_->setFixedHeight(10);
  progress_->setMinimumWidth(12);
  progress_->setMaximumWidth(100);
  progress_->setRange(0, 1000);
  pause_->setObjectName(QStringLiteral("search_pause"));
  cancel_->setObjectName(QStringLiteral("search_cancel"));
  launch_->setObjectName(QStringLiteral("search_launch"));
  launch_->setProperty("primary", true);
  auto* top = new QHBoxLayout;
  top->setContentsMargins(spacing::page_margin, 0, spacing::page_margin, 0);
  top->setSpacing(8);
  top->addWidget(name_);
  top->addWidget(progress_, 1);
  top->addWidget(done_);
  top->addWidget(rate_, 2);
  for (QPushButton* button : {pause_, cancel_, launch_}) top->addWidget(button);
  constexpr int figures_height = 44, figures_gap = 14, next_row = 52;
  auto* row = new WrapLayout(figures_, next_row, figures_gap, spacing::page_margin);
  for (const FigureName& figure : figure_names) {
    auto* both = new QWidget(figures_);
    auto* column = new QVBoxLayout(both);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(1);
    auto* label = new SecondaryLabel(tr(figure.label), figures_);
    label->setFont(ui_font(TextSize::caption));
    label->setObjectName(label_of(figure.name));
    auto* value = new QLabel(no_value, figures_);
    value->setFont(ui_font(TextSize::small));
    value->setObjectName(QString::fromLatin1(figure.name));
    value->setAccessibleName(tr(figure.label));
    explain(label, figure.figure);
    explain(value, figure.figure);
    column->addWidget(label);
    column->addWidget(value);
    row->addWidget(both);
  }
  // One row: where it is narrow the last ones give way.
  figures_->setFixedHeight(figures_height);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 1, 0, 0);
  rows->setSpacing(0);
  auto* upper = new QWidget(this);
  upper->setLayout(top);
  upper->setFixedHeight(spacing::bar_height);
  rows->addWidget(upper);
  rows->addWidget(figures_);

  const auto report = [this](const Result<void>& told) {
    if (!told) Q_EMIT failed(text_of(to_string(told.error())));
  };
  connect(pause_, &QPushButton::clicked, this, [this, report] {
    const auto& progress = review_->progress();
    if (!progress) return;
    if (is_over(progress->state)) {
      if (const auto again = review_->jobs()->run_again(progress->job); !again)
        Q_EMIT failed(text_of(to_string(again.error())));
    } else {
      report(progress->state == JobState::paused ? review_->jobs()->resume(progress->job)
                                                 : review_->jobs()->pause(progress->job));
    }
  });
  connect(cancel_, &QPushButton::clicked, this, [this, report] {
    if (review_->progress()) report(review_->jobs()->cancel(review_->progress()->job));
  });
  connect(launch_, &QPushButton::clicked, this, &SearchBar::launch);
  connect(review_, &PlanerReview::subject_changed, this, &SearchBar::refresh);
  connect(review_, &PlanerReview::progress_changed, this, &SearchBar::refresh);
  connect(review_, &PlanerReview::target_changed, this, &SearchBar::refresh);
  refresh();
}

void SearchBar::set_obstacle(const QString& reason) {
  obstacle_ = reason;
  launch_->setEnabled(reason.isEmpty());
  launch_->setToolTip(reason.isEmpty() ? tr("search for this target, or queue it (Enter)")
                                       : reason);
}

QString SearchBar::state_text() const { return done_->text() + u' ' + rate_->text(); }

QString SearchBar::figure(const char* name) const {
  const auto* label = findChild<QLabel*>(QString::fromLatin1(name));
  return label == nullptr ? QString() : label->text();
}

void SearchBar::refresh() {
  const auto& progress = review_->progress();
  const bool works = review_->is_searching();
  launch_->setText((works ? tr("Queue %1") : tr("Launch %1")).arg(target_text(review_->target())));
  const SearchInfo* kept = review_->catalogue().search(review_->subject().search);
  name_->setText(progress          ? tr("Search %1").arg(target_text(progress->target))
                 : kept != nullptr ? tr("Search %1").arg(text_of(kept->name))
                                   : tr("No search yet"));
  progress_->setVisible(progress.has_value());
  done_->setVisible(progress.has_value());
  pause_->setVisible(progress && progress->state != JobState::finished);
  cancel_->setVisible(works);
  for (QPushButton* control : {pause_, cancel_}) offer(control, review_->jobs()->obstacle());
  if (!progress && kept != nullptr) {
    rate_->setText(standing_text(*kept, review_->catalogue().networks));
  } else if (!progress) {
    rate_->setText(review_->curve() == nullptr ? QString()
                                               : tr("drag the target, or press Launch"));
  } else {
    progress_->setValue(
        progress->state == JobState::finished ? 1000 : static_cast<int>(1000 * progress->share()));
    progress_->setToolTip(text_of(progress->phase));
    done_->setText(progress->total > 0 ? tr("%1 / %2").arg(with_thousands(progress->done),
                                                           with_thousands(progress->total))
                                       : QString());
    QStringList figures;
    if (progress->state == JobState::running) {
      if (progress->eta_s) figures << tr("%1 left").arg(duration_text(*progress->eta_s));
      if (progress->rate > 0) figures << speed_text(progress->rate, {});
    } else {
      figures << job_state_name(progress->state);
      if (progress->state == JobState::finished)
        figures << tr("took %1").arg(duration_text(progress->seconds));
      // A job that was cancelled says so, and nothing else.
      if (progress->failure && progress->state != JobState::cancelled)
        figures << text_of(progress->failure->message);
      if (progress->state == JobState::ended || progress->state == JobState::cancelled)
        figures << tr("its checkpoint is kept");
    }
    rate_->setText(figures.join(QStringLiteral(", ")));
    pause_->setText(progress->state == JobState::running ? tr("Pause") : tr("Resume"));
  }
  refresh_figures();
}

void SearchBar::refresh_figures() {
  const auto& progress = review_->progress();
  const SearchCurve* curve = review_->curve();
  const auto set = [this](const char* name, const QString& value) {
    figures_->findChild<QLabel*>(QString::fromLatin1(name))
        ->setText(value.isEmpty() ? QString(no_value) : value);
  };
  for (const FigureName& figure : figure_names) set(figure.name, {});
  figures_->setVisible(progress.has_value());
  if (!progress || curve == nullptr) return;
  if (!progress->path.empty()) {
    const JobSearchPoint& point = progress->path.back();
    set("figure_loss",
        QStringLiteral("%1 %2").arg(decimal(point.loss, 4), curve->unit.nats_name()));
    const bool of_time = curve->subject.cost == CostKind::latency;
    const auto call = [this](const char* name, const QString& text) {
      figures_->findChild<QLabel*>(label_of(name))->setText(text);
      figures_->findChild<QLabel*>(QString::fromLatin1(name))->setAccessibleName(text);
    };
    call("figure_latency_loss", of_time ? tr("latency loss") : tr("energy loss"));
    call("figure_latency", of_time ? tr("estimated latency") : tr("estimated energy"));
    if (point.target_cost > 0) {
      const double share = point.cost / point.target_cost;
      set("figure_latency_loss", share > 1 ? tr("β · %1, on").arg(decimal(share, 2)) : tr("off"));
    }
    const auto share = curve->estimated_fraction(point.cost);
    set("figure_latency",
        share ? QStringLiteral("%1, %2").arg(curve->text(point.cost), target_text(*share))
              : curve->text(point.cost));
    if (point.temperature > 0) set("figure_temperature", decimal(point.temperature, 2));
  }
  if (!progress->probabilities.empty())
    set("figure_entropy", tr("%1 of %2 nats")
                              .arg(decimal(mean_entropy(progress->probabilities), 2),
                                   decimal(greatest_entropy(progress->probabilities), 2)));
  if (progress->gradient_norm) set("figure_gradient", decimal(*progress->gradient_norm, 2));
}

void SearchBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().base);
  painter.fillRect(QRect(0, 0, width(), 1), colours().line);
  if (figures_->isVisible())
    painter.fillRect(QRect(0, figures_->y(), width(), 1), colours().faint_line);
}

}  // namespace plumbline
