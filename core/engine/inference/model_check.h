#pragma once
#include "core/engine/inference/network.h"

namespace plumbline {

/// Whether a network answers for each image alone, and the same whenever it is asked: run on the
/// same three images twice, in another order, and in batches of other sizes. What a model gives
/// must fit its card (check_against_card) and then must not change by more than 2·10⁻⁴ of its
/// largest value: float32 sums in another order differ by some 10⁻⁶, normalisation over the batch
/// or dropout by a percent and more. Of a detector that ranks and suppresses its boxes itself a
/// tenth may differ, since rounding decides between equal scores; what else such an image has,
/// masks, say, is not compared then. To be asked in float32 where that
/// can be: what is compiled for a shorter precision may change by some hundred of its last places,
/// which are those percents. Errors name `where`, what changes, and how to export the model without
/// it: a batch size that is in the trace (with its size, where one up to 64 works), an answer that
/// depends on the others in its batch or on their order, an answer that is another one when it is
/// asked for again.
Result<void> check_answers(Network& network, const ModelCard& card, c10::Device device,
                           const std::string& where, Precision precision = Precision::fp32);

}  // namespace plumbline
