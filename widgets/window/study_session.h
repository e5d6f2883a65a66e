#pragma once
#include <QObject>
#include <QTimer>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/study/study.h"
#include "core/types/work_progress.h"
#include "widgets/decision/policy_memory.h"

class QTimer;
class QUndoStack;

namespace plumbline {

struct OpenedRun;
class Remarks;
class RunReview;

/// The study that is open, its runs, and the run under review with its tags, notes and steps of
/// undo. What another window or program writes to the study is noticed within a second.
class StudySession : public QObject {
  Q_OBJECT
 public:
  explicit StudySession(QObject* parent = nullptr);
  ~StudySession() override;

  /// Opens a study for reading, after it was brought up to date where it may be written. What was
  /// open has to be closed before. `access`: read_only leaves it as it is.
  Result<void> open(const QString& folder, Access access = Access::read_write);
  void close();
  /// Whether what is open may be written to.
  bool writable() const { return writable_; }
  /// Nothing is under review any more, because the run is gone.
  void leave_run();
  /// Reads once more which runs there are.
  Result<void> read_runs();

  /// Reads the run on another thread. `policy` is parsed for its default voters. Ends in
  /// run_opened() or run_failed(), unless another run is asked for meanwhile.
  void open_run(const QString& name, const std::string& policy, const std::string& split);

  /// The same with a saved decision; one of the run that is under review is taken at once.
  void open_decision(const StoredDecision& decision, const std::string& split = {});
  /// The run under review as its voters saw it under a condition, with policy and voters as they
  /// stand. Identity: as it is.
  void open_under(const View& condition);

  const Study* study() const { return study_ ? &*study_ : nullptr; }
  const std::vector<RunInfo>& runs() const { return runs_; }  ///< oldest first
  RunReview* review() const { return review_.get(); }         ///< null: none is open
  /// Whether this run is under review as it is; an empty split means any.
  bool is_under_review(const QString& run, const QString& split = {}) const;
  bool is_reading() const { return reading_; }
  Remarks* remarks() const { return remarks_; }
  QUndoStack* undo() const { return undo_; }

 Q_SIGNALS:
  void review_closing();                              ///< what is under review goes now
  void run_reading(const QString& name);              ///< nothing is under review until it is there
  void review_opened();                               ///< review() is new, under its first policy
  void run_opened();                                  ///< and under the policy that was asked for
  void run_failed(const plumbline::Error& error);     ///< it could not be read
  void review_failed(const plumbline::Error& error);  ///< a policy is wrong or cannot be decided
  void working(const QString& what);                  ///< what takes long, now and then
  void noted(const QString& what);                    ///< what was mended
  void failed(const QString& message);                ///< of tags and notes
  void contents_changed();  ///< another window or program has added, renamed or removed something

 private:
  void close_review();
  void look_for_changes();
  /// By value: they may be parts of the review that closes here.
  void read_run(const QString& name, std::string split, View condition = {});
  void take_run(Result<OpenedRun> run);
  void take_costs();
  void take_decision(const StoredDecision& decision);
  void say_progress();

  QUndoStack* undo_;
  Remarks* remarks_;
  std::optional<Study> study_;
  std::vector<RunInfo> runs_;
  std::unique_ptr<RunReview> review_;
  PolicyMemory policy_memory_;
  /// What harm was counted in, by study, data set and split, as long as the window is open.
  std::map<std::tuple<std::string, std::int64_t, std::string>, HarmCosts> costs_;
  std::string wanted_policy_;                      ///< of the run that is being read
  std::optional<StoredDecision> wanted_decision_;  ///< likewise
  std::shared_ptr<WorkProgress> progress_;         ///< of the run that is read, or under review
  QTimer* progress_watch_;
  int opening_ = 0;  ///< drops runs that were read too late
  bool reading_ = false, writable_ = false;
  QTimer watch_;
  std::int64_t version_ = 0;  ///< of the study, when it was looked at last
  std::string contents_;      ///< likewise
};

}  // namespace plumbline
