#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"

namespace plumbline {

/// `planer export`: safetensors with the architecture's JSON beside it (NAME.architecture.json), or
/// a TorchScript module that another program loads and runs:
///   forward(tokens: Tensor, memory: List[Tensor]) -> Tuple[Tensor, List[Tensor]]
/// tokens int64 [batch, length]; memory as it was returned, an empty list at first;
/// log-probabilities [batch, length, vocabulary]. No batch or length is built in; the memory keeps
/// the configuration's evaluation length. For inference there is the same with the memory's keys
/// and values in rings, where nothing that is there is copied or projected again:
///   begin(batch: int, length: int) -> List[Tensor]
///   step(tokens: Tensor, state: List[Tensor]) -> Tensor
/// begin makes the state of a text's beginning, which each step of `length` tokens renews in place;
/// where there are rings, a step of another length is refused. Without experts, which read their
/// counts on the host, a step can be captured in a CUDA graph. resources/export/planer_network.py
/// is the same for safetensors in plain PyTorch. Beside either lie the words of a network that has
/// some (NAME.words, as core/data/word_list.h).
Result<nlohmann::ordered_json> export_network(const PlanerExportRequest& request);

}  // namespace plumbline
