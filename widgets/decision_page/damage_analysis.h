#pragma once
#include <QObject>
#include <QPointer>

#include <atomic>
#include <memory>
#include <optional>

#include "core/stress/damage.h"
#include "widgets/decision_page/decision_analysis.h"

namespace plumbline {

/// What the policy under review does with one of its voters damaged: verdicts and front, computed
/// on another thread once the slider rests, and not current until then.
class DamageAnalysis : public QObject {
  Q_OBJECT
 public:
  struct Outcome {
    Damage damage;
    std::int64_t hit = 0;  ///< samples of which the voter's output was replaced
    VerdictCounts counts;
    OperatingCurve curve;
  };

  explicit DamageAnalysis(DecisionAnalysis* analysis);
  ~DamageAnalysis() override;

  /// Nothing: no voter is damaged. A voter that the policy no longer asks is let go.
  void set_damage(std::optional<Damage> damage);
  const std::optional<Damage>& damage() const { return damage_; }

  /// Of the damage that was computed last; null where there is none.
  const Outcome* outcome() const { return outcome_.get(); }
  bool is_current() const { return current_; }
  bool settled() const { return !computing_; }

 Q_SIGNALS:
  void changed();
  void failed(const QString& message);

 private:
  void fade();
  void follow();
  void compute();

  DecisionAnalysis* analysis_;
  QPointer<RunReview> review_;
  std::optional<Damage> damage_;
  std::shared_ptr<const Outcome> outcome_;
  std::shared_ptr<std::atomic<std::uint64_t>> generation_;
  bool current_ = false, computing_ = false;
};

}  // namespace plumbline
