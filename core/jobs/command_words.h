#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/list_text.h"
#include "core/types/number.h"

namespace plumbline {

/// The options of a command line, as the engine reads them: `--name value` or `--name=value`.
class CommandWords {
 public:
  explicit CommandWords(const std::vector<std::string>& words) : words_(words) {}

  /// Empty where the option is missing.
  std::string option(std::string_view name) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::string_view word = words_[i];
      if (word == name && i + 1 < words_.size()) return words_[i + 1];
      if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=')
        return words_[i].substr(name.size() + 1);
    }
    return {};
  }

  std::vector<std::string> list(std::string_view name) const { return split_list(option(name)); }

  /// 0 where the option is missing or is not a positive whole number.
  std::int64_t count(std::string_view name) const {
    const auto number = parse_integer(option(name));
    return number && *number > 0 ? *number : 0;
  }

  /// The list of the option for several, or the one number of the option for a single one.
  std::vector<std::int64_t> counts(std::string_view several, std::string_view single) const {
    std::vector<std::int64_t> numbers;
    for (const std::string& part : list(several))
      if (const auto number = parse_integer(part)) numbers.push_back(*number);
    if (numbers.empty() && count(single) > 0) numbers.push_back(count(single));
    return numbers;
  }

 private:
  const std::vector<std::string>& words_;
};

}  // namespace plumbline
