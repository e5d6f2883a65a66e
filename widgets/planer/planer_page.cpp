#include "widgets/planer/planer_page.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

#include "widgets/bars/title_bar.h"
#include "widgets/jobs/device_list.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/planer/architecture_model.h"
#include "widgets/planer/architecture_view.h"
#include "widgets/planer/latency_bars.h"
#include "widgets/planer/latency_slider.h"
#include "widgets/planer/planer_bar.h"
#include "widgets/planer/planer_words.h"
#include "widgets/planer/probability_map_view.h"
#include "widgets/planer/search_bar.h"
#include "widgets/planer/selected_panel.h"
#include "widgets/planer/target_model.h"
#include "widgets/planer/target_view.h"
#include "widgets/planer/tradeoff_plot.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

constexpr int right_width = 536, left_width = 848, least_right_width = 452;
constexpr int least_plot_height = 310;

QToolButton* title_button(const QString& words, const char* name, bool checkable) {
  auto* button = new QToolButton;
  button->setText(words);
  button->setObjectName(QString::fromLatin1(name));
  button->setAutoRaise(true);
  button->setCheckable(checkable);
  button->setFont(ui_font(TextSize::small));
  return button;
}

QLabel* notice_label(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setAlignment(Qt::AlignCenter);
  label->setWordWrap(true);
  label->setTextFormat(Qt::RichText);
  label->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard |
                                 Qt::TextSelectableByMouse);
  return label;
}

}  // namespace

PlanerPage::PlanerPage(JobCenter* jobs, DeviceList* devices, QWidget* parent)
    : Page(parent),
      jobs_(jobs),
      devices_(devices),
      review_(new PlanerReview(jobs, this)),
      bar_(new PlanerBar(review_, devices)),
      page_notice_(notice_label(this)) {
  page_notice_->setObjectName(QStringLiteral("planer_notice"));
  connect(page_notice_, &QLabel::linkActivated, this, &Page::link_activated);
  auto* split = new QSplitter(Qt::Horizontal, this);
  split->setHandleWidth(1);
  split->setChildrenCollapsible(false);
  split->addWidget(make_left());
  split->addWidget(make_right());
  split->setStretchFactor(0, left_width);
  split->setStretchFactor(1, right_width);
  split->setSizes({left_width, right_width});
  content_ = split;
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(bar_);
  rows->addWidget(content_, 1);
  rows->addWidget(make_empty(), 1);
  make_actions();
  connect(bar_, &PlanerBar::measure, this, &PlanerPage::measure);
  connect(review_, &PlanerReview::subject_changed, this, &PlanerPage::refresh);
  connect(review_, &PlanerReview::target_changed, this, [this] {
    slider_->set_target(review_->target());
    refresh_launch();
    refresh_map();
  });
  connect(review_, &PlanerReview::progress_changed, this, [this] {
    adopt_target();
    refresh_map();
    refresh_launch();
  });
  connect(review_, &PlanerReview::selection_changed, this, &PlanerPage::refresh_bars);
  connect(review_, &PlanerReview::strips_changed, this, [this] {
    // What is found or selected changes the bars; a step of the search does not.
    const PlanerEntry* described = review_->described();
    if (described != nullptr && described->role == PlanerEntry::Role::searching) refresh_bars();
    if (described != nullptr && described->role == PlanerEntry::Role::predicted) refresh_bars();
  });
  connect(review_, &PlanerReview::study_grew, this, &PlanerPage::reload_wanted,
          Qt::QueuedConnection);
  connect(devices_, &DeviceList::changed, this, &PlanerPage::refresh_launch);
  connect(jobs_, &JobCenter::jobs_changed, this, &PlanerPage::refresh_launch);
  refresh();
}

QWidget* PlanerPage::make_empty() {
  empty_ = new QWidget(this);
  empty_buttons_ = new QWidget(empty_);
  auto* row = new QHBoxLayout(empty_buttons_);
  row->addStretch(1);
  const auto add = [&](const QString& words, const char* name, const QString& link) {
    auto* button = new QPushButton(words, empty_buttons_);
    button->setObjectName(QString::fromLatin1(name));
    connect(button, &QPushButton::clicked, this, [this, link] { Q_EMIT link_activated(link); });
    row->addWidget(button);
  };
  add(tr("Train a language model…"), "train_network_button",
      QStringLiteral("train-language-model"));
  add(tr("Import a language model…"), "import_network_button",
      QStringLiteral("import-language-model"));
  row->addStretch(1);
  auto* rows = new QVBoxLayout(empty_);
  rows->addStretch(1);
  rows->addWidget(page_notice_);
  rows->addWidget(empty_buttons_);
  rows->addStretch(1);
  return empty_;
}

