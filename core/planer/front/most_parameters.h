#pragma once
#include <span>

#include "core/planer/front/surrogate.h"

namespace plumbline {

/// The free baseline of a search (Javaheripi et al. 2022, LiteTransformerSearch): among
/// architectures of at most `limit` the one with most parameters at work in its slots, found
/// exactly and without any training. As there, slots keep their kind: where the published backbone
/// has attention there is attention of some width or nothing, where it has a feed-forward one of
/// some width or nothing. Of equal ones it is that whose earlier slots are narrower. `options`:
/// those that may be chosen. Errors (usage): nothing costs as little; the least cost is named.
Result<Architecture> most_parameters_within(const BackboneConfig& config,
                                            std::span<const OptionIndex> options,
                                            const CostTable& costs, double limit);

}  // namespace plumbline
