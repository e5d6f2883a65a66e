#pragma once
#include <QObject>
#include <QStringList>

#include <optional>
#include <string>
#include <vector>

#include "core/jobs/job_subject.h"
#include "widgets/planer/planer_commands.h"

namespace plumbline {

class JobCenter;
class PlanerBar;
class PlanerReview;
class TargetModel;

/// What a launch would do now.
struct LaunchPreview {
  QStringList words;  ///< beside the slider's handle
  QString obstacle;   ///< why it cannot be launched; empty: it can
};

/// What the PLANER page asks the engine for: searches of the target, measurements, the order of the
/// queue. Says what was queued, and why not where something stands against it.
class PlanerJobs : public QObject {
  Q_OBJECT
 public:
  /// `targets`: what is found, at work or queued is not begun a second time. `bar`: device and
  /// text.
  PlanerJobs(JobCenter* jobs, const PlanerReview* review, const TargetModel* targets,
             const PlanerBar* bar, QObject* parent);

  /// The study's folder; empty: none is open. The settings that were kept are another study's then.
  void set_study(const QString& folder);
  const QString& study() const { return study_; }

  /// What was kept, else the settings of the search that is looked at. Where its search saves
  /// something else there is a free name in place of its own, unless the user has typed that.
  SearchSettings settings() const;
  void keep_settings(SearchSettings settings);
  /// Names that a further search cannot have: the study's, and those that are queued or at work.
  std::vector<std::string> taken_searches() const;
  std::vector<std::string> taken_networks() const;

  /// Why a search cannot be launched; empty: it can.
  QString obstacle() const;
  /// Nothing where there is no baseline to compare with.
  std::optional<LaunchPreview> preview() const;
  /// The engine's command for these targets.
  QStringList command(const std::vector<double>& targets) const;
  bool launch(double target);
  void measure();
  /// The engine's word for the device that is chosen; empty, which is said, where it is not in this
  /// machine.
  QString device();

  /// A queue's order is that of its jobs' names: those behind are described anew.
  void reorder(const std::vector<std::string>& jobs);
  void remove_target(int row);
  bool submit(const std::string& kind, const QStringList& words, JobSubject subject);

 Q_SIGNALS:
  void said(const QString& message);
  void failed(const QString& message);

 private:
  std::vector<std::string> queued_searches() const;
  /// Whether a search of that name has targets of another kind than those that are looked at.
  bool saves_something_else(const std::string& search) const;

  JobCenter* jobs_;
  const PlanerReview* review_;
  const TargetModel* targets_;
  const PlanerBar* bar_;
  QString study_;
  std::optional<SearchSettings> settings_;  ///< of the search that is launched next
  bool named_ = false;                      ///< the user has typed its name
};

}  // namespace plumbline
