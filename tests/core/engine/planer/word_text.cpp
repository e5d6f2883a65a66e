#include "tests/core/engine/planer/word_text.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include <ATen/ATen.h>

#include "core/engine/planer/loss_evaluation.h"
#include "core/engine/planer/token_lanes.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

JobOptions silent_job(const std::filesystem::path& study) {
  static int count = 0;
  JobOptions options;
  options.kind = "test" + std::to_string(++count);
  options.quiet = true;
  options.study = study;
  return options;
}

std::string drawn_text(const std::vector<std::string>& words, const std::vector<int>& weights,
                       std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::discrete_distribution<std::size_t> draw(weights.begin(), weights.end());
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += words[draw(random)] + (i % 7 == 6 ? "\n" : " ");
  return text;
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::int64_t> numbered(const std::string& text, const std::vector<std::string>& words) {
  std::vector<std::int64_t> numbers;
  const auto add = [&](const std::string& word) {
    auto place = std::ranges::find(words, word);
    if (place == words.end()) place = std::ranges::find(words, std::string("<unk>"));
    if (place == words.end()) qFatal("no number for %s", word.c_str());
    numbers.push_back(place - words.begin());
  };
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    for (std::string word; parts >> word;) add(word);
    add("<eos>");
  }
  return numbers;
}

std::vector<std::string> words_by_count(const std::string& text) {
  std::map<std::string, int> counts;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    for (std::string word; parts >> word;) ++counts[word];
    ++counts["<eos>"];
  }
  std::vector<std::pair<int, std::string>> order;
  for (const auto& [word, count] : counts) order.emplace_back(-count, word);
  std::ranges::sort(order);
  std::vector<std::string> words;
  for (const auto& [count, word] : order) words.push_back(word);
  return words;
}

double validation_loss(LanguageModel& model, const std::vector<std::int64_t>& numbers) {
  const BackboneConfig& config = model.config();
  const at::Tensor tokens = at::tensor(at::ArrayRef<std::int64_t>(numbers), at::kLong).to(at::kInt);
  const auto total = static_cast<double>(numbers.size());
  const auto first = std::llround(0.9 * total), end = std::llround((0.9 + 0.05) * total);
  const std::int64_t lanes =
      std::clamp<std::int64_t>((end - first) / (4 * config.evaluation.length), 1, 16);
  const auto part = value(
      TokenLanes::whole(tokens, {first, end - first}, lanes, config.evaluation.length, "text"));
  return evaluate_loss(model, baseline_architecture(config), part, config.evaluation.memory, 0,
                       [](std::int64_t, std::int64_t) { return false; })
      .nats;
}

}  // namespace plumbline::test
