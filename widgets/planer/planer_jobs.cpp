#include "widgets/planer/planer_jobs.h"

#include <algorithm>
#include <cmath>

#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/planer/planer_bar.h"
#include "widgets/planer/planer_review.h"
#include "widgets/planer/planer_words.h"
#include "widgets/planer/target_model.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

PlanerJobs::PlanerJobs(JobCenter* jobs, const PlanerReview* review, const TargetModel* targets,
                       const PlanerBar* bar, QObject* parent)
    : QObject(parent), jobs_(jobs), review_(review), targets_(targets), bar_(bar) {}

void PlanerJobs::set_study(const QString& folder) {
  if (folder != study_) {
    settings_.reset();
    named_ = false;
  }
  study_ = folder;
}

std::vector<std::string> PlanerJobs::queued_searches() const {
  std::vector<std::string> names;
  for (const JobFolder& job : jobs_->jobs())
    if (const SearchWork* search = search_of(job); search != nullptr && !is_over(job.state()))
      names.push_back(search->search);
  return names;
}

std::vector<std::string> PlanerJobs::taken_searches() const {
  std::vector<std::string> names = queued_searches();
  for (const SearchInfo& search : review_->catalogue().searches) names.push_back(search.name);
  return names;
}

std::vector<std::string> PlanerJobs::taken_networks() const {
  std::vector<std::string> names;
  for (const NetworkInfo& network : review_->catalogue().networks) names.push_back(network.name);
  for (const JobFolder& job : jobs_->jobs())
    if (const auto* work = job.subject().as<NetworkWork>();
        work != nullptr && work->task == "train" && !is_over(job.state()))
      names.insert(names.end(), work->networks.begin(), work->networks.end());
  return names;
}

bool PlanerJobs::saves_something_else(const std::string& search) const {
  const CostKind cost = review_->subject().cost;
  const SearchInfo* known = review_->catalogue().search(search);
  return (known != nullptr && known->cost != cost) ||
         std::ranges::any_of(jobs_->jobs(), [&](const JobFolder& job) {
           const SearchWork* work = search_of(job);
           return work != nullptr && work->search == search && cost_of_search(*work) != cost;
         });
}

void PlanerJobs::keep_settings(SearchSettings settings) {
  named_ = named_ || settings.name != this->settings().name;
  settings_ = std::move(settings);
}

SearchSettings PlanerJobs::settings() const {
  SearchSettings settings =
      settings_ ? *settings_ : settings_of(review_->catalogue(), review_->subject());
  if (settings.name.empty() || (!named_ && saves_something_else(settings.name)))
    settings.name = free_search_name(review_->catalogue(), queued_searches());
  if (!settings_ && !bar_->text_file().isEmpty()) settings.text = bar_->text_file();
  return settings;
}

QString PlanerJobs::obstacle() const {
  if (const QString reason = jobs_->obstacle(); !reason.isEmpty()) return reason;
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr) return tr("Import or train a language model first.");
  const bool of_energy = curve->subject.cost == CostKind::energy;
  if (!curve->baseline_cost()) return tr("Measure this device first.");
  if (of_energy && !curve->costs) return tr("Measure what each option draws first.");
  const SearchSettings next = settings();
  if (next.text.isEmpty()) return tr("Choose a text to search on.");
  if (saves_something_else(next.name))
    return tr("The search %1 saves another cost: choose another name.").arg(text_of(next.name));
  if (bar_->device_key().isEmpty())
    return tr("This machine has no %1: choose another device.")
        .arg(text_of(curve->subject.key.device));
  if (jobs_->engine().isEmpty()) return tr("plumbline-engine was not found beside this program.");
  return {};
}

std::optional<LaunchPreview> PlanerJobs::preview() const {
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr || !curve->baseline_cost()) return std::nullopt;
  LaunchPreview preview{.words = {}, .obstacle = obstacle()};
  const auto saving = [&](double fraction) {
    return (curve->subject.cost == CostKind::energy ? tr("%1 less energy") : tr("%1 faster"))
        .arg(target_text(1 / fraction));
  };
  QString twice;
  for (int row = 0; row < targets_->rowCount(); ++row) {
    const TargetRow& line = targets_->row(row);
    if (!same_target(line.target, review_->target())) continue;
    if (line.state == TargetRow::State::done) twice = tr("%1 is already found");
    if (line.state == TargetRow::State::queued) twice = tr("%1 is already queued");
    if (line.state == TargetRow::State::searching || line.state == TargetRow::State::retraining)
      twice = tr("%1 is already running");
  }
  if (!twice.isEmpty()) twice = twice.arg(target_text(review_->target()));
  if (preview.obstacle.isEmpty()) preview.obstacle = twice;
  if (const FrontPoint* point = review_->predicted()) {
    preview.words << tr("predicted %1 %2")
                         .arg(curve->unit.text(curve->expected_nats(*point)), curve->unit.name())
                  << saving(*curve->estimated_fraction(point->cost));
  } else if (curve->front) {
    preview.words << (curve->subject.cost == CostKind::energy
                          ? tr("no architecture draws as little: at least %1")
                          : tr("no architecture is as fast: at least %1"))
                         .arg(curve->text(curve->cost_beside_baseline(curve->front->least_cost())));
    if (preview.obstacle.isEmpty()) preview.obstacle = preview.words.back();
  } else {
    preview.words << saving(review_->target());
  }
  // What is found, queued or at work is not launched: it will take no time.
  if (!twice.isEmpty())
    preview.words << twice;
  else if (const auto seconds =
               expected_seconds(jobs_->jobs(), review_->subject().network, settings().steps))
    preview.words << tr("would take about %1").arg(duration_text(std::round(*seconds)));
  return preview;
}

