#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/planer/front/surrogate.h"

namespace plumbline {

/// base loss + increments, in nats per token; nothing where an option was not measured in its slot.
std::optional<double> predicted_loss(const LossIncrements& increments,
                                     const Architecture& architecture);

/// A network that was really retrained.
struct RetrainedNetwork {
  std::string name;
  Architecture architecture;
  double validation_loss = 0;  ///< nats per token
};

/// What was predicted of it.
struct PredictionError {
  std::string name;
  double predicted = 0, measured = 0;  ///< nats per token
  double error = 0;                    ///< predicted − measured
  /// The error after calibration by a least-squares line, measured over predicted, through the
  /// *other* networks.
  std::optional<double> calibrated_error;
};

/// measured ≈ offset + slope · predicted, over all networks.
struct LossCalibration {
  double offset = 0, slope = 0;
};

/// How far the surrogate can be believed. The shared weights are trained less than retrained ones,
/// so that predictions are too high by about a constant: order and calibrated errors count.
struct PredictionErrors {
  std::vector<PredictionError> networks;       ///< those that can be predicted, in the order given
  std::optional<double> mean_absolute;         ///< nothing without networks
  std::optional<LossCalibration> calibration;  ///< of three networks and more
  std::optional<double> calibrated_mean_absolute;  ///< of the errors through the others
};

/// Deterministic. Networks whose architecture has another number of slots are left out.
PredictionErrors prediction_errors(const LossIncrements& increments,
                                   const std::vector<RetrainedNetwork>& networks);

/// Leads from what a front predicts to what retrained networks had, since shared weights are
/// trained less: a line through three or more networks, a shift by the mean error of fewer, or
/// where they lie too close together for a line. By default nothing is changed.
struct FrontCalibration {
  LossCalibration line{0, 1};
  std::size_t networks = 0;  ///< retrained ones that it is made of; 0: none, nothing is changed
  bool existing_network = false;  ///< made of the existing network too, since they are few
  /// What is expected once it is retrained, of what was predicted: nats per token.
  double expected_nats(double predicted) const { return line.offset + line.slope * predicted; }
};
/// "calibrated on 3 retrained networks", "calibrated on 1 retrained network and the existing one",
/// "not calibrated: no network was retrained"
std::string calibration_text(const FrontCalibration& calibration);

/// `retrained`: networks that were found and retrained alike. `existing`: the network that the
/// search began with, which says something of the front's other end where they are fewer than
/// three; nothing where its loss is not known. Deterministic.
FrontCalibration calibrate_front(const LossIncrements& increments,
                                 std::vector<RetrainedNetwork> retrained,
                                 const std::optional<RetrainedNetwork>& existing);

}  // namespace plumbline
