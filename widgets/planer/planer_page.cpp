// The page: its parts, what it shows, and the places that it has.
#include "widgets/planer/planer_page.h"

#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>

#include "widgets/bars/bar.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/jobs/device_list.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/planer/architecture_model.h"
#include "widgets/planer/latency_panel.h"
#include "widgets/planer/panel_controls.h"
#include "widgets/planer/planer_bar.h"
#include "widgets/planer/planer_jobs.h"
#include "widgets/planer/probability_panel.h"
#include "widgets/planer/selected_panel.h"
#include "widgets/planer/target_model.h"
#include "widgets/planer/target_panel.h"
#include "widgets/planer/target_slider.h"
#include "widgets/planer/tradeoff_panel.h"
#include "widgets/planer/tradeoff_plot.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int right_width = 536, left_width = 848, least_right_width = 420;

}  // namespace

PlanerPage::PlanerPage(const PageContext& context, QWidget* parent)
    : Page(parent),
      context_(context),
      review_(new PlanerReview(context.jobs, this)),
      architectures_(new ArchitectureModel(review_, this)),
      targets_(new TargetModel(review_, this)),
      bar_(new PlanerBar(review_, context.devices)),
      jobs_(new PlanerJobs(context.jobs, review_, targets_, bar_, this)),
      tradeoff_(new TradeoffPanel(review_, architectures_)),
      map_(new ProbabilityPanel(review_)),
      times_(new LatencyPanel(review_)),
      target_panel_(new TargetPanel(review_, targets_, jobs_)),
      content_(make_content()),
      empty_(new QWidget(this)),
      empty_buttons_(new QWidget(empty_)),
      notice_(notice_label(this)) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(bar_);
  rows->addWidget(content_, 1);
  rows->addWidget(make_empty(), 1);
  make_actions();
  fill_export_menu();
  connect_review();
  connect(jobs_, &PlanerJobs::said, this, &Page::said);
  connect(jobs_, &PlanerJobs::failed, this, &Page::failed);
  connect(bar_, &PlanerBar::measure, jobs_, &PlanerJobs::measure);
  connect(tradeoff_, &TradeoffPanel::measure, jobs_, &PlanerJobs::measure);
  connect(tradeoff_, &TradeoffPanel::launch, jobs_, &PlanerJobs::launch);
  connect(tradeoff_, &TradeoffPanel::settings_wanted, this, &PlanerPage::ask_settings);
  connect(tradeoff_, &TradeoffPanel::drag_ended, this, &PlanerPage::refresh_map);
  connect(tradeoff_, &TradeoffPanel::failed, this, &Page::failed);
  connect(target_panel_, &TargetPanel::failed, this, &Page::failed);
  connect(context.devices, &DeviceList::changed, this, &PlanerPage::refresh_launch);
  connect(context.jobs, &JobCenter::jobs_changed, this, &PlanerPage::refresh_launch);
  set_figure_source(this, [this] {
    const PlanerSubject& subject = review_->subject();
    FigureSource source;
    if (!subject.search.empty()) source.insert(QStringLiteral("SEARCH"), {text_of(subject.search)});
    if (!subject.network.empty())
      source.insert(QStringLiteral("NETWORK"), {text_of(subject.network)});
    return source;
  });
  refresh();
}

QWidget* PlanerPage::make_content() {
  auto* split = new QSplitter(Qt::Horizontal, this);
  split->setHandleWidth(1);
  split->setChildrenCollapsible(false);
  split->addWidget(tradeoff_);
  split->addWidget(make_side());
  split->setStretchFactor(0, left_width);
  split->setStretchFactor(1, right_width);
  split->setSizes({left_width, right_width});
  return split;
}