QStringList PlanerJobs::command(const std::vector<double>& targets) const {
  return search_command(study_, review_->subject(), settings(), targets, bar_->device_key());
}

bool PlanerJobs::submit(const std::string& kind, const QStringList& words, JobSubject subject) {
  const auto queued = jobs_->submit(kind, words, std::move(subject));
  if (!queued) Q_EMIT failed(text_of(to_string(queued.error())));
  return queued.has_value();
}

bool PlanerJobs::launch(double target) {
  const auto refuse = [this](const QString& reason) {
    Q_EMIT failed(reason);
    return false;
  };
  if (const QString reason = obstacle(); !reason.isEmpty()) return refuse(reason);
  const SearchCurve* curve = review_->curve();
  if (curve->front && curve->within(target) == nullptr)
    return refuse((curve->subject.cost == CostKind::energy
                       ? tr("No architecture draws as little as %1: the least is %2.")
                       : tr("No architecture is as fast as %1: the fastest takes %2."))
                      .arg(curve->text(target * *curve->baseline_cost()),
                           curve->text(curve->cost_beside_baseline(curve->front->least_cost()))));
  if (target > 1)
    return refuse(tr("A target above the cost of the baseline itself needs no search."));
  for (int row = 0; row < targets_->rowCount(); ++row) {
    const TargetRow& line = targets_->row(row);
    if (same_target(line.target, target) && line.state != TargetRow::State::stopped)
      return refuse(tr("%1 is already in the list of targets.").arg(target_text(target)));
  }
  const bool queue = jobs_->running() > 0;
  const SearchSettings used = settings();
  if (!submit("planer-search", command({target}),
              SearchWork{used.name,
                         review_->subject().network,
                         {target},
                         used.steps,
                         review_->subject().cost == CostKind::energy}))
    return false;
  // Further targets belong to the same search.
  settings_ = used;
  Q_EMIT said((queue ? tr("Search %1 for %2 was queued") : tr("Search %1 for %2 was started"))
                  .arg(text_of(used.name), target_text(target)));
  return true;
}

QString PlanerJobs::device() {
  const QString device = bar_->device_key();
  if (device.isEmpty())
    Q_EMIT failed(tr("This machine has no %1: choose another device.")
                      .arg(text_of(review_->subject().key.device)));
  return device;
}

void PlanerJobs::measure() {
  if (const QString reason = jobs_->obstacle(); !reason.isEmpty()) return Q_EMIT failed(reason);
  if (review_->curve() == nullptr) return Q_EMIT failed(tr("There is no network to measure."));
  const QString on = device();
  if (on.isEmpty()) return;
  const PlanerSubject& subject = review_->subject();
  if (submit("planer-profile", profile_command(study_, subject, on),
             NetworkWork{.task = "profile",
                         .networks = {subject.network},
                         .from = {},
                         .config = {},
                         .steps = 0,
                         .batches = {subject.key.batch},
                         .lengths = {subject.key.length}}))
    Q_EMIT said(tr("The measurement was queued"));
}

void PlanerJobs::reorder(const std::vector<std::string>& order) {
  struct Waiting {
    std::string id;
    JobDescription description;
  };
  std::vector<Waiting> jobs;
  for (const std::string& id : order) {
    const JobFolder* job = jobs_->job(id);
    if (job == nullptr || job->state() != JobState::queued) continue;
    jobs.push_back({id, job->description()});
  }
  // All of them before the first is described anew, or that one would take the place of another.
  std::vector<Waiting> removed;
  for (const Waiting& job : jobs) {
    // One that has begun in the meantime stays.
    const JobFolder* now = jobs_->job(job.id);
    if (now == nullptr || now->state() != JobState::queued) continue;
    if (const auto gone = jobs_->cancel(job.id); !gone) {
      Q_EMIT failed(text_of(to_string(gone.error())));
      break;
    }
    if (jobs_->job(job.id) == nullptr) removed.push_back(job);
  }
  for (const Waiting& job : removed)
    if (const auto queued = jobs_->submit(job.description); !queued)
      return Q_EMIT failed(text_of(to_string(queued.error())));
}

void PlanerJobs::remove_target(int row) {
  const TargetRow& line = targets_->row(row);
  if (line.state != TargetRow::State::queued)
    return Q_EMIT failed(tr("Only queued targets can be removed."));
  const QString words = target_text(line.target);
  if (const auto removed = jobs_->cancel(line.job); !removed)
    return Q_EMIT failed(text_of(to_string(removed.error())));
  Q_EMIT said(tr("%1 was removed from the queue").arg(words));
}

}  // namespace plumbline
