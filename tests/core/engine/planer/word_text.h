#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/engine/planer/language_model.h"
#include "core/jobs/job.h"
#include "core/planer/backbone_config.h"

namespace plumbline::test {

/// A job that says nothing and whose name no other job of this process has.
JobOptions silent_job(const std::filesystem::path& study);

/// A text of lines of words, each word as often as its weight says.
std::string drawn_text(const std::vector<std::string>& words, const std::vector<int>& weights,
                       std::size_t count, unsigned seed);

void write_text(const std::filesystem::path& file, const std::string& text);
/// One a line.
std::vector<std::string> lines_of(const std::filesystem::path& file);

/// Numbers of the text's words and line ends by their place in `words`; what is not among them has
/// the place of "<unk>". Independent of the core's reader.
std::vector<std::int64_t> numbered(const std::string& text, const std::vector<std::string>& words);

/// The text's words as a network that is trained on it numbers them: by falling count, equal counts
/// in the order of their bytes.
std::vector<std::string> words_by_count(const std::string& text);

/// Loss on the validation part of a text of these numbers, as an evaluation on a CPU has it.
double validation_loss(LanguageModel& model, const std::vector<std::int64_t>& numbers);

}  // namespace plumbline::test
