#include "core/study/class_match.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/types/count_text.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

using Names = std::vector<std::string>;

bool counts_from_zero(const Names& names) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] != std::to_string(i)) return false;
  return true;
}

/// All names as numbers that are not negative, each once; else nothing.
std::optional<std::vector<std::int64_t>> numbers_of(const Names& names) {
  std::vector<std::int64_t> numbers;
  for (const std::string& name : names) {
    const auto number = parse_integer(name);
    if (!number || *number < 0) return std::nullopt;
    numbers.push_back(*number);
  }
  auto sorted = numbers;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return std::nullopt;
  return numbers;
}

/// "0 → cat, 1 → dog, … 11 → owl": the model's index or name, and the data set's class.
std::string pairs_text(const ClassMatch& match, const Names& dataset, const Names& model) {
  constexpr std::size_t most_shown = 12;
  std::vector<std::string> pairs;
  for (std::size_t i = 0; i < match.to_dataset.size() && pairs.size() < most_shown; ++i)
    if (match.to_dataset[i] < dataset.size())
      pairs.push_back(fmt::format("{} → {}",
                                  i < model.size() && model[i] != std::to_string(i)
                                      ? fmt::format("{} ({})", i, model[i])
                                      : std::to_string(i),
                                  dataset[match.to_dataset[i]]));
  return fmt::format("{}{}", fmt::join(pairs, ", "),
                     dataset.size() > pairs.size() ? ", …" : std::string());
}

/// Puts what the data set lacks behind its classes, and notes what is missing or further.
Result<ClassMatch> completed(ClassMatch match, const Names& dataset, const Names& model_classes,
                             const std::vector<bool>& reached, const std::string& model) {
  for (std::size_t i = 0; i < match.to_dataset.size(); ++i) {
    if (match.to_dataset[i] != no_class) continue;
    const std::size_t place = dataset.size() + match.further.size();
    if (place >= max_classes)
      return bad_input("the data set and the model have too many classes together", model);
    match.to_dataset[i] = static_cast<ClassIndex>(place);
    match.further.push_back(i < model_classes.size() ? model_classes[i] : std::to_string(i));
  }
  for (std::size_t c = 0; c < reached.size(); ++c)
    if (!reached[c]) match.unreachable.push_back(dataset[c]);
  if (!match.further.empty())
    match.notes.push_back(fmt::format(
        "the model has {} that the data set lacks ({}{}): a vote for one is never right",
        count_text(std::ssize(match.further), "class", "classes"), match.further.front(),
        match.further.size() > 1 ? ", …" : ""));
  return match;
}

/// `index_of`: by the data set's classes the model's.
Result<ClassMatch> match_by_index(const Names& dataset, const Names& model_classes,
                                  const std::vector<std::size_t>& index_of, std::string reason,
                                  std::size_t model_outputs, const std::string& model) {
  ClassMatch match;
  const std::size_t needed =
      dataset.empty() ? 0 : *std::ranges::max_element(index_of) + std::size_t{1};
  match.to_dataset.assign(std::max(needed, model_outputs), no_class);
  for (std::size_t c = 0; c < dataset.size(); ++c)
    match.to_dataset[index_of[c]] = static_cast<ClassIndex>(c);
  match.notes.push_back(fmt::format("classes are matched by index, since {}: {}", reason,
                                    pairs_text(match, dataset, model_classes)));
  return completed(std::move(match), dataset, model_classes,
                   std::vector<bool>(dataset.size(), true), model);
}

Result<ClassMatch> match_by_index(const Names& dataset, const Names& model_classes,
                                  std::size_t model_outputs, const std::string& model) {
  const std::size_t outputs = model_outputs > 0 ? model_outputs : model_classes.size();
  if (outputs > 0 && dataset.size() > outputs)
    return bad_input(
        fmt::format("the data set has {} classes, but the model has {}", dataset.size(), outputs),
        model, "use a model that was trained for these classes");
  std::vector<std::size_t> index_of(dataset.size());
  std::iota(index_of.begin(), index_of.end(), std::size_t{0});
  const std::string nameless = model_classes.empty() ? "the model has no names"
                               : counts_from_zero(model_classes)
                                   ? "the model's names are only numbers"
                                   : "the data set's names are only numbers";
  const auto numbers = numbers_of(dataset);
  if (!numbers || counts_from_zero(dataset))
    return match_by_index(dataset, model_classes, index_of, nameless, outputs, model);
  const auto largest = static_cast<std::size_t>(std::ranges::max(*numbers));
  if (largest < (outputs > 0 ? outputs : std::size_t{max_classes})) {
    for (std::size_t c = 0; c < dataset.size(); ++c)
      index_of[c] = static_cast<std::size_t>((*numbers)[c]);
    // Of a model whose outputs are not counted yet, numbers that begin at 1 may be of one more.
    return match_by_index(dataset, model_classes, index_of, nameless + ", and class k is output k",
                          outputs, model);
  }
  std::ranges::sort(index_of, {}, [&](std::size_t c) { return (*numbers)[c]; });
  std::vector<std::size_t> rank(dataset.size());
  for (std::size_t i = 0; i < index_of.size(); ++i) rank[index_of[i]] = i;
  return match_by_index(dataset, model_classes, rank,
                        nameless + ", and the data set's numbers are counted from the lowest",
                        outputs, model);
}

}  // namespace

Result<ClassMatch> match_classes(const Names& dataset_classes, const Names& model_classes,
                                 std::size_t model_outputs, const std::string& model) {
  std::unordered_map<std::string, ClassIndex> places;
  for (const auto& name : dataset_classes)
    places.emplace(name, static_cast<ClassIndex>(places.size()));
  ClassMatch match;
  std::vector<bool> reached(dataset_classes.size());
  std::size_t common = 0;
  for (const auto& name : model_classes) {
    const auto found = places.find(name);
    match.to_dataset.push_back(found == places.end() ? no_class : found->second);
    if (found == places.end()) continue;
    ++common;
    reached[found->second] = true;
  }
  // Numbers that are only in part the same are no names: 0 … 9 and 1 … 10 are not nine of ten.
  const bool numbers = numbers_of(dataset_classes) && numbers_of(model_classes);
  const bool contained =
      common > 0 && (common == dataset_classes.size() || common == model_classes.size());
  if (contained || (common > 0 && !numbers))
    return completed(std::move(match), dataset_classes, model_classes, reached, model);
  if (model_classes.empty() || counts_from_zero(model_classes) || numbers_of(dataset_classes))
    return match_by_index(dataset_classes, model_classes, model_outputs, model);
  return bad_input(
      fmt::format("the model's classes ({}, …) and the data set's ({}, …) have no name in common",
                  model_classes.front(), dataset_classes.front()),
      model, "correct the names in the model card");
}

}  // namespace plumbline
