#pragma once
#include "core/data/image.h"
#include "core/study/model_card.h"
#include "core/types/view.h"

namespace plumbline {

/// What a network sees of an image under a view, before its normalisation: the card's channels and
/// size, grey levels rounded to 8 bit. RGB whatever order the network wants.
/// Deterministic. Errors: those of fit_image; a view that is not computed here (unknown name).
Result<Image> view_picture(const Image& image, const ModelCard& card, const View& view);

}  // namespace plumbline
