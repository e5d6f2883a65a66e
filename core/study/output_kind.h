#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/types/error.h"

namespace plumbline {

/// What the numbers of a classifier's output are.
enum class OutputValues { probabilities, log_probabilities, logits };

/// "probabilities", "log-probabilities", "logits".
std::string_view to_string(OutputValues kind);

/// How far a row of probabilities may be from a sum of 1: float16 rows of a thousand classes stay
/// within.
inline constexpr double sum_tolerance = 1e-2;

/// What rows of `classes` numbers are. `wanted` is a kind, which every row must then be of, or
/// "auto": rows that are not negative and sum to 1 are probabilities, rows that are not positive
/// and whose exponentials do are log-probabilities, others logits. "auto" never decides by a
/// majority, and never takes for logits what looks like something else: a few rows that are of no
/// kind among rows that are, numbers that all lie in 0 to 1 (a sigmoid, or small logits), sums that
/// are all the same (per cent, counts). These are errors that name the first such row, its sum and
/// --kind. Requires finite values, or −inf. Errors name `where`.
Result<OutputValues> told_kind(std::span<const double> values, std::size_t classes,
                               const std::string& wanted, const std::string& where);

}  // namespace plumbline
