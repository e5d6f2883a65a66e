#include "widgets/window/study_session.h"

#include <QFileInfo>
#include <QUndoStack>

#include "core/review/fit_decision.h"
#include "widgets/decision/run_review.h"
#include "widgets/page/background.h"
#include "widgets/study/remarks.h"
#include "widgets/text/text_of.h"

namespace plumbline {

StudySession::StudySession(QObject* parent)
    : QObject(parent), undo_(new QUndoStack(this)), remarks_(new Remarks(undo_, this)) {
  connect(remarks_, &Remarks::failed, this, &StudySession::failed);
}

StudySession::~StudySession() = default;

Result<void> StudySession::open(const QString& folder) {
  const std::string path = QFileInfo(folder).absoluteFilePath().toStdString();
  // Brings a study of an earlier version up to date where it may be written.
  static_cast<void>(Study::open(path, Access::read_write));
  auto study = Study::open(path, Access::read_only);
  TRY(study);
  study_ = std::move(*study);
  return {};
}

void StudySession::close() {
  ++opening_;
  reading_ = false;
  close_review();
  study_.reset();
  runs_.clear();
  remarks_->close();
}

Result<void> StudySession::read_runs() {
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

void StudySession::read_run(const QString& name, const std::string& split, const View& condition) {
  if (!study_) return;
  // Steps of another run are not this one's.
  if (review_ == nullptr || text_of(review_->run().info.name) != name) undo_->clear();
  const int opening = ++opening_;
  reading_ = true;
  close_review();
  Q_EMIT run_reading(name);
  run_in_background(
      this,
      [folder = study_->folder(), run = name.toStdString(), split, condition] {
        return plumbline::open_run(folder, run, split, condition);
      },
      [this, opening](Result<OpenedRun> run) {
        if (opening == opening_) take_run(std::move(run));
      });
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
  Q_EMIT run_opened();
}

}  // namespace plumbline
