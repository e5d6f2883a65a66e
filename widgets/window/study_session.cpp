#include "widgets/window/study_session.h"

#include <QFileInfo>
#include <QTimer>
#include <QUndoStack>

#include "core/review/fit_decision.h"
#include "widgets/decision/run_review.h"
#include "widgets/page/background.h"
#include "widgets/study/remarks.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// How often it is said what takes long: a moment is nothing that anybody waits for.
constexpr int progress_ms = 300;
/// How often it is looked whether somebody else has written.
constexpr int watch_ms = 1000;

}  // namespace

StudySession::StudySession(QObject* parent)
    : QObject(parent),
      undo_(new QUndoStack(this)),
      remarks_(new Remarks(undo_, this)),
      progress_watch_(new QTimer(this)) {
  connect(remarks_, &Remarks::failed, this, &StudySession::failed);
  progress_watch_->setInterval(progress_ms);
  connect(progress_watch_, &QTimer::timeout, this, &StudySession::say_progress);
  watch_.setInterval(watch_ms);
  connect(&watch_, &QTimer::timeout, this, &StudySession::look_for_changes);
}

StudySession::~StudySession() = default;

Result<void> StudySession::open(const QString& folder, Access access) {
  const std::string path = QFileInfo(folder).absoluteFilePath().toStdString();
  // Brings a study of an earlier version up to date where it may be written.
  writable_ = access != Access::read_only && Study::open(path, Access::read_write).has_value();
  auto study = Study::open(path, Access::read_only);
  TRY(study);
  study_ = std::move(*study);
  remarks_->set_writable(writable_);
  watch_.start();
  return {};
}

/// Asking for the version costs nothing; the rest is done once somebody has written.
void StudySession::look_for_changes() {
  if (!study_) return;
  const std::int64_t version = study_->version();
  if (version == version_) return;
  version_ = version;
  remarks_->refresh();
  if (study_->contents() != contents_) Q_EMIT contents_changed();
}

void StudySession::leave_run() {
  ++opening_;
  reading_ = false;
  close_review();
  remarks_->close();
}

void StudySession::close() {
  ++opening_;
  reading_ = false;
  close_review();
  watch_.stop();
  study_.reset();
  writable_ = false;
  runs_.clear();
  remarks_->close();
}

Result<void> StudySession::read_runs() {
  version_ = study_->version();
  contents_ = study_->contents();
  auto runs = study_->runs();
  TRY(runs);
  runs_ = std::move(*runs);
  return {};
}

void StudySession::close_review() {
  Q_EMIT review_closing();
  review_.reset();
}

bool StudySession::is_under_review(const QString& run, const QString& split) const {
  return review_ != nullptr && text_of(review_->run().info.name) == run &&
         review_->run().info.condition == View() &&
         (split.isEmpty() || text_of(review_->run().split) == split);
}

void StudySession::open_run(const QString& name, const std::string& policy,
                            const std::string& split) {
  wanted_policy_ = policy;
  wanted_decision_.reset();
  read_run(name, split);
}

void StudySession::open_decision(const StoredDecision& decision, const std::string& split) {
  if (is_under_review(text_of(decision.run), text_of(split))) return take_decision(decision);
  wanted_policy_.clear();
  wanted_decision_ = decision;
  read_run(text_of(decision.run), split);
}

void StudySession::open_under(const View& condition) {
  if (review_ == nullptr || review_->run().info.condition == condition) return;
  const OpenedRun& run = review_->run();
  StoredDecision same;
  same.run = run.info.name;
  same.policy = review_->bound_policy();
  for (const std::size_t voter : review_->policy_voters())
    same.voters.push_back(run.info.voters[voter]);
  wanted_policy_.clear();
  wanted_decision_ = std::move(same);
  read_run(text_of(run.info.name), std::string(run.split), condition);
}

void StudySession::read_run(const QString& name, std::string split, View condition) {
  if (!study_) return;
  // Steps of another run are not this one's.
  if (review_ == nullptr || text_of(review_->run().info.name) != name) undo_->clear();
  const int opening = ++opening_;
  reading_ = true;
  close_review();
  progress_ = std::make_shared<WorkProgress>();
  progress_watch_->start();
  Q_EMIT run_reading(name);
  run_in_background(
      this,
      [folder = study_->folder(), run = name.toStdString(), split = std::move(split),
       condition = std::move(condition), progress = progress_] {
        return plumbline::open_run(folder, run, split, condition, progress);
      },
      [this, opening](Result<OpenedRun> run) {
        if (opening == opening_) take_run(std::move(run));
      });
}

void StudySession::say_progress() {
  if (!reading_ && (review_ == nullptr || !review_->busy())) return progress_watch_->stop();
  const auto what = progress_->what();
  if (!what) return;
  const auto share = progress_->share();
  Q_EMIT working(share ? tr("%1: %2").arg(text_of(*what), percent(*share)) : text_of(*what));
}

void StudySession::take_decision(const StoredDecision& decision) {
  const auto voters = voters_of(decision, review_->run().info);
  if (!voters) return Q_EMIT review_failed(voters.error());
  review_->set_decision(decision.policy, *voters);
}

void StudySession::take_run(Result<OpenedRun> run) {
  reading_ = false;
  if (!run) return Q_EMIT run_failed(run.error());
  review_ = std::make_unique<RunReview>(std::move(*run));
  const OpenedRun& opened = review_->run();
  if (const auto read = remarks_->open(opened.folder, opened.dataset.id, opened.split); !read)
    Q_EMIT failed(text_of(to_string(read.error())));
  connect(review_.get(), &RunReview::failed, this, &StudySession::review_failed);
  connect(review_.get(), &RunReview::noted, this, &StudySession::noted);
  connect(review_.get(), &RunReview::busy_changed, progress_watch_, [this](bool busy) {
    if (busy) progress_watch_->start();
  });
  take_costs();
  Q_EMIT review_opened();
  if (wanted_decision_) take_decision(*wanted_decision_);
  if (!wanted_policy_.empty()) {
    const auto parsed = parse_policy(wanted_policy_, review_->policy_voters().size());
    if (!parsed) return Q_EMIT review_failed(parsed.error());
    review_->set_policy(*parsed);
  }
  policy_memory_.start(*review_);
  connect(review_.get(), &RunReview::decided, this, [this](bool settled) {
    if (settled) policy_memory_.note(*undo_, [this] { return review_.get(); });
  });
  connect(review_.get(), &RunReview::costs_changed, this,
          [this] { policy_memory_.note(*undo_, [this] { return review_.get(); }); });
  Q_EMIT run_opened();
}

/// Costs are of a split: whoever comes back to it finds those that were said there.
void StudySession::take_costs() {
  const OpenedRun& opened = review_->run();
  const auto key = std::tuple(opened.folder.string(), opened.dataset.id, opened.split);
  if (const auto known = costs_.find(key); known != costs_.end()) review_->set_costs(known->second);
  connect(review_.get(), &RunReview::costs_changed, this,
          [this, key] { costs_[key] = review_->costs(); });
}

}  // namespace plumbline
