#pragma once
#include <QObject>

#include <filesystem>
#include <memory>

#include "core/types/error.h"
#include "widgets/decision/run_review.h"

class QComboBox;

namespace plumbline {

class PolicyBar;
class ElidedLabel;

/// One side of a comparison: a run and a policy on it, chosen as everywhere, with the decisions
/// that come of them.
class CompareSide : public QObject {
  Q_OBJECT
 public:
  /// Its bar is a child of `host`, which puts it into its layout.
  CompareSide(const QString& label, const QString& name, QWidget* host);
  PolicyBar* bar() const { return bar_; }

  /// Which runs there are, and what was saved of them; the chosen one stays while it is there.
  void set_runs(const std::filesystem::path& study, const QStringList& runs);
  void offer_decisions(const Study* study);
  /// `policy` as it is written; the policy that a run is opened with where empty.
  void choose(const QString& run, const QString& policy);
  /// The same with a policy that is bound already and its voters.
  void choose(const QString& run, const BoundPolicy& policy, std::vector<std::size_t> voters);
  /// Of the run that is open.
  void set_policy(const QString& policy);
  QString run() const;
  QString policy() const;  ///< as it is written
  /// "83.2 % accepted, 7,680 kept"; "31 of 40 found, 7 false".
  QString fact() const;
  RunReview* review() const { return review_.get(); }  ///< null: not read yet, or an error
  QString error() const { return error_; }
  bool busy() const { return reading_ || (review_ && review_->busy()); }

 Q_SIGNALS:
  void decided();  ///< other decisions, or an error, or none any more
  void failed(const QString& message);

 private:
  void open();
  void take_run(Result<OpenedRun> run);
  void show_fact();

  std::filesystem::path study_;
  QComboBox* runs_;
  ElidedLabel* fact_;
  PolicyBar* bar_;
  std::unique_ptr<RunReview> review_;
  QString wanted_;  ///< policy of the run that is being read
  std::optional<std::pair<BoundPolicy, std::vector<std::size_t>>> wanted_bound_;  ///< instead
  QString error_;
  int opening_ = 0;
  bool reading_ = false;
};

}  // namespace plumbline
