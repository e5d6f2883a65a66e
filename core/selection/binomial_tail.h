#pragma once
#include <cstdint>

namespace plumbline {

/// P(Bin(n, p) ≤ k), to some 1e-12 relative for n up to 10⁹, also where it is as small as 1e-300.
/// 0 for k < 0, 1 for k ≥ n. Requires 0 ≤ p ≤ 1 and n ≥ 0.
double binomial_tail(std::int64_t k, std::int64_t n, double p);

/// The least risk that `wrong` of `n` rule out at level `delta`: the p with P(Bin(n, p) ≤ wrong) =
/// delta (C. J. Clopper, E. S. Pearson, 1934), found to 1e-12. 1 where wrong ≥ n.
double upper_risk_bound(std::int64_t wrong, std::int64_t n, double delta);

/// The least n for which ⌊n · rate⌋ wrong among n still show a risk of at most `risk` at level
/// `delta`; −1 where none below 10¹² does, as where the rate is not below the risk.
std::int64_t samples_needed(double rate, double risk, double delta);

}  // namespace plumbline
