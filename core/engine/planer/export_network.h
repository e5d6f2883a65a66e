#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"

namespace plumbline {

/// `planer export`: safetensors with the architecture's JSON beside it (NAME.architecture.json), or
/// a TorchScript module that another program loads and runs:
///   forward(tokens: Tensor, memory: List[Tensor]) -> Tuple[Tensor, List[Tensor]]
/// tokens int64 [batch, length]; memory as it was returned, an empty list at first;
/// log-probabilities [batch, length, vocabulary]. No batch or length is built in; the memory keeps
/// the configuration's evaluation length. Beside either lie the words of a network that has some
/// (NAME.words, as core/data/word_list.h).
Result<nlohmann::ordered_json> export_network(const PlanerExportRequest& request);

}  // namespace plumbline