/// Plot and slider share their left edge, so that a pixel of the one is a pixel of the other.
QWidget* PlanerPage::make_left() {
  auto* panel = new Ground;
  auto* rows = new QVBoxLayout(panel);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  plot_title_ = new TitleBar(tr("Accuracy against latency"),
                             tr("drag to preview, release or Enter to launch"), panel);
  searches_ = title_button(tr("Searches…"), "planer_searches", false);
  searches_->setToolTip(tr("further searches and devices in the same plot"));
  fractions_ = title_button(tr("× baseline"), "planer_fractions", true);
  fractions_->setToolTip(tr("latencies as fractions of the baseline's, so that devices compare"));
  plot_title_->add_control(searches_);
  plot_title_->add_control(fractions_);
  auto* settings = title_button(tr("Settings…"), "search_settings", false);
  settings->setToolTip(tr("steps, seed and name of the searches that are launched"));
  connect(settings, &QToolButton::clicked, this, &PlanerPage::ask_settings);
  plot_title_->add_control(settings);
  rows->addWidget(plot_title_);

  plot_stack_ = new QStackedWidget(panel);
  auto* chart = new Ground;
  auto* column = new QVBoxLayout(chart);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  plot_ = new TradeoffPlot(review_);
  slider_ = new LatencySlider;
  column->addWidget(plot_, 1);
  column->addWidget(slider_);
  plot_stack_->addWidget(chart);
  plot_stack_->setMinimumHeight(least_plot_height);
  auto* unmeasured = new Ground;
  auto* middle = new QVBoxLayout(unmeasured);
  measure_words_ = notice_label(unmeasured);
  measure_words_->setObjectName(QStringLiteral("measure_words"));
  measure_button_ = new QPushButton(tr("Measure this device"));
  measure_button_->setObjectName(QStringLiteral("measure_first"));
  measure_button_->setProperty("primary", true);
  middle->addStretch(1);
  middle->addWidget(measure_words_);
  middle->addSpacing(spacing::grid);
  middle->addWidget(measure_button_, 0, Qt::AlignHCenter);
  middle->addStretch(1);
  plot_stack_->addWidget(unmeasured);
  rows->addWidget(plot_stack_, 1);

  search_ = new SearchBar(review_);
  rows->addWidget(search_);
  rows->addWidget(new TitleBar(tr("Architectures"), tr("click two to compare"), panel));
  architectures_ = new ArchitectureModel(review_, this);
  strips_ = new ArchitectureView(architectures_);
  strips_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
  rows->addWidget(strips_);
  rows->addWidget(new OptionLegend);

  connect(plot_, &TradeoffPlot::axis_placed, slider_,
          [this](double left, double right, double lower, double upper) {
            slider_->set_axis(left, right, lower, upper);
          });
  connect(plot_, &TradeoffPlot::entry_clicked, this,
          [this](const QString& key) { review_->select({key.toStdString()}); });
  connect(slider_, &LatencySlider::target_moved, this, [this](double target) {
    if (slider_->is_dragging()) plot_->set_dragging(true);
    review_->set_target(target);
  });
  connect(slider_, &LatencySlider::drag_ended, this, [this] {
    plot_->set_dragging(false);
    refresh_map();
  });
  connect(slider_, &LatencySlider::launched, this, &PlanerPage::launch);
  connect(search_, &SearchBar::launch, this, [this] { launch(review_->target()); });
  connect(search_, &SearchBar::failed, this, &PlanerPage::failed);
  connect(fractions_, &QToolButton::toggled, plot_, &TradeoffPlot::set_fractions);
  connect(measure_button_, &QPushButton::clicked, this, &PlanerPage::measure);
  return panel;
}

QWidget* PlanerPage::make_right() {
  auto* panel = new Ground;
  auto* rows = new QVBoxLayout(panel);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  map_title_ = new TitleBar(tr("Probability map"), {}, panel);
  map_ = new ProbabilityMapView;
  bars_title_ = new TitleBar(tr("Where the time goes"), {}, panel);
  by_block_ = title_button(tr("By block"), "planer_by_block", true);
  by_block_->setToolTip(tr("each block of the selected network beside the baseline's"));
  bars_title_->add_control(by_block_);
  bars_ = new LatencyBars;
  targets_title_ = new TitleBar(tr("Targets"), {}, panel);
  targets_ = new TargetModel(review_, this);
  auto* table = new TargetView(targets_);
  target_table_ = table;
  new_targets_ = new QLineEdit;
  new_targets_->setObjectName(QStringLiteral("new_targets"));
  new_targets_->setPlaceholderText(tr("0.55, 0.45"));
  new_targets_->setAccessibleName(tr("Targets to add, as fractions of the baseline's latency"));
  add_ = new QPushButton(tr("Add to queue"));
  add_->setObjectName(QStringLiteral("add_targets"));
  export_ = new QPushButton(tr("Export…"));
  export_->setObjectName(QStringLiteral("planer_export"));
  selected_ = new SelectedPanel(review_);
  auto* add_row = new QWidget(panel);
  auto* items = new QHBoxLayout(add_row);
  items->setContentsMargins(spacing::page_margin, spacing::grid, spacing::page_margin,
                            spacing::grid);
  items->setSpacing(spacing::grid);
  auto* words = new SecondaryLabel(tr("Add targets"), add_row);
  words->setBuddy(new_targets_);
  items->addWidget(words);
  items->addWidget(new_targets_, 1);
  items->addWidget(add_);
  items->addStretch(1);
  items->addWidget(export_);
  rows->addWidget(map_title_);
  rows->addWidget(map_);
  rows->addWidget(bars_title_);
  rows->addSpacing(spacing::together);
  rows->addWidget(bars_);
  rows->addSpacing(spacing::together);
  rows->addWidget(targets_title_);
  rows->addWidget(target_table_);
  rows->addWidget(add_row);
  rows->addWidget(selected_);
  rows->addStretch(1);
  map_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  target_table_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);

  connect(by_block_, &QToolButton::toggled, this, &PlanerPage::refresh_bars);
  connect(add_, &QPushButton::clicked, this, &PlanerPage::add_targets);
  connect(new_targets_, &QLineEdit::returnPressed, this, &PlanerPage::add_targets);
  connect(targets_, &TargetModel::reordered, this, &PlanerPage::reorder);
  connect(table, &TargetView::removal_wanted, this, &PlanerPage::remove_target);
  connect(table, &TargetView::row_chosen, this, [this](int row) {
    const std::string& network = targets_->row(row).network;
    for (const PlanerEntry& entry : review_->strips())
      if (!network.empty() && entry.network == network) review_->select({entry.key()});
  });
  const auto count = [this] { targets_title_->set_fact(targets_->summary()); };
  connect(targets_, &QAbstractItemModel::modelReset, this, count);
  connect(targets_, &QAbstractItemModel::dataChanged, this, count);
  make_export_menu();

  // A low window scrolls this side; the plot on the other one gives way instead.
  auto* area = new QScrollArea;
  area->setObjectName(QStringLiteral("planer_right"));
  area->setFrameShape(QFrame::NoFrame);
  area->setWidgetResizable(true);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setWidget(panel);
  area->setMinimumWidth(least_right_width);
  area->setFocusPolicy(Qt::NoFocus);
  return area;
}

