#pragma once
#include <cstdint>
#include <optional>
#include <span>

namespace plumbline {

/// How well a score tells right from wrong (DOMAIN 1.4). Nothing where a figure is not defined: no
/// samples, or for AUROC and FPR95 only right or only wrong ones.
struct SelectiveMetrics {
  std::optional<double> aurc;    ///< area under selective risk over coverage
  std::optional<double> e_aurc;  ///< aurc − (e + (1 − e) ln(1 − e)), e the error rate
  std::optional<double> augrc;   ///< area under generalized risk over coverage
  std::optional<double> auroc;   ///< right is the positive class
  std::optional<double> fpr95;   ///< least false positive rate at a true positive rate ≥ 0.95
  std::optional<double> coverage_at_risk_5;   ///< largest with selective risk ≤ 0.05; 0 if none
  std::optional<double> risk_at_coverage_80;  ///< at the smallest coverage ≥ 0.8
};

/// `right`: 1 or 0 a sample. Points lie at distinct scores only; areas are trapezoids between them;
/// the AURC goes flat from the first point to coverage 0, the AUGRC starts at (0, 0), as fd-shifts
/// defines them (Traub et al. 2024). Does not depend on the order of samples. A score that is not a
/// number ranks last.
SelectiveMetrics selective_metrics(std::span<const double> score,
                                   std::span<const std::uint8_t> right);

/// The largest coverage at a distinct score with selective risk ≤ `risk`; 0 if none, nothing
/// without samples.
std::optional<double> coverage_at_risk(std::span<const double> score,
                                       std::span<const std::uint8_t> right, double risk);

/// The selective risk at the smallest coverage ≥ `coverage` at a distinct score; nothing where
/// there is none.
std::optional<double> risk_at_coverage(std::span<const double> score,
                                       std::span<const std::uint8_t> right, double coverage);

}  // namespace plumbline
