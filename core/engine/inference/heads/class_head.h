#pragma once
#include "core/engine/inference/heads/output_head.h"

namespace plumbline {

/// Logits or probabilities of classes: log-probabilities, top class and confidence of each sample,
/// in the data set's order of classes. Figures: the accuracy of each voter so far, and that of the
/// mean of all voters.
const HeadKind& class_head();

}  // namespace plumbline
