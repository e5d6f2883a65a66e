#include "widgets/planer/planer_review.h"

#include <algorithm>
#include <utility>

#include "widgets/jobs/job_center.h"

namespace plumbline {

namespace {

constexpr double least_reviewed_target = 0.01, greatest_reviewed_target = 2;

bool works(JobState state) { return state == JobState::running || state == JobState::paused; }

}  // namespace

PlanerReview::PlanerReview(JobCenter* jobs, QObject* parent) : QObject(parent), jobs_(jobs) {
  connect(jobs_, &JobCenter::jobs_changed, this, &PlanerReview::take_jobs);
  connect(jobs_, &JobCenter::job_advanced, this, &PlanerReview::take_job);
}

void PlanerReview::set_catalogue(std::optional<PlanerCatalogue> catalogue) {
  const PlanerCatalogue before =
      std::exchange(catalogue_, catalogue ? std::move(*catalogue) : PlanerCatalogue());
  follow_renamed(before);
  // What was looked at stays, a search that is new since then takes its place.
  const bool there = catalogue_.network(subject_.network) != nullptr &&
                     (subject_.search.empty() || catalogue_.search(subject_.search) != nullptr);
  if (!there || subject_.search.empty()) {
    const auto likely = likely_subject();
    if (!there || (likely && !likely->search.empty() && likely->network == subject_.network &&
                   likely->key == subject_.key && likely->cost == subject_.cost)) {
      subject_ = likely.value_or(PlanerSubject());
      if (!there) selected_.clear();
    }
  }
  read_curves();
}

/// What is looked at may have another name since.
void PlanerReview::follow_renamed(const PlanerCatalogue& before) {
  const NetworkInfo* network = before.network(subject_.network);
  if (network != nullptr && catalogue_.network(subject_.network) == nullptr)
    for (const NetworkInfo& other : catalogue_.networks)
      if (other.id == network->id && other.hash == network->hash) subject_.network = other.name;
  const SearchInfo* search = before.search(subject_.search);
  if (search != nullptr && catalogue_.search(subject_.search) == nullptr)
    for (const SearchInfo& other : catalogue_.searches)
      if (other.id == search->id && other.settings == search->settings)
        subject_.search = other.name;
}

std::optional<PlanerSubject> PlanerReview::likely_subject() const {
  if (!catalogue_.searches.empty()) {
    const SearchInfo& search = catalogue_.searches.back();
    if (catalogue_.network(search.base) != nullptr)
      return PlanerSubject{search.base, search.key, search.name, search.cost};
  }
  const auto existing = catalogue_.existing();
  if (existing.empty()) return std::nullopt;
  const NetworkInfo& network = *existing.back();
  PlanerSubject subject{network.name, {}, {}};
  std::string measured_at;
  for (const LatencyTable& table : catalogue_.tables)
    if (same_costs(table.config, network.config) &&
        (subject.key.batch == 0 || table.measured_at > measured_at)) {
      subject.key = table.key;
      measured_at = table.measured_at;
    }
  if (subject.key.batch == 0) {
    subject.key.batch = 1;
    subject.key.length = network.config.evaluation.length;
    subject.key.memory = network.config.evaluation.memory;
    subject.key.precision = "fp32";
  }
  return subject;
}

void PlanerReview::look_at(const PlanerSubject& subject) {
  if (subject == subject_) return;
  subject_ = subject;
  shown_.erase(subject.search);
  read_curves();
}

void PlanerReview::open_search(const std::string& name) {
  if (const SearchInfo* search = catalogue_.search(name))
    look_at({search->base, search->key, search->name, search->cost});
}

void PlanerReview::set_cost(CostKind cost) {
  PlanerSubject subject = subject_;
  subject.cost = cost;
  if (const SearchInfo* shown = catalogue_.search(subject.search);
      shown == nullptr || shown->cost != cost) {
    const SearchInfo* latest = catalogue_.latest_search(subject.network, subject.key, cost);
    subject.search = latest == nullptr ? std::string() : latest->name;
  }
  look_at(subject);
}

void PlanerReview::show_other(const std::string& search, bool shown) {
  if (shown)
    shown_.insert(search);
  else
    shown_.erase(search);
  read_curves();
}

void PlanerReview::read_curves() {
  curve_ = read_curve(catalogue_, subject_);
  others_.clear();
  for (const std::string& name : shown_)
    if (const SearchInfo* search = catalogue_.search(name); search && name != subject_.search)
      if (auto other = read_curve(catalogue_, {search->base, search->key, name, subject_.cost}))
        others_.push_back(std::move(*other));
  progress_ = find_progress();
  make_strips();
  Q_EMIT subject_changed();
  Q_EMIT progress_changed();
}

void PlanerReview::set_target(double target) {
  target = std::clamp(target, least_reviewed_target, greatest_reviewed_target);
  if (target == target_) return;
  target_ = target;
  make_strips();
  Q_EMIT target_changed();
}

std::optional<double> PlanerReview::target_limit() const {
  const auto baseline = curve_ ? curve_->baseline_cost() : std::nullopt;
  return baseline ? std::optional(target_ * *baseline) : std::nullopt;
}

const FrontPoint* PlanerReview::predicted() const {
  return target_limit() ? curve_->within(target_) : nullptr;
}

bool PlanerReview::is_searching() const { return progress_ && works(progress_->state); }

/// A course's estimates are not plotted against another cost.
SearchProgress PlanerReview::progress_of(const JobFolder& job) const {
  SearchProgress progress = search_progress(job);
  std::erase_if(progress.path,
                [&](const JobSearchPoint& point) { return point.kind != subject_.cost; });
  return progress;
}

/// The job for this subject that is at work, else the newest that has begun.
std::optional<SearchProgress> PlanerReview::find_progress() const {
  const JobFolder* chosen = nullptr;
  for (const JobFolder& job : jobs_->jobs()) {
    if (search_of(job) == nullptr || job.state() == JobState::queued) continue;
    const SearchProgress told = progress_of(job);
    // A search that the study does not name yet has just begun.
    const bool ours = told.search == subject_.search ||
                      (subject_.search.empty() && told.cost == subject_.cost &&
                       works(job.state()) && catalogue_.search(told.search) == nullptr);
    if (!ours) continue;
    if (chosen == nullptr || works(job.state()) || !works(chosen->state())) chosen = &job;
  }
  return chosen == nullptr ? std::nullopt : std::optional(progress_of(*chosen));
}

void PlanerReview::take_jobs() {
  const bool before = progress_.has_value();
  progress_ = find_progress();
  if (!before && !progress_) return;
  make_strips();
  Q_EMIT progress_changed();
}

void PlanerReview::take_job(const std::string& id) {
  const JobFolder* job = jobs_->job(id);
  if (job == nullptr || search_of(*job) == nullptr) return;
  if (!progress_ || progress_->job != id) return take_jobs();
  const std::string phase = progress_->phase;
  const std::size_t known = progress_->architectures.size();
  progress_ = progress_of(*job);
  make_strips();
  Q_EMIT progress_changed();
  if (progress_->phase != phase || progress_->architectures.size() != known) Q_EMIT study_grew();
}

void PlanerReview::make_strips() {
  std::vector<PlanerEntry> rows;
  if (curve_) {
    for (const PlanerEntry& entry : curve_->entries)
      if (entry.role != PlanerEntry::Role::random) rows.push_back(entry);
    const auto fits = [&](const Architecture& architecture) {
      return static_cast<std::int64_t>(architecture.size()) == curve_->config.slots();
    };
    if (progress_ && works(progress_->state) && !progress_->path.empty()) {
      PlanerEntry now;
      now.role = PlanerEntry::Role::searching;
      now.search = progress_->search;
      now.target = progress_->target;
      now.cost = subject_.cost;
      now.estimate = progress_->path.back().cost;
      now.running_loss = progress_->path.back().loss;
      if (auto likely = most_likely(progress_->probabilities); fits(likely)) {
        now.parameters = count_parameters(curve_->config, likely);
        now.architecture = std::move(likely);
      }
      rows.push_back(std::move(now));
    }
    if (const FrontPoint* point = predicted(); point != nullptr && fits(point->architecture)) {
      PlanerEntry likely;
      likely.role = PlanerEntry::Role::predicted;
      likely.search = subject_.search;
      likely.target = target_;
      likely.cost = subject_.cost;
      likely.estimate = point->cost;
      likely.running_loss = curve_->expected_nats(*point);
      likely.architecture = point->architecture;
      likely.parameters = count_parameters(curve_->config, point->architecture);
      rows.push_back(std::move(likely));
    }
  }
  strips_ = std::move(rows);
  const auto gone = [&](const std::string& key) { return entry(key) == nullptr; };
  const bool fewer = std::erase_if(selected_, gone) > 0;
  Q_EMIT strips_changed();
  if (fewer) Q_EMIT selection_changed();
}

void PlanerReview::select(std::vector<std::string> keys) {
  if (keys.size() > 2) keys.erase(keys.begin(), keys.end() - 2);
  if (keys == selected_) return;
  selected_ = std::move(keys);
  Q_EMIT selection_changed();
}

const PlanerEntry* PlanerReview::entry(const std::string& key) const {
  const auto found =
      std::ranges::find_if(strips_, [&](const PlanerEntry& row) { return row.key() == key; });
  return found == strips_.end() ? nullptr : &*found;
}

const PlanerEntry* PlanerReview::described() const {
  if (!selected_.empty()) return entry(selected_.back());
  const PlanerEntry* last = nullptr;
  for (const PlanerEntry& row : strips_)
    if (row.role == PlanerEntry::Role::found || last == nullptr) last = &row;
  return last;
}

}  // namespace plumbline
