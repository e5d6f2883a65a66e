#include "core/planer/key_source.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/data/utf8.h"

namespace plumbline {

namespace {

constexpr std::array<std::string_view, 4> prefixes{"module.", "_orig_mod.", "model.",
                                                   "transformer."};
constexpr std::size_t most_problems = 10, longest_key = 120;

std::string_view without_prefixes(std::string_view name) {
  for (bool found = true; found;) {
    found = false;
    for (const auto prefix : prefixes) {
      if (!name.starts_with(prefix)) continue;
      name.remove_prefix(prefix.size());
      found = true;
    }
  }
  return name;
}

/// Foreign names are shown as they are, except for characters that a terminal might obey.
std::string shown(std::string_view name) {
  return is_utf8(name) && std::ranges::none_of(name, [](char c) { return c >= 0 && c < ' '; })
             ? std::string(name.substr(0, longest_key))
             : escaped(name.substr(0, longest_key));
}

std::string text_of(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

bool is_floating(Dtype dtype) {
  return dtype == Dtype::f64 || dtype == Dtype::f32 || dtype == Dtype::f16 || dtype == Dtype::bf16;
}

}  // namespace

KeySource::KeySource(std::span<const TensorView> tensors, const BackboneConfig& config)
    : config_(config) {
  for (const auto& tensor : tensors) {
    const std::string name(without_prefixes(tensor.name));
    if (!tensors_.emplace(name, &tensor).second) {
      refuse(fmt::format("'{}' appears twice, with different prefixes", shown(name)));
    }
  }
}

const TensorView* KeySource::find(const std::string& theirs) const {
  const auto found = tensors_.find(theirs);
  return found == tensors_.end() ? nullptr : found->second;
}

bool KeySource::has_any(std::string_view beginning) const {
  const auto found = tensors_.lower_bound(beginning);
  return found != tensors_.end() && found->first.starts_with(beginning);
}

const TensorView* KeySource::checked(const std::string& theirs, const Shape& expected,
                                     bool more_rows) {
  // Said once, however many of our tensors are made from it.
  const bool fresh = used_.emplace(theirs, true).second;
  const TensorView* tensor = find(theirs);
  if (tensor == nullptr) {
    if (fresh) refuse(fmt::format("'{}' {} is missing", theirs, text_of(expected)));
    return nullptr;
  }
  const Shape& shape = tensor->shape;
  const bool fits = more_rows ? shape.size() == expected.size() && !shape.empty() &&
                                    shape[0] >= expected[0] &&
                                    std::equal(shape.begin() + 1, shape.end(), expected.begin() + 1)
                              : shape == expected;
  if (!fits) {
    if (fresh) {
      refuse(fmt::format("'{}' is {}, not {}{}", shown(tensor->name), text_of(shape),
                         text_of(expected), more_rows ? " or with more rows" : ""));
    }
    return nullptr;
  }
  if (!is_floating(tensor->dtype)) {
    if (fresh) {
      refuse(fmt::format("'{}' is {}, not F32, F16, BF16 or F64", shown(tensor->name),
                         to_string(tensor->dtype)));
    }
    return nullptr;
  }
  return tensor;
}

void KeySource::take(std::string ours, const std::string& theirs, Shape shape) {
  const std::int64_t rows = shape.at(0);
  take_rows(std::move(ours), theirs, std::move(shape), 0, rows);
}

void KeySource::take_transposed(std::string ours, const std::string& theirs, Shape shape) {
  const std::int64_t rows = shape.at(0);
  take_rows(std::move(ours), theirs, std::move(shape), 0, rows, true);
}

void KeySource::take_rows(std::string ours, const std::string& theirs, Shape shape,
                          std::int64_t first, std::int64_t rows, bool transpose) {
  Shape expected = shape;
  expected.at(0) = rows;
  if (transpose) std::ranges::reverse(expected);
  if (const auto* tensor = checked(theirs, expected)) {
    entries_.push_back({std::move(ours), std::move(shape), tensor->name, transpose, first});
  }
}

void KeySource::take_first_rows(std::string ours, const std::string& theirs, Shape shape) {
  if (const auto* tensor = checked(theirs, shape, true)) {
    entries_.push_back({std::move(ours), std::move(shape), tensor->name, false, 0});
  }
}

void KeySource::zeros(std::string ours, Shape shape) {
  entries_.push_back({std::move(ours), std::move(shape), "", false, 0});
}

void KeySource::ignore(const std::string& theirs) { used_.emplace(theirs, true); }

void KeySource::same(const std::string& copy, const std::string& original) {
  const auto *a = find(copy), *b = find(original);
  if (a == nullptr || b == nullptr || a == b) return;
  if (!used_.emplace(copy, true).second) return;
  if (a->dtype != b->dtype || a->shape != b->shape ||
      !std::equal(a->data.begin(), a->data.end(), b->data.begin(), b->data.end())) {
    refuse(fmt::format("'{}' differs from '{}', with which the configuration ties it", copy,
                       original));
  }
}

Result<KeyMap> KeySource::finish(std::string_view map, const std::string& where) {
  for (const auto& [name, tensor] : tensors_) {
    if (used_.contains(name)) continue;
    refuse(fmt::format("'{}' {} has no place in the network", shown(tensor->name),
                       text_of(tensor->shape)));
  }
  if (problems_.empty()) return KeyMap{std::move(entries_), std::move(notes_)};
  const std::size_t named = std::min(problems_.size(), most_problems);
  std::string message =
      fmt::format("does not fit {} by the map {}: {}",
                  config_.name.empty() ? "the configuration" : fmt::format("'{}'", config_.name),
                  map, fmt::join(std::span(problems_).first(named), "; "));
  if (problems_.size() > named) message += fmt::format("; and {} more", problems_.size() - named);
  return bad_input(std::move(message), where,
                   "give the --config and --map that belong to this network");
}

}  // namespace plumbline
