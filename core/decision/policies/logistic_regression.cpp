#include "core/decision/policies/logistic_regression.h"

#include <algorithm>
#include <cmath>

namespace plumbline {

namespace {

/// Solves a symmetric positive definite system in place (Cholesky). False where it is not.
bool solve_positive_definite(std::vector<double>& matrix, std::vector<double>& vector) {
  const std::size_t n = vector.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = matrix[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= matrix[i * n + k] * matrix[j * n + k];
      if (i == j && !(sum > 0)) return false;
      matrix[i * n + j] = i == j ? std::sqrt(sum) : sum / matrix[j * n + j];
    }
    for (std::size_t k = 0; k < i; ++k) vector[i] -= matrix[i * n + k] * vector[k];
    vector[i] /= matrix[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) vector[i] -= matrix[k * n + i] * vector[k];
    vector[i] /= matrix[i * n + i];
  }
  return true;
}

double sigmoid(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

/// ln(1 + e^x) without overflow.
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

/// Features with mean 0 and deviation 1; one that does not vary is 0.
struct StandardFeatures {
  std::size_t width, samples;
  std::vector<double> mean, deviation, values;

  StandardFeatures(std::span<const double> rows, std::size_t features)
      : width(features),
        samples(rows.size() / features),
        mean(features),
        deviation(features),
        values(rows.begin(), rows.end()) {
    const auto n = static_cast<double>(samples);
    for (std::size_t i = 0; i < values.size(); ++i) mean[i % width] += values[i] / n;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double from_mean = values[i] - mean[i % width];
      deviation[i % width] += from_mean * from_mean / n;
    }
    for (double& d : deviation) d = std::sqrt(d);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double d = deviation[i % width];
      values[i] = d > 1e-12 ? (values[i] - mean[i % width]) / d : 0;
    }
  }

  double product(std::size_t sample, const std::vector<double>& w) const {
    double sum = w[0];
    for (std::size_t f = 0; f < width; ++f) sum += w[f + 1] * values[sample * width + f];
    return sum;
  }
};

double penalised_loss(const StandardFeatures& x, std::span<const std::uint8_t> right,
                      const std::vector<double>& w) {
  double loss = 0;
  for (std::size_t i = 0; i < x.samples; ++i) {
    const double product = x.product(i, w);
    loss += softplus(right[i] ? -product : product);
  }
  for (std::size_t f = 1; f < w.size(); ++f) loss += w[f] * w[f] / 2;
  return loss;
}

/// Newton's step at w; empty where the system cannot be solved.
std::vector<double> newton_step(const StandardFeatures& x, std::span<const std::uint8_t> right,
                                const std::vector<double>& w) {
  const std::size_t n = w.size();
  std::vector<double> gradient(n), hessian(n * n), row(n, 1.0);
  for (std::size_t i = 0; i < x.samples; ++i) {
    std::copy_n(x.values.begin() + static_cast<std::ptrdiff_t>(i * x.width), x.width,
                row.begin() + 1);
    const double p = sigmoid(x.product(i, w));
    const double error = p - (right[i] ? 1 : 0), weight = p * (1 - p);
    for (std::size_t a = 0; a < n; ++a) {
      gradient[a] += error * row[a];
      for (std::size_t b = 0; b <= a; ++b) hessian[a * n + b] += weight * row[a] * row[b];
    }
  }
  hessian[0] += 1e-12;
  for (std::size_t f = 1; f < n; ++f) {
    gradient[f] += w[f];
    hessian[f * n + f] += 1;
  }
  if (!solve_positive_definite(hessian, gradient)) return {};
  return gradient;
}

}  // namespace

std::optional<std::vector<double>> fit_logistic_regression(std::span<const double> rows,
                                                           std::size_t width,
                                                           std::span<const std::uint8_t> right) {
  const auto rights = std::ranges::count(right, std::uint8_t{1});
  if (rights == 0 || rights == static_cast<std::ptrdiff_t>(right.size())) return std::nullopt;
  const StandardFeatures x(rows, width);
  std::vector<double> w(width + 1, 0.0);
  double loss = penalised_loss(x, right, w);
  for (int iteration = 0; iteration < 100; ++iteration) {
    const std::vector<double> newton = newton_step(x, right, w);
    if (newton.empty()) break;
    double length = 0;
    for (const double s : newton) length = std::max(length, std::abs(s));
    // Halved as long as it leads upwards: far from the minimum the step is too long.
    double scale = 1, next_loss = loss;
    std::vector<double> next;
    for (; scale > 1e-6; scale /= 2) {
      next = w;
      for (std::size_t f = 0; f < w.size(); ++f) next[f] -= scale * newton[f];
      next_loss = penalised_loss(x, right, next);
      if (next_loss <= loss) break;
    }
    if (next_loss > loss) break;
    w = next;
    loss = next_loss;
    if (length < 1e-12) break;
  }
  std::vector<double> coefficients(width + 1);
  coefficients[0] = w[0];
  for (std::size_t f = 0; f < width; ++f) {
    if (!(x.deviation[f] > 1e-12)) continue;
    coefficients[f + 1] = w[f + 1] / x.deviation[f];
    coefficients[0] -= coefficients[f + 1] * x.mean[f];
  }
  return coefficients;
}

double logistic_probability(std::span<const double> coefficients,
                            std::span<const double> features) {
  double sum = coefficients[0];
  for (std::size_t f = 0; f < features.size(); ++f) sum += coefficients[f + 1] * features[f];
  return sigmoid(sum);
}

}  // namespace plumbline
