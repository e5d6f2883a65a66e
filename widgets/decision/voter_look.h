#pragma once
#include <QPen>
#include <vector>

#include "core/types/voter.h"

namespace plumbline {

/// How a run's voters are told apart wherever their boxes are drawn: colour by model, dash by view
/// (identity is solid).
class VoterLooks {
 public:
  VoterLooks() = default;
  explicit VoterLooks(const std::vector<Voter>& voters);

  std::size_t size() const { return models_.size(); }
  std::size_t model(std::size_t voter) const { return models_[voter]; }
  QPen pen_on_image(std::size_t voter, qreal width) const;
  QPen pen_on_base(std::size_t voter, qreal width) const;
  /// How many voters each model has, in the order of the run's models.
  const std::vector<std::size_t>& voters_of_models() const { return groups_; }
  /// The voters in the order of their models.
  const std::vector<std::size_t>& by_model() const { return by_model_; }

 private:
  QPen pen(const QColor& colour, std::size_t voter, qreal width) const;
  std::vector<std::size_t> models_, views_, groups_, by_model_;
};

}  // namespace plumbline
