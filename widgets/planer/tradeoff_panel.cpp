#include "widgets/planer/tradeoff_panel.h"

#include <QMenu>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/figures/figure_tips.h"
#include "widgets/planer/architecture_model.h"
#include "widgets/planer/architecture_view.h"
#include "widgets/planer/panel_controls.h"
#include "widgets/planer/planer_words.h"
#include "widgets/planer/search_bar.h"
#include "widgets/planer/target_slider.h"
#include "widgets/planer/tradeoff_plot.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

// With its slider. So much lower than is comfortable, so that everything fits in a window of 700
// pixels, where the bar above takes two rows.
constexpr int least_plot_height = 240;
constexpr int measurement_seconds = 40, energy_seconds = 180;  // energies come on top
constexpr double least_shown_target = 0.01;

}  // namespace

TradeoffPanel::TradeoffPanel(PlanerReview* review, ArchitectureModel* architectures,
                             QWidget* parent)
    : Ground(parent),
      review_(review),
      title_(
          new TitleBar(tr("Accuracy against latency"), tr("drag to aim, Enter to launch"), this)),
      searches_(title_button(tr("Searches…"), "planer_searches", false)),
      fractions_(title_button(tr("× baseline"), "planer_fractions", true)),
      energy_(title_button(tr("Energy"), "planer_energy", true)),
      stack_(new QStackedWidget(this)),
      plot_(new TradeoffPlot(review)),
      slider_(new TargetSlider),
      measure_button_(new QPushButton(tr("Measure this device"))),
      search_(new SearchBar(review)),
      strips_(new ArchitectureView(architectures)) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  make_title();
  explain(title_, "planer.front");
  explain(slider_, "target.share");
  stack_->addWidget(make_chart());
  stack_->setMinimumHeight(least_plot_height);
  stack_->addWidget(make_unmeasured());
  strips_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
  rows->addWidget(title_);
  rows->addWidget(stack_, 1);
  rows->addWidget(search_);
  rows->addWidget(new TitleBar(tr("Architectures"), tr("click two to compare"), this));
  rows->addWidget(strips_);
  rows->addWidget(new OptionLegend);
  connect(search_, &SearchBar::launch, this, [this] { Q_EMIT launch(review_->target()); });
  connect(search_, &SearchBar::failed, this, &TradeoffPanel::failed);
}

void TradeoffPanel::make_title() {
  searches_->setToolTip(tr("further searches and devices in the same plot"));
  fractions_->setToolTip(
      tr("latencies as fractions of the baseline's, so that devices can be compared"));
  auto* settings = title_button(tr("Settings…"), "search_settings", false);
  settings->setToolTip(tr("steps, seed and name of the searches that are launched"));
  title_->add_control(searches_);
  energy_->setToolTip(
      tr("accuracy against the energy of 1,000 tokens, and targets of energy: where the device "
         "counts it and it was measured"));
  title_->add_control(energy_);
  // Until a curve is read: a control that goes at once would have widened a small window for good.
  for (QToolButton* control : {searches_, energy_}) control->hide();
  title_->add_control(fractions_);
  title_->add_control(settings);
  connect(settings, &QToolButton::clicked, this, &TradeoffPanel::settings_wanted);
  connect(fractions_, &QToolButton::toggled, plot_, &TradeoffPlot::set_fractions);
  connect(energy_, &QToolButton::clicked, this, [this](bool energy) {
    review_->set_cost(energy ? CostKind::energy : CostKind::latency);
  });
  auto* menu = new QMenu(searches_);
  connect(searches_, &QToolButton::clicked, menu,
          [this, menu] { menu->popup(searches_->mapToGlobal(QPoint(0, searches_->height()))); });
}

/// Plot and slider share their left edge, so that a pixel of the one is a pixel of the other.
QWidget* TradeoffPanel::make_chart() {
  auto* chart = new Ground;
  auto* column = new QVBoxLayout(chart);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(plot_, 1);
  column->addWidget(slider_);
  connect(plot_, &TradeoffPlot::axis_placed, slider_, &TargetSlider::set_axis);
  connect(plot_, &TradeoffPlot::entry_clicked, this,
          [this](const QString& key) { review_->select({key.toStdString()}); });
  connect(slider_, &TargetSlider::target_moved, this, [this](double target) {
    if (slider_->is_dragging()) plot_->set_dragging(true);
    review_->set_target(target);
  });
  connect(slider_, &TargetSlider::drag_ended, this, [this] {
    plot_->set_dragging(false);
    Q_EMIT drag_ended();
  });
  connect(slider_, &TargetSlider::launched, this, &TradeoffPanel::launch);
  return chart;
}

QWidget* TradeoffPanel::make_unmeasured() {
  auto* unmeasured = new Ground;
  auto* middle = new QVBoxLayout(unmeasured);
  measure_words_ = notice_label(unmeasured);
  measure_words_->setObjectName(QStringLiteral("measure_words"));
  measure_button_->setObjectName(QStringLiteral("measure_first"));
  measure_button_->setProperty("primary", true);
  middle->addStretch(1);
  middle->addWidget(measure_words_);
  middle->addSpacing(spacing::grid);
  middle->addWidget(measure_button_, 0, Qt::AlignHCenter);
  middle->addStretch(1);
  connect(measure_button_, &QPushButton::clicked, this, &TradeoffPanel::measure);
  return unmeasured;
}

QWidget* TradeoffPanel::main_view() const {
  return stack_->currentIndex() == 0 ? static_cast<QWidget*>(slider_) : measure_button_;
}

QString TradeoffPanel::notice() const {
  return stack_->currentIndex() == 1 ? measure_words_->text() : QString();
}

void TradeoffPanel::show_subject() {
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr) return;
  const bool of_energy = curve->subject.cost == CostKind::energy;
  energy_->setChecked(of_energy);
  energy_->setVisible(of_energy || curve->knows_energies);
  title_->set_name(of_energy ? tr("Accuracy against energy") : tr("Accuracy against latency"));
  const bool measured = curve->baseline_cost().has_value();
  stack_->setCurrentIndex(measured ? 0 : 1);
  fractions_->setEnabled(measured);
  if (!measured) {
    const StepKey& key = curve->subject.key;
    explain(measure_words_, "planer.measuring");
    measure_words_->setText(
        tr("Measure this device first (about %1 s).<br>"
           "Every option of %2 at batch %3, length %4, memory %5 in %6.")
            .arg(of_energy ? measurement_seconds + energy_seconds : measurement_seconds)
            .arg(backbone_text(curve->config).toHtmlEscaped())
            .arg(key.batch)
            .arg(key.length)
            .arg(key.memory)
            .arg(text_of(key.precision).toHtmlEscaped()));
  }
  slider_->set_least(curve->front && measured
                         ? *curve->estimated_fraction(curve->front->least_cost())
                         : least_shown_target);
  title_->set_fact(curve->front_error ? text_of(curve->front_error->message)
                   : curve->front     ? tr("drag to aim, Enter to launch")
                                      : tr("a search measures the front"));
  fill_searches();
}

void TradeoffPanel::show_target() { slider_->set_target(review_->target()); }

void TradeoffPanel::show_launch(const std::optional<LaunchPreview>& preview,
                                const QString& obstacle) {
  if (preview) slider_->set_words(preview->words.join(QStringLiteral(" · ")));
  search_->set_obstacle(preview ? preview->obstacle : obstacle);
}

void TradeoffPanel::fill_searches() {
  auto* menu = searches_->findChild<QMenu*>();
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

}  // namespace plumbline
