#pragma once
#include "core/review/review_kind.h"

namespace plumbline {

/// Runs of classes: votes are read at once, distributions when a policy needs them.
const ReviewKind& class_review();

}  // namespace plumbline
