#include "core/planer/front/prediction.h"

#include <cmath>

namespace plumbline {

namespace {

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
  if (count < 3) return errors;
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

}  // namespace plumbline
