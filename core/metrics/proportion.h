#pragma once
#include <cstdint>

namespace plumbline {

struct Interval {
  double low = 0, high = 0;
};

/// The 95 % interval of a proportion of `hits` in `n` independent samples (E. B. Wilson, 1927).
/// NaN where n is 0. Between 0 and 1; of sensible width also for 0 and n hits.
Interval wilson_interval(std::int64_t hits, std::int64_t n);

/// The 95 % interval of the mean of a count that is Poisson's, from one count (its score interval).
/// Of sensible width also for 0.
Interval poisson_interval(std::int64_t events);

/// The 95 % interval of the difference of two proportions measured on the same n samples, of which
/// `only_first` are hits of the first alone and `only_second` of the second alone: second − first.
/// D. G. Bonett, R. M. Price, "Adjusted Wald confidence interval for a difference of binomial
/// proportions based on paired data", 2012. NaN where n is 0.
Interval paired_difference_interval(std::int64_t only_first, std::int64_t only_second,
                                    std::int64_t n);

/// The 95 % interval of the difference of two proportions measured on different samples: second −
/// first. Method 10 of R. G. Newcombe, "Interval estimation for the difference between independent
/// proportions", 1998, from both Wilson intervals. NaN where one has no samples.
Interval independent_difference_interval(std::int64_t first_hits, std::int64_t first_n,
                                         std::int64_t second_hits, std::int64_t second_n);

}  // namespace plumbline
