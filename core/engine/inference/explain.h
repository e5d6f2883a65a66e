#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"

namespace plumbline {

/// Saliency by occlusion (Zeiler and Fergus 2014): a square of the network's input is covered with
/// the level that is 0 to the network, at places half a square apart, and what the logarithm of the
/// class's probability falls by is what the network owed to the square. A pixel's value is the mean
/// of the squares that cover it, in nats: positive where the image speaks for the class. It needs
/// nothing of a network but its forward pass, so that every voter can be explained: TorchScript,
/// folded and fused networks, views of every kind.
///
/// What is written is of the network's input, as its view showed it: a .npy of float32 [height,
/// width], or a PNG of the image in grey with the values over it (orange for the class, blue
/// against it, the largest one opaque). The host decodes the image, whatever the run's decoder is:
/// levels differ by one here and there, which the summary's "decoder" and "run_decoder" tell.
/// Deterministic on one device. Errors: what is asked for is
/// not there; a voter without a network, or that gives no classes.
Result<nlohmann::ordered_json> explain_vote(const ExplainRequest& request);

}  // namespace plumbline
