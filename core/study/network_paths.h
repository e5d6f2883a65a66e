#pragma once
#include <filesystem>
#include <string>

namespace plumbline {

/// Where a language model's weights lie, below the study's folder: networks/NAME.safetensors.
std::filesystem::path network_file(const std::string& name);

/// What its training keeps until it is complete: checkpoints/network NAME.safetensors.
std::filesystem::path network_checkpoint(const std::string& name);

/// What a search keeps: the folder searches/NAME.
std::filesystem::path search_files(const std::string& name);

/// Where its words lie, if its tokens are words: networks/NAME.words.
std::filesystem::path words_file(const std::string& name);

}  // namespace plumbline
