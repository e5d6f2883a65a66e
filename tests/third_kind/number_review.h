#pragma once

namespace plumbline::test {

/// What a run of numbers (tests/core/engine/number_kind.h) is reviewed by, in this one file: the
/// policy "steady", the metric "mean_error" and the entry that opens its predictions. Its items are
/// objects: a network here looks at the upper half of an image, and images of the first class are
/// none. `register_number_review` adds the three lines to the tables.
void register_number_review();

/// What class k stands for as a number: (k − 4.5) / 9. A voter's mean is right within the
/// tolerance.
double number_of_class(int index);
inline constexpr double number_tolerance = 0.2;

}  // namespace plumbline::test
