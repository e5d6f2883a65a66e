#pragma once
#include <QWidget>

#include <filesystem>
#include <memory>

#include "core/types/error.h"
#include "widgets/decision/run_review.h"

class QComboBox;
class QLineEdit;

namespace plumbline {

/// One side of a comparison: a run and a policy on it, with the decisions that come of them.
class CompareSide : public QWidget {
  Q_OBJECT
 public:
  CompareSide(const QString& label, const QString& name, QWidget* parent);

  /// Which runs there are; the chosen one stays while it is there.
  void set_runs(const std::filesystem::path& study, const QStringList& runs);
  /// `policy` as it is written; `voters`: its number of voters' default where empty.
  void choose(const QString& run, const QString& policy);
  QString run() const;
  QString policy() const;
  RunReview* review() const { return review_.get(); }  ///< null: not read yet, or an error
  QString error() const { return error_; }
  bool busy() const { return reading_ || (review_ && review_->busy()); }

 Q_SIGNALS:
  void decided();  ///< other decisions, or an error, or none any more

 private:
  void open();
  void apply_policy();

  std::filesystem::path study_;
  QComboBox* runs_;
  QLineEdit* policy_;
  std::unique_ptr<RunReview> review_;
  QString error_;
  int opening_ = 0;
  bool reading_ = false;
};

}  // namespace plumbline