/// A low window scrolls this side; the plot on the other one gives way instead.
QWidget* PlanerPage::make_side() {
  auto* panel = new Ground;
  auto* rows = new QVBoxLayout(panel);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  auto* selected = new SelectedPanel(review_);
  connect(selected, &SelectedPanel::further_asked, this, &PlanerPage::train_further);
  rows->addWidget(map_);
  rows->addWidget(times_);
  rows->addWidget(target_panel_);
  rows->addWidget(selected);
  rows->addStretch(1);
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

QWidget* PlanerPage::make_empty() {
  notice_->setObjectName(QStringLiteral("planer_notice"));
  notice_->setAccessibleName(tr("What to do first"));
  connect(notice_, &QLabel::linkActivated, this, &PlanerPage::follow);
  auto* row = new QHBoxLayout(empty_buttons_);
  row->addStretch(1);
  const auto add = [&](const QString& words, const char* name, void (PlanerPage::*act)()) {
    auto* button = new QPushButton(words, empty_buttons_);
    button->setObjectName(QString::fromLatin1(name));
    connect(button, &QPushButton::clicked, this, act);
    row->addWidget(button);
  };
  add(tr("Train a language model…"), "train_network_button", &PlanerPage::train_network);
  add(tr("Import a language model…"), "import_network_button", &PlanerPage::import_network);
  row->addStretch(1);
  auto* rows = new QVBoxLayout(empty_);
  rows->addStretch(1);
  rows->addWidget(notice_);
  rows->addWidget(empty_buttons_);
  rows->addStretch(1);
  return empty_;
}

void PlanerPage::connect_review() {
  connect(review_, &PlanerReview::subject_changed, this, &PlanerPage::refresh);
  connect(review_, &PlanerReview::target_changed, this, [this] {
    tradeoff_->show_target();
    refresh_launch();
    refresh_map();
  });
  connect(review_, &PlanerReview::progress_changed, this, [this] {
    adopt_target();
    refresh_map();
    refresh_launch();
  });
  connect(review_, &PlanerReview::selection_changed, times_, &LatencyPanel::refresh);
  connect(review_, &PlanerReview::strips_changed, this, [this] {
    // What is found or selected changes the bars; a step of the search does not.
    using Role = PlanerEntry::Role;
    const PlanerEntry* described = review_->described();
    if (described != nullptr &&
        (described->role == Role::searching || described->role == Role::predicted))
      times_->refresh();
  });
  connect(review_, &PlanerReview::study_grew, this, &Page::reload_wanted, Qt::QueuedConnection);
}

QWidget* PlanerPage::main_view() {
  return content_->isVisibleTo(this) ? tradeoff_->main_view() : empty_;
}

TradeoffPlot* PlanerPage::plot() const { return tradeoff_->plot(); }

TargetSlider* PlanerPage::slider() const { return tradeoff_->slider(); }

QString PlanerPage::notice() const {
  return content_->isVisibleTo(this) ? tradeoff_->notice() : notice_->text();
}

void PlanerPage::theme_changed() { refresh(); }

bool PlanerPage::settled() const {
  return map_->settled() && plot()->settled() && !context_.devices->is_asking();
}

void PlanerPage::show_notice(const QString& text) {
  study_notice_ = text;
  if (jobs_->study().isEmpty()) refresh();
}

Result<void> PlanerPage::show_study(const Study* study) {
  if (study == nullptr) {
    jobs_->set_study({});
    review_->set_catalogue(std::nullopt);
    return {};
  }
  auto catalogue = read_planer_catalogue(*study);
  TRY(catalogue);
  jobs_->set_study(text_of(study->folder().string()));
  const bool has_networks = !catalogue->networks.empty();
  review_->set_catalogue(std::move(*catalogue));
  if (has_networks && !context_.devices->asked()) context_.devices->ask();
  return {};
}

bool PlanerPage::shows(const Route& route) const {
  return !route.search.isEmpty() || !route.network.isEmpty();
}

Result<void> PlanerPage::go_to(const Route& route) {
  const std::string search = route.search.toStdString(), name = route.network.toStdString();
  const std::string study = jobs_->study().toStdString();
  if (!search.empty()) {
    if (review_->catalogue().search(search) == nullptr)
      return bad_input("there is no search '" + search + "'", study);
    review_->open_search(search);
  }
  if (!name.empty()) {
    const NetworkInfo* network = review_->catalogue().network(name);
    if (network == nullptr) return bad_input("there is no network '" + name + "'", study);
    open_network(*network);
  }
  return {};
}

std::vector<Place> PlanerPage::places() const {
  std::vector<Place> searches;
  for (const SearchInfo& search : review_->catalogue().searches)
    searches.push_back({tr("search"),
                        text_of(search.name),
                        text_of(search.base),
                        {.search = text_of(search.name)}});
  return searches;
}

void PlanerPage::open_network(const NetworkInfo& network) {
  if (!network.search.empty()) {
    review_->open_search(network.search);
    for (const PlanerEntry& entry : review_->strips())
      if (entry.network == network.name) review_->select({entry.key()});
    return;
  }
  PlanerSubject subject = review_->subject();
  if (subject.network == network.name) return;
  subject = {network.name, subject.key, {}};
  for (const LatencyTable& table : review_->catalogue().tables)
    if (same_costs(table.config, network.config)) subject.key = table.key;
  for (const SearchInfo& search : review_->catalogue().searches)
    if (search.base == network.name) subject = {network.name, search.key, search.name, search.cost};
  review_->look_at(subject);
}

void PlanerPage::refresh() {
  const bool has_network = review_->curve() != nullptr;
  content_->setVisible(has_network);
  bar_->setVisible(has_network);
  empty_->setVisible(!has_network);
  show_emptiness();
  if (!has_network) return;
  tradeoff_->show_subject();
  adopt_target();
  tradeoff_->show_target();
  target_panel_->refresh();
  refresh_map();
  times_->refresh();
  refresh_launch();
}

void PlanerPage::show_emptiness() {
  const QString& study = jobs_->study();
  empty_buttons_->setVisible(!study.isEmpty());
  if (study.isEmpty()) return notice_->setText(study_notice_);
  if (review_->curve() != nullptr) return;
  notice_->setText(
      tr("Import or train a language model first:") +
      QStringLiteral("<br><br><table align='center'><tr><td><pre>"
                     "plumbline-engine planer train %1 \\\n"
                     "  --text TEXT --config tiny --steps 2000 --seed 1 --name base\n\n"
                     "plumbline-engine planer import %1 \\\n"
                     "  --file WEIGHTS.safetensors --config enwik8-base --map transformer-xl "
                     "--name base</pre></td></tr></table>")
          .arg(shell_line({study}).toHtmlEscaped()));
}

/// Another subject: where its search is. What the user has set since then stays.
void PlanerPage::adopt_target() {
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr || !review_->is_searching() || shown_ == curve->subject) return;
  shown_ = curve->subject;
  review_->set_target(review_->progress()->target);
}

void PlanerPage::refresh_map() { map_->refresh(slider()->is_dragging()); }

void PlanerPage::refresh_launch() {
  tradeoff_->show_launch(jobs_->preview(), jobs_->obstacle());
  const QString reason = context_.jobs->obstacle();
  for (const char* name : {"planer_measure", "measure_first", "new_targets", "add_targets",
                           "train_further_button", "train_network_button", "import_network_button"})
    if (auto* control = findChild<QWidget*>(QLatin1String(name))) offer(control, reason);
}

}  // namespace plumbline