QWidget* PlanerPage::main_view() {
  if (!content_->isVisibleTo(this)) return empty_;
  return plot_stack_->currentIndex() == 0 ? static_cast<QWidget*>(slider_) : measure_button_;
}

void PlanerPage::theme_changed() { refresh(); }

bool PlanerPage::settled() const { return map_->settled() && !devices_->is_asking(); }

void PlanerPage::show_notice(const QString& text) {
  study_notice_ = text;
  if (study_.isEmpty()) refresh();
}

void PlanerPage::set_catalogue(std::optional<PlanerCatalogue> catalogue, const QString& study) {
  const bool same = study == study_;
  study_ = catalogue ? study : QString();
  if (!same) settings_.reset();
  const bool has_networks = catalogue && !catalogue->networks.empty();
  review_->set_catalogue(std::move(catalogue));
  if (has_networks && !devices_->asked()) devices_->ask();
}

void PlanerPage::open_search(const QString& name) { review_->open_search(name.toStdString()); }

void PlanerPage::open_network(const QString& name) {
  const std::string wanted = name.toStdString();
  const NetworkInfo* network = review_->catalogue().network(wanted);
  if (network == nullptr) return;
  if (!network->search.empty()) {
    review_->open_search(network->search);
    for (const PlanerEntry& entry : review_->strips())
      if (entry.network == wanted) review_->select({entry.key()});
    return;
  }
  PlanerSubject subject = review_->subject();
  if (subject.network == wanted) return;
  subject = {wanted, subject.key, {}};
  for (const LatencyTable& table : review_->catalogue().tables)
    if (same_latency(table.config, network->config)) subject.key = table.key;
  for (const SearchInfo& search : review_->catalogue().searches)
    if (search.base == wanted) subject = {wanted, search.key, search.name};
  review_->look_at(subject);
}

QString PlanerPage::notice() const {
  if (!content_->isVisibleTo(this)) return page_notice_->text();
  return plot_stack_->currentIndex() == 1 ? measure_words_->text() : QString();
}

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

SearchSettings PlanerPage::current_settings() const {
  SearchSettings settings =
      settings_ ? *settings_ : settings_of(review_->catalogue(), review_->subject());
  if (settings.name.empty()) settings.name = free_search_name(review_->catalogue(), taken_names());
  if (!settings_ && !bar_->text_file().isEmpty()) settings.text = bar_->text_file();
  return settings;
}

/// Names of jobs that the study does not know yet.
std::vector<std::string> PlanerPage::taken_names() const {
  std::vector<std::string> names;
  for (const JobFolder& job : jobs_->jobs())
    if (is_search(job) && !is_over(job.state()))
      names.push_back(job_option(job, QStringLiteral("--name")).toStdString());
  return names;
}

QString PlanerPage::obstacle() const {
  if (study_.isEmpty()) return tr("No study is open.");
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr) return tr("Import or train a language model first.");
  if (!curve->baseline_ms()) return tr("Measure this device first.");
  if (current_settings().text.isEmpty()) return tr("Choose a text to search on.");
  if (bar_->device_key().isEmpty())
    return tr("%1 is not in this machine: choose another device.")
        .arg(QString::fromStdString(curve->subject.key.device));
  if (jobs_->engine().isEmpty()) return tr("plumbline-engine is not found beside this program.");
  return {};
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
