#include "core/study/output_kind.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace plumbline {

namespace {

constexpr OutputValues all_kinds[] = {OutputValues::probabilities, OutputValues::log_probabilities,
                                      OutputValues::logits};
constexpr std::string_view kinds_hint =
    "say what the numbers are: --kind probabilities, log-probabilities or logits";

/// The sum that has to be 1: of the numbers, or of their exponentials.
double sum_as(std::span<const double> row, OutputValues kind) {
  double sum = 0;
  for (const double v : row) sum += kind == OutputValues::log_probabilities ? std::exp(v) : v;
  return sum;
}

bool could_be(std::span<const double> row, OutputValues kind) {
  if (kind == OutputValues::logits) return true;
  const bool signs = std::ranges::all_of(
      row, [&](double v) { return kind == OutputValues::probabilities ? v >= 0 : v <= 0; });
  return signs && std::abs(sum_as(row, kind) - 1) <= sum_tolerance;
}

struct Fit {
  std::size_t rows = 0, fitting = 0;
  std::optional<std::size_t> first_misfit;
};

Fit fit_of(std::span<const double> values, std::size_t classes, OutputValues kind) {
  Fit fit;
  for (std::size_t begin = 0; begin + classes <= values.size(); begin += classes, ++fit.rows) {
    if (could_be(values.subspan(begin, classes), kind))
      ++fit.fitting;
    else if (!fit.first_misfit)
      fit.first_misfit = fit.rows;
  }
  return fit;
}

/// Why a row is not of a kind: "a value is negative", "its values sum to 0".
std::string misfit_text(std::span<const double> row, OutputValues kind) {
  const bool probabilities = kind == OutputValues::probabilities;
  if (std::ranges::any_of(row, [&](double v) { return probabilities ? v < 0 : v > 0; }))
    return probabilities ? "it has a negative value" : "it has a positive value";
  return fmt::format("its {} sum to {:.6g}, not to 1",
                     probabilities ? "values" : "values' exponentials", sum_as(row, kind));
}

/// What numbers that are of no kind may be, where that must not be guessed.
std::optional<std::string> doubt(std::span<const double> values, std::size_t classes) {
  const auto [least, most] = std::ranges::minmax(values);
  if (least < 0) return std::nullopt;
  double least_sum = std::numeric_limits<double>::infinity(), most_sum = 0;
  for (std::size_t begin = 0; begin + classes <= values.size(); begin += classes) {
    const double sum = sum_as(values.subspan(begin, classes), OutputValues::probabilities);
    least_sum = std::min(least_sum, sum);
    most_sum = std::max(most_sum, sum);
  }
  const double first = sum_as(values.first(classes), OutputValues::probabilities);
  if (most <= 1)
    return fmt::format(
        "all values are within 0 and 1, but rows do not sum to 1 (row 0 sums to {:.6g}): they may "
        "come from a sigmoid, or be logits",
        first);
  if (most_sum - least_sum <= sum_tolerance * most_sum)
    return fmt::format(
        "no value is negative, and every row sums to about {:.6g}: they may be percentages or "
        "counts; divide each row by its sum",
        first);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(OutputValues kind) {
  switch (kind) {
    case OutputValues::probabilities: return "probabilities";
    case OutputValues::log_probabilities: return "log-probabilities";
    case OutputValues::logits: return "logits";
  }
  return "logits";
}

Result<OutputValues> told_kind(std::span<const double> values, std::size_t classes,
                               const std::string& wanted, const std::string& where) {
  if (wanted != "auto" && std::ranges::find(all_kinds, wanted, [](OutputValues kind) {
                            return to_string(kind);
                          }) == std::end(all_kinds))
    return usage_error(fmt::format("there is no kind '{}'", wanted), "--kind",
                       "probabilities, log-probabilities, logits or auto");
  if (classes == 0 || values.size() < classes) return OutputValues::logits;
  for (const OutputValues kind : all_kinds) {
    if (wanted != "auto" && wanted != to_string(kind)) continue;
    const Fit fit = fit_of(values, classes, kind);
    if (!fit.first_misfit) return kind;
    const auto row = values.subspan(*fit.first_misfit * classes, classes);
    if (wanted != "auto")
      return bad_input(
          fmt::format("row {} is not of {}: {}", *fit.first_misfit, wanted, misfit_text(row, kind)),
          where, "correct the row, or name another --kind");
    if (2 * fit.fitting >= fit.rows)
      return bad_input(
          fmt::format("{} of {} rows are {}, but row {} is not: {}", fit.fitting, fit.rows,
                      to_string(kind), *fit.first_misfit, misfit_text(row, kind)),
          where, fmt::format("correct the row, or {}", kinds_hint));
    if (kind == OutputValues::log_probabilities) break;
  }
  if (const auto reason = doubt(values, classes))
    return bad_input(*reason, where, std::string(kinds_hint));
  return OutputValues::logits;
}

}  // namespace plumbline
