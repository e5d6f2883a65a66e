#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/engine/planer_requests.h"
#include "core/planer/backbone_config.h"
#include "core/study/network_paths.h"
#include "core/study/study.h"

namespace plumbline {

/// A language model of words knows them by the numbers of its training. They lie beside its
/// weights, whose metadata name the file's hash, and every text that it reads is numbered by them.

/// The words that the study keeps beside a network's weights, by number; empty: there are none, and
/// none are missing. Errors (bad_input): the weights are missing; the words are, or were changed.
Result<std::vector<std::string>> kept_words(const Study& study, const NetworkInfo& network);

/// The words that number a text for a network, by number. Empty: tokens are no words, or the text
/// numbers them itself, which a new network's may (`network` is null), and that of a network whose
/// study was made before words were kept, if it is the very text that the study names as its own.
/// Errors (usage): --words without --tokens words; other tokens for a network of words. Errors
/// (bad_input): what read_word_list refuses; another number of words than the backbone has, or
/// others than the network's own; the network's file is missing or was changed; the network has
/// none and the text is not its own.
Result<std::vector<std::string>> words_for(const PlanerTextRequest& request,
                                           const BackboneConfig& config, const Study& study,
                                           const NetworkInfo* network);

/// The text that is asked for, else the network's own; --words stays what it is.
PlanerTextRequest text_or_own(PlanerTextRequest request, const NetworkInfo& network);

/// Keeps words for a network that is already there, unless it has its own.
Result<void> keep_words(const Study& study, const NetworkInfo& network,
                        const std::vector<std::string>& words);

}  // namespace plumbline
