#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/planer/language_model.h"
#include "core/study/network_paths.h"
#include "core/study/study.h"

namespace plumbline {

/// In the metadata of a network of words: the hash of what lies in its words_file
/// (network_words.h).
inline constexpr std::string_view words_key = "words";

/// A network of the study on a device. Errors: no such network; its file is missing, was changed
/// (another hash) or does not hold the network's tensors.
Result<std::unique_ptr<LanguageModel>> load_network(const Study& study, const NetworkInfo& network,
                                                    c10::Device device, at::ScalarType compute);

/// Whether `saved` has these weights and words. Writes a file beside it, and removes it.
Result<bool> is_saved(const Study& study, const NetworkInfo& saved, const LanguageModel& model,
                      const std::vector<std::string>& words);

/// Writes weights as float32, and `words` beside them (none where tokens are no words), and names
/// the network in the study; `network.file` and `hash` are set.
Result<NetworkInfo> save_network(Study& study, NetworkInfo network, const LanguageModel& model,
                                 const std::vector<std::string>& words);

/// Begins `to` with the weights of `from`, a network with one option a slot or a super-network of
/// the same backbone. A parameter takes that of its name; where `from` has none, that of the same
/// family in the other slot of the layer, else in the nearest slot that has it; experts without any
/// begin as copies of a feed-forward (Komatsuzaki et al. 2023). Fewer heads or units are the first
/// ones; units that are new to a feed-forward or to experts add nothing yet.
void inherit_weights(const LanguageModel& from, LanguageModel& to);

/// Puts the heads of every attention, and the units of every feed-forward, in the order of what
/// they can contribute (the norms of what leads into and out of them), largest first: the first h
/// heads are the best h. The network computes the same.
void order_by_strength(LanguageModel& model);

}  // namespace plumbline
