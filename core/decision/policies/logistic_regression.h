#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// Intercept, then one coefficient a feature, of the regression that minimises Σ −ln p + ½ Σ w² on
/// standardised features (the intercept is free), as scikit-learn's LogisticRegression at its
/// defaults behind a StandardScaler; given for the features as they are. By Newton's method; the
/// penalty keeps it finite where classes are separable. `rows`: samples × width, row-major. Nothing
/// where not both kinds are there.
std::optional<std::vector<double>> fit_logistic_regression(std::span<const double> rows,
                                                           std::size_t width,
                                                           std::span<const std::uint8_t> right);

/// The probability of right.
double logistic_probability(std::span<const double> coefficients, std::span<const double> features);

}  // namespace plumbline
