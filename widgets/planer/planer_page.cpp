#include "widgets/planer/planer_page.h"

#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "widgets/jobs/device_list.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/planer/latency_slider.h"
#include "widgets/planer/planer_bar.h"
#include "widgets/planer/probability_map_view.h"
#include "widgets/text/text_of.h"

namespace plumbline {

PlanerPage::PlanerPage(const PageContext& context, QWidget* parent)
    : Page(parent),
      context_(context),
      jobs_(context.jobs),
      devices_(context.devices),
      review_(new PlanerReview(jobs_, this)),
      bar_(new PlanerBar(review_, devices_)) {
  content_ = make_content();
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

Result<void> PlanerPage::show_study(const Study* study) {
  if (study == nullptr) {
    set_catalogue(std::nullopt, {});
    return {};
  }
  auto catalogue = read_planer_catalogue(*study);
  TRY(catalogue);
  set_catalogue(std::move(*catalogue), text_of(study->folder().string()));
  return {};
}

bool PlanerPage::shows(const Route& route) const {
  return !route.search.isEmpty() || !route.network.isEmpty();
}

Result<void> PlanerPage::go_to(const Route& route) {
  const std::string search = route.search.toStdString(), name = route.network.toStdString();
  if (!search.empty()) {
    if (review_->catalogue().search(search) == nullptr)
      return bad_input("there is no search '" + search + "'", study_.toStdString());
    review_->open_search(search);
  }
  if (!name.empty()) {
    const NetworkInfo* network = review_->catalogue().network(name);
    if (network == nullptr)
      return bad_input("there is no network '" + name + "'", study_.toStdString());
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
    if (same_latency(table.config, network.config)) subject.key = table.key;
  for (const SearchInfo& search : review_->catalogue().searches)
    if (search.base == network.name) subject = {network.name, search.key, search.name};
  review_->look_at(subject);
}

QString PlanerPage::notice() const {
  if (!content_->isVisibleTo(this)) return page_notice_->text();
  return plot_stack_->currentIndex() == 1 ? measure_words_->text() : QString();
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

}  // namespace plumbline
