#pragma once
#include "core/data/image.h"
#include "core/study/model_card.h"
#include "core/types/view.h"

namespace plumbline {

/// What a network sees of an image under a view, before its normalisation: the card's channels and
/// size, grey levels limited to 0–255 and rounded to 8 bit. RGB whatever order the network wants.
/// `sample`: its place in the split, on which noise depends.
/// Deterministic. Errors: those of divide_view and fit_image.
Result<Image> view_picture(const Image& image, const ModelCard& card, const View& view,
                           std::int64_t sample = 0);

}  // namespace plumbline
