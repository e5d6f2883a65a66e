#pragma once
#include <QObject>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "widgets/planer/search_curve.h"
#include "widgets/planer/search_progress.h"

namespace plumbline {

class JobCenter;

/// What the PLANER page looks at: the study's networks and searches, the subject, the target while
/// it is dragged, the search at work, and which architectures are selected. Views only read it.
class PlanerReview : public QObject {
  Q_OBJECT
 public:
  explicit PlanerReview(JobCenter* jobs, QObject* parent = nullptr);

  /// Another state of the study; the subject stays where it still exists, else the last search's is
  /// taken. Nothing: no study is open.
  void set_catalogue(std::optional<PlanerCatalogue> catalogue);
  const PlanerCatalogue& catalogue() const { return catalogue_; }

  const PlanerSubject& subject() const { return subject_; }
  void look_at(const PlanerSubject& subject);
  /// The search with its network and key.
  void open_search(const std::string& name);
  /// Null where the study has no network.
  const SearchCurve* curve() const { return curve_ ? &*curve_ : nullptr; }
  /// Further searches that the plot shows beside the subject.
  const std::vector<SearchCurve>& others() const { return others_; }
  void show_other(const std::string& search, bool shown);

  /// Another cost to plot accuracy against and to aim at; a search that is opened has its own.
  void set_cost(CostKind cost);

  double target() const { return target_; }  ///< fraction of the baseline's cost
  void set_target(double target);
  std::optional<double> target_limit() const;  ///< what that is: ms, or joules of 1,000 tokens
  /// The best of the surrogate front within the target; null: no front, or nothing costs as little.
  const FrontPoint* predicted() const;

  /// The search of this subject at work, else the last one that was; nothing: none.
  const std::optional<SearchProgress>& progress() const { return progress_; }
  bool is_searching() const;  ///< running or paused

  /// Baseline, found, the running search's most likely, predicted; random ones left out.
  const std::vector<PlanerEntry>& strips() const { return strips_; }
  /// Up to two entries, by key; the second is compared with the first.
  const std::vector<std::string>& selected() const { return selected_; }
  void select(std::vector<std::string> keys);
  const PlanerEntry* entry(const std::string& key) const;
  /// What the panel describes: the last selected, else the latest found, else the baseline.
  const PlanerEntry* described() const;

  JobCenter* jobs() const { return jobs_; }

 Q_SIGNALS:
  void subject_changed();   ///< everything may be different
  void target_changed();    ///< what is predicted is another with it
  void progress_changed();  ///< the search at work went on
  void strips_changed();
  void selection_changed();
  /// The search at work says that the study holds more than was read: another phase, a network.
  void study_grew();

 private:
  std::optional<SearchProgress> find_progress() const;
  SearchProgress progress_of(const JobFolder& job) const;
  void take_jobs();
  void take_job(const std::string& id);
  void read_curves();
  void make_strips();
  void follow_renamed(const PlanerCatalogue& before);
  std::optional<PlanerSubject> likely_subject() const;

  JobCenter* jobs_;
  PlanerCatalogue catalogue_;
  PlanerSubject subject_;
  std::optional<SearchCurve> curve_;
  std::set<std::string> shown_;
  std::vector<SearchCurve> others_;
  double target_ = 0.5;
  std::optional<SearchProgress> progress_;
  std::vector<PlanerEntry> strips_;
  std::vector<std::string> selected_;
};

}  // namespace plumbline
