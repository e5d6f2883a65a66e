#pragma once
#include "core/engine/inference/heads/output_head.h"

namespace plumbline {

/// Boxes of a detector: decoded (box_decoder.h) and suppressed on the device, a batch at a time,
/// put back into pixels of the source image, limited to it, and kept by falling score, as many an
/// image as the card says. Boxes of classes that the data set lacks are left out after that. A
/// geometric view is undone exactly. Figures: COCO's AP and AP50 of each voter, its boxes, and the
/// objects that it finds.
const HeadKind& box_head();

}  // namespace plumbline
