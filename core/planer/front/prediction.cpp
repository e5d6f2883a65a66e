#include "core/planer/front/prediction.h"

#include <cmath>

#include <fmt/format.h>

#include "core/types/count_text.h"

namespace plumbline {

namespace {

/// Networks that a line is fitted through, at least.
constexpr std::size_t enough_for_line = 3;
/// Slopes beyond these say that the points lie too close together for a line.
constexpr double least_slope = 0.2, greatest_slope = 5;

/// Fits all points but one; equal predictions have no slope, so that only the offset is fitted.
LossCalibration fit_line(const std::vector<PredictionError>& networks, std::size_t without) {
  double count = 0, mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    if (i == without) continue;
    ++count;
    mean_x += networks[i].predicted;
    mean_y += networks[i].measured;
  }
  mean_x /= count;
  mean_y /= count;
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    if (i == without) continue;
    const double x = networks[i].predicted - mean_x;
    xx += x * x;
    xy += x * (networks[i].measured - mean_y);
  }
  // Below a billionth of a nat predictions are the same.
  const double slope = xx > count * 1e-18 ? xy / xx : 1;
  return {mean_y - slope * mean_x, slope};
}

}  // namespace

std::optional<double> predicted_loss(const LossIncrements& increments,
                                     const Architecture& architecture) {
  if (architecture.size() != increments.increments.size()) return std::nullopt;
  double loss = increments.base_loss;
  for (std::size_t slot = 0; slot < architecture.size(); ++slot) {
    const auto& row = increments.increments[slot];
    if (architecture[slot] >= row.size() || !row[architecture[slot]]) return std::nullopt;
    loss += *row[architecture[slot]];
  }
  return loss;
}

PredictionErrors prediction_errors(const LossIncrements& increments,
                                   const std::vector<RetrainedNetwork>& networks) {
  PredictionErrors errors;
  for (const RetrainedNetwork& network : networks) {
    const auto predicted = predicted_loss(increments, network.architecture);
    if (!predicted || !std::isfinite(network.validation_loss)) continue;
    errors.networks.push_back({network.name,
                               *predicted,
                               network.validation_loss,
                               *predicted - network.validation_loss,
                               {}});
  }
  const std::size_t count = errors.networks.size();
  if (count == 0) return errors;
  double sum = 0, calibrated_sum = 0;
  for (const PredictionError& network : errors.networks) sum += std::abs(network.error);
  errors.mean_absolute = sum / static_cast<double>(count);
  if (count < enough_for_line) return errors;
  errors.calibration = fit_line(errors.networks, count);
  for (std::size_t i = 0; i < count; ++i) {
    const LossCalibration line = fit_line(errors.networks, i);
    PredictionError& network = errors.networks[i];
    network.calibrated_error = line.offset + line.slope * network.predicted - network.measured;
    calibrated_sum += std::abs(*network.calibrated_error);
  }
  errors.calibrated_mean_absolute = calibrated_sum / static_cast<double>(count);
  return errors;
}

std::string calibration_text(const FrontCalibration& calibration) {
  if (calibration.networks == 0) return "not calibrated: no network was retrained";
  return fmt::format(
      "calibrated on {}{}",
      count_text(static_cast<std::int64_t>(calibration.networks), "retrained network"),
      calibration.existing_network ? " and the existing one" : "");
}

FrontCalibration calibrate_front(const LossIncrements& increments,
                                 std::vector<RetrainedNetwork> retrained,
                                 const std::optional<RetrainedNetwork>& existing) {
  FrontCalibration calibration;
  PredictionErrors errors = prediction_errors(increments, retrained);
  calibration.networks = errors.networks.size();
  if (errors.networks.empty()) return calibration;
  // One or two say nothing of the front's other end: there the existing network is.
  if (errors.networks.size() < enough_for_line && existing) {
    retrained.push_back(*existing);
    errors = prediction_errors(increments, retrained);
    calibration.existing_network = errors.networks.size() > calibration.networks;
  }
  if (errors.calibration && errors.calibration->slope >= least_slope &&
      errors.calibration->slope <= greatest_slope) {
    calibration.line = *errors.calibration;
    return calibration;
  }
  double sum = 0;
  for (const PredictionError& network : errors.networks) sum += network.error;
  calibration.line.offset = -sum / static_cast<double>(errors.networks.size());
  return calibration;
}

}  // namespace plumbline
