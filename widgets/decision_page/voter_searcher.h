#pragma once
#include <QObject>

#include <atomic>
#include <memory>
#include <optional>

#include "core/review/voter_search.h"
#include "widgets/decision_page/decision_analysis.h"

namespace plumbline {

/// Looks on other threads for the few voters that are worth their cost, and says how far it is.
class VoterSearcher : public QObject {
  Q_OBJECT
 public:
  explicit VoterSearcher(DecisionAnalysis* analysis);
  ~VoterSearcher() override;

  /// On the split that selects; where there is none, on the one that is shown, which found() says.
  void start(const SelectionRule& rule);
  void stop();
  bool running() const { return running_ != nullptr; }
  std::size_t done() const { return done_; }
  std::size_t total() const { return total_; }

  /// Null: nothing was searched for.
  const VoterSearch* found() const { return found_.get(); }
  /// Whether what was found is of the policy under review, wherever its threshold stands.
  bool is_current() const;
  /// Takes voters and setting, staged where it may be.
  void take(const VoterChoice& choice);

 Q_SIGNALS:
  void changed();
  void failed(const QString& message);

 private:
  /// Costs of another run, or counted in something else, are no longer to be compared.
  void forget_others();
  std::string key() const;
  /// That the policy under review counts; empty for none and for plain ones.
  std::vector<double> counted() const;

  struct Flags {
    std::atomic<bool> stopped = false;
    std::atomic<std::size_t> done = 0, total = 0;
  };
  DecisionAnalysis* analysis_;
  QTimer tick_;
  std::shared_ptr<Flags> running_;
  std::size_t done_ = 0, total_ = 0;
  std::shared_ptr<const VoterSearch> found_;
  std::string found_for_;
  std::vector<double> found_with_;  ///< costs
  QPointer<RunReview> review_;
  CostAxis axis_ = CostAxis::latency;
};

}  // namespace plumbline
