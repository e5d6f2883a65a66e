#include "core/engine/planer/network_words.h"

#include <fmt/format.h>
#include <algorithm>

#include "core/data/atomic_file.h"
#include "core/data/hash.h"
#include "core/data/safetensors.h"
#include "core/data/utf8.h"
#include "core/data/word_list.h"
#include "core/engine/planer/network_files.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

Result<void> check_same(const Words& given, const Words& own, const std::string& name,
                        const std::string& file) {
  const std::string hint = "leave out --words: the network's own are used";
  if (given.size() != own.size())
    return bad_input(
        fmt::format("has {} words, but the network '{}' has {}", given.size(), name, own.size()),
        file, hint);
  const auto [one, other] = std::ranges::mismatch(given, own);
  if (one == given.end()) return {};
  return bad_input(
      fmt::format("line {} is '{}', but for the network '{}' it is '{}'", one - given.begin() + 1,
                  escaped(one->substr(0, 80)), name, escaped(other->substr(0, 80))),
      file, hint);
}

Result<Words> read_given(const fs::path& file, const BackboneConfig& config) {
  auto words = read_word_list(file);
  if (!words) return words;
  if (static_cast<std::int64_t>(words->size()) != config.vocabulary)
    return bad_input(fmt::format("has {} words, but the backbone '{}' has a vocabulary of {}",
                                 words->size(), config.name, config.vocabulary),
                     file.string(), "is it the list that the network was trained with?");
  return words;
}

Result<bool> is_own_text(const fs::path& file, const NetworkInfo& network) {
  if (!network.text || network.text->tokens != "words") return false;
  const auto hash = hash_file(file);
  if (!hash) return tl::unexpected(hash.error());
  return *hash == network.text->hash;
}

}  // namespace

Result<Words> kept_words(const Study& study, const NetworkInfo& network) {
  const auto weights = SafetensorsFile::open(study.folder() / network.file);
  if (!weights) return tl::unexpected(weights.error());
  const std::string* hash = weights->find_metadata(words_key);
  const fs::path path = study.folder() / words_file(network.name);
  std::error_code code;
  if (!fs::exists(path, code)) {
    if (hash == nullptr) return Words{};
    return bad_input(fmt::format("the words of the network '{}' are missing", network.name),
                     path.string(), "restore the file; without it no text can be read");
  }
  auto words = read_word_list(path);
  if (!words) return words;
  // Weights of before have no hash; their words were given later.
  if (hash != nullptr && word_list_hash(*words) != *hash)
    return bad_input("the network's words are not those that it was saved with", path.string(),
                     "restore the file; with others, numbers would mean other words");
  if (static_cast<std::int64_t>(words->size()) > network.config.vocabulary)
    return bad_input(fmt::format("has {} words, but the network '{}' knows {}", words->size(),
                                 network.name, network.config.vocabulary),
                     path.string());
  return words;
}

Result<Words> words_for(const PlanerTextRequest& request, const BackboneConfig& config,
                        const Study& study, const NetworkInfo* network) {
  const bool of_words = request.tokens == "words";
  if (!of_words && !request.words.empty())
    return usage_error("a list of words is only for a text of words", "--words", "--tokens words");
  Words own;
  if (network != nullptr) {
    auto read = kept_words(study, *network);
    if (!read) return read;
    own = std::move(*read);
    if (!of_words && !own.empty())
      return usage_error(fmt::format("the network '{}' reads words", network->name), "--tokens",
                         "--tokens words");
  }
  if (!of_words) return Words{};
  if (!request.words.empty()) {
    if (own.empty()) return read_given(request.words, config);
    const auto given = read_word_list(request.words);
    if (!given) return tl::unexpected(given.error());
    if (auto same = check_same(*given, own, network->name, request.words.string()); !same)
      return tl::unexpected(same.error());
    return own;
  }
  if (network == nullptr || !own.empty()) return own;
  const auto is_own = is_own_text(request.file, *network);
  if (!is_own) return tl::unexpected(is_own.error());
  if (*is_own) return own;
  return bad_input(fmt::format("the study does not have the words of the network '{}', and this is "
                               "not the text from which they were numbered",
                               network->name),
                   request.file.string(),
                   "give them, one per line in the order of its training: --words FILE");
}

PlanerTextRequest text_or_own(PlanerTextRequest request, const NetworkInfo& network) {
  if (!request.file.empty() || !network.text) return request;
  request.file = network.text->file;
  request.tokens = network.text->tokens;
  return request;
}

Result<void> keep_words(const Study& study, const NetworkInfo& network, const Words& words) {
  const fs::path path = study.folder() / words_file(network.name);
  std::error_code code;
  if (words.empty() || fs::exists(path, code)) return {};
  return write_file_atomically(path, std::string_view(word_list_text(words)));
}

}  // namespace plumbline
