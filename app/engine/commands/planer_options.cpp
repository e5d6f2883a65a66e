#include "app/engine/commands/planer_options.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>

#include "core/data/text_tokens.h"
#include "core/planer/backbone_config.h"
#include "core/types/list_text.h"
#include "core/types/number.h"
#include "core/types/precision_names.h"

namespace plumbline {

namespace {

constexpr std::int64_t most_steps = 100'000'000, most_batch = 65'536, most_length = 65'536,
                       most_memory = 65'536;
constexpr std::int64_t most_tokens = std::int64_t{1} << 32;
constexpr double least_target = 0.01, most_target = 1;

const std::vector<std::string> train_precisions(training_precisions.begin(),
                                                training_precisions.end());
const std::vector<std::string> run_precisions(precision_names.begin(), precision_names.end());

}  // namespace

void add_planer_flags(CLI::App& command, PlanerCommon& common) {
  command.add_flag("--json", common.json, "print the summary as JSON");
  add_job_flags(command, common.flags);
}

CLI::Option* add_count(CLI::App& command, const std::string& name, std::int64_t& value,
                       std::int64_t least, std::int64_t most, const std::string& text) {
  return command.add_option(name, value, text)->check(CLI::Range(least, most));
}

void add_text_options(CLI::App& command, PlanerTextRequest& text, const std::string& what) {
  command.add_option("--text", text.file, what + ": plain, .gz or .xz");
  const auto kinds = token_kinds();
  command
      .add_option(
          "--tokens", text.tokens,
          "what a token of it is: bytes, words (at white space, a line's end too), or uint16 "
          "(a file of token numbers)")
      ->check(CLI::IsMember(std::vector<std::string>(kinds.begin(), kinds.end())))
      ->capture_default_str();
  command.add_option("--words", text.words,
                     "of --tokens words: a file of the words that the network was trained with, "
                     "UTF-8, one per line in the order of their numbers (default: those that the "
                     "study keeps of the network; of a new one those of the text)");
}

Result<void> check_text(const PlanerTextRequest& text) {
  if (text.words.empty() || text.tokens == "words") return {};
  return usage_error(
      fmt::format("a list of words is only for a text of words, not of {}", text.tokens), "--words",
      "--tokens words");
}

void add_course_options(CLI::App& command, PlanerCourseRequest& course, const std::string& steps,
                        const std::string& teacher) {
  add_count(command, "--steps", course.steps, 1, most_steps, steps);
  add_count(command, "--batch", course.batch, 1, most_batch,
            "segments per step (default: 16 for a narrow network, 24 for a wide one)");
  add_count(command, "--length", course.length, 1, most_length,
            "tokens of a segment (default: the configuration's)");
  add_count(command, "--memory", course.memory, 0, most_memory,
            "tokens of memory before it (default: the configuration's)");
  command.add_option("--seed", course.seed, "of initialisation, order and dropout")
      ->capture_default_str();
  command
      .add_option("--learning-rate", course.learning_rate, "the largest (default: 0.2 / d_model)")
      ->check(CLI::Range(1e-8, 10.0));
  command.add_option("--precision", course.precision, "of training (weights stay fp32)")
      ->check(CLI::IsMember(train_precisions))
      ->capture_default_str();
  command.add_option("--device", course.device, "auto, cpu or cuda:N")->capture_default_str();
  command
      .add_option("--distill", course.distillation,
                  "learn from the probabilities of " + teacher +
                      " too, with this weight beside the text's 1 − W: 0 to 1")
      ->option_text("W");
  add_count(command, "--validation-tokens", course.validation_tokens, 1, most_tokens,
            "tokens of the validation part that are judged (default: all)");
}

void add_shape_options(CLI::App& command, PlanerShapeRequest& shape, const std::string& prefix) {
  const std::string of = prefix.empty() ? "" : " of the step whose latency counts";
  const std::string option = "--" + prefix;
  add_count(command, option + "batch", shape.batch, 1, most_batch,
            "segments" + of + " (default: 1)");
  add_count(command, option + "length", shape.length, 1, most_length,
            "tokens of a segment" + of + " (default: the configuration's for evaluation)");
  add_count(command, option + "memory", shape.memory, 0, most_memory,
            "tokens of memory before it" + of + " (default: the configuration's for evaluation)");
  command.add_option(option + "precision", shape.precision, "in which it computes")
      ->check(CLI::IsMember(run_precisions))
      ->capture_default_str();
  if (prefix.empty()) {
    command.add_option("--device", shape.device, "auto, cpu or cuda:N")->capture_default_str();
  }
}

Result<std::vector<double>> parse_targets(const std::vector<std::string>& words, CostKind cost) {
  const std::string option(target_option(cost));
  std::vector<double> targets;
  for (const auto& word : words) {
    for (const auto& part : split_list(word)) {
      const auto target = parse_number(part);
      if (!target || !(*target >= least_target) || *target > most_target) {
        return usage_error(fmt::format("'{}' is not {} to {}, a fraction of the baseline's {}",
                                       part, least_target, most_target, cost_name(cost)),
                           option, "0.5: half of it");
      }
      if (std::ranges::find(targets, *target) != targets.end()) {
        return usage_error(fmt::format("the target {} is named twice", part), option);
      }
      targets.push_back(*target);
    }
  }
  return targets;
}

Result<std::vector<std::int64_t>> parse_counts(const std::string& text, const std::string& option) {
  std::vector<std::int64_t> counts;
  for (const auto& part : split_list(text)) {
    const auto count = parse_integer(part);
    if (!count || *count < 1 || *count > most_batch) {
      return usage_error(fmt::format("'{}' is not 1 to {}", part, most_batch), option);
    }
    if (std::ranges::find(counts, *count) != counts.end()) {
      return usage_error(fmt::format("{} is named twice", *count), option);
    }
    counts.push_back(*count);
  }
  return counts;
}

Result<void> check_config(const std::string& name_or_file) {
  if (name_or_file.empty()) return {};
  auto config = load_backbone_config(name_or_file);
  if (config) return {};
  Error error = std::move(config.error());
  if (error.where.empty()) {  // neither a name nor a file
    error.kind = ErrorKind::usage;
    error.where = "--config";
  }
  return tl::unexpected(std::move(error));
}

Result<void> check_given(const std::string& command,
                         const std::vector<std::pair<std::string, bool>>& needed) {
  std::vector<std::string> missing;
  for (const auto& [name, given] : needed) {
    if (!given) missing.push_back(name);
  }
  if (missing.empty()) return {};
  return usage_error(
      fmt::format("{} {} needed", fmt::join(missing, ", "), missing.size() == 1 ? "is" : "are"),
      "planer " + command, "planer " + command + " --help");
}

}  // namespace plumbline
