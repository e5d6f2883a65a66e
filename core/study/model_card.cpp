#include "core/study/model_card.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/types/class_index.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

using nlohmann::json;

constexpr int max_side = 16'384;

/// Reads keys of one JSON object and keeps the first thing that is wrong.
class Reader {
 public:
  Reader(const json& object, std::string path, std::string_view where)
      : object_(object), path_(std::move(path)), where_(where) {}

  const std::optional<Error>& error() const { return error_; }

  void wrong(std::string_view key, std::string_view expected) {
    if (!error_)
      error_ = Error{ErrorKind::bad_input, fmt::format("'{}{}' {}", path_, key, expected),
                     std::string(where_), "correct the model card"};
  }

  const json* find(std::string_view key, bool required) {
    const auto it = object_.find(std::string(key));
    if (it != object_.end()) return &*it;
    if (required) wrong(key, "is missing");
    return nullptr;
  }

  std::string text(std::string_view key, bool required, std::string fallback = {}) {
    const json* value = find(key, required);
    if (!value) return fallback;
    if (!value->is_string()) return wrong(key, "must be a string"), fallback;
    return value->get<std::string>();
  }

  std::string choice(std::string_view key, bool required, std::string fallback,
                     const std::vector<std::string_view>& choices) {
    auto value = text(key, required, std::move(fallback));
    for (const auto allowed : choices)
      if (value == allowed) return value;
    wrong(key, fmt::format("is '{}', which is not one of: {}", value, fmt::join(choices, ", ")));
    return value;
  }

  int integer(std::string_view key, bool required, int fallback, int minimum, int maximum) {
    const json* value = find(key, required);
    if (!value) return fallback;
    if (!value->is_number_integer() || value->get<std::int64_t>() < minimum ||
        value->get<std::int64_t>() > maximum)
      return wrong(key, fmt::format("must be an integer from {} to {}", minimum, maximum)),
             fallback;
    return value->get<int>();
  }

  double number(std::string_view key, bool required, double fallback) {
    const json* value = find(key, required);
    if (!value) return fallback;
    if (!value->is_number() || !std::isfinite(value->get<double>()))
      return wrong(key, "must be a finite number"), fallback;
    return value->get<double>();
  }

  std::vector<double> numbers(std::string_view key, std::size_t count, bool positive) {
    const json* value = find(key, true);
    std::vector<double> numbers;
    if (!value) return numbers;
    const auto expected =
        fmt::format("must be {} {}numbers, one per channel", count, positive ? "positive " : "");
    if (!value->is_array() || value->size() != count) return wrong(key, expected), numbers;
    for (const json& entry : *value) {
      if (!entry.is_number() || !std::isfinite(entry.get<double>()) ||
          (positive && entry.get<double>() <= 0))
        return wrong(key, expected), numbers;
      numbers.push_back(entry.get<double>());
    }
    return numbers;
  }

 private:
  const json& object_;
  std::string path_;
  std::string_view where_;
  std::optional<Error> error_;
};

std::optional<Error> read_resize(const json& object, std::string_view where, Resize& resize) {
  Reader reader(object, "input.resize.", where);
  const auto kind =
      reader.choice("kind", true, "none", {"none", "stretch", "letterbox", "short-side"});
  resize.kind = kind == "stretch"      ? ResizeKind::stretch
                : kind == "letterbox"  ? ResizeKind::letterbox
                : kind == "short-side" ? ResizeKind::short_side
                                       : ResizeKind::none;
  const auto interpolation =
      reader.choice("interpolation", false, "bilinear", {"bilinear", "bilinear-antialias"});
  resize.interpolation =
      interpolation == "bilinear" ? Interpolation::bilinear : Interpolation::bilinear_antialias;
  if (resize.kind == ResizeKind::short_side)
    resize.size = reader.integer("size", true, 0, 1, max_side);
  resize.pad = reader.number("pad", false, resize.pad);
  resize.anchor = reader.text("anchor", false, resize.anchor);
  resize.rounding = reader.text("rounding", false, resize.rounding);
  return reader.error();
}

std::optional<Error> read_input(const json& object, std::string_view where, CardInput& input) {
  Reader reader(object, "input.", where);
  input.channels = reader.integer("channels", true, 3, 1, 3);
  if (input.channels == 2) reader.wrong("channels", "must be 1 or 3");
  input.height = reader.integer("height", true, 0, 1, max_side);
  input.width = reader.integer("width", true, 0, 1, max_side);
  input.colour_order = reader.choice("colour_order", false, input.channels == 1 ? "grey" : "RGB",
                                     {"RGB", "BGR", "grey"});
  if ((input.colour_order == "grey") != (input.channels == 1))
    reader.wrong("colour_order",
                 fmt::format("is '{}' with {} channels", input.colour_order, input.channels));
  input.scale = reader.number("scale", true, 1);
  if (input.scale <= 0) reader.wrong("scale", "must be positive");
  const auto channels = static_cast<std::size_t>(input.channels);
  input.mean = reader.numbers("mean", channels, false);
  input.std = reader.numbers("std", channels, true);
  const json* resize = reader.find("resize", true);
  if (resize && !resize->is_object()) reader.wrong("resize", "must be an object");
  if (reader.error()) return reader.error();
  return read_resize(*resize, where, input.resize);
}

/// What the kinds of output are made for, each once.
std::vector<std::string_view> tasks() {
  std::vector<std::string_view> tasks;
  for (const OutputKind* kind : output_kinds().all())
    if (std::ranges::find(tasks, kind->task) == tasks.end()) tasks.push_back(kind->task);
  return tasks;
}

std::optional<Error> read_classes(Reader& reader, std::vector<std::string>& classes) {
  const json* names = reader.find("classes", true);
  if (!names) return reader.error();
  if (!names->is_array() || names->size() > max_classes)
    return reader.wrong("classes", "must be a list of at most 65,535 names"), reader.error();
  std::set<std::string> seen;
  for (const json& name : *names) {
    if (!name.is_string())
      return reader.wrong("classes", "must be a list of names"), reader.error();
    if (!seen.insert(name.get<std::string>()).second)
      return reader.wrong("classes", fmt::format("names '{}' twice", name.get<std::string>())),
             reader.error();
    classes.push_back(name.get<std::string>());
  }
  return reader.error();
}

}  // namespace

Result<ModelCard> parse_model_card(std::string_view text, std::string_view where) {
  const auto parsed = parse_json(text, std::string(where));
  if (!parsed || !parsed->is_object())
    return bad_input("the model card is not a JSON object", std::string(where));
  const json& document = *parsed;
  ModelCard card;
  card.text = text;
  Reader reader(document, "", where);
  card.schema = reader.integer("schema", true, 1, 1, 1);
  card.name = reader.text("name", true);
  card.task = reader.choice("task", true, "classification", tasks());
  const json* input = reader.find("input", true);
  if (input && !input->is_object()) reader.wrong("input", "must be an object");
  const json* output = reader.find("output", true);
  if (output && !output->is_object()) reader.wrong("output", "must be an object");
  card.architecture = reader.text("architecture", false);
  card.shortcut = reader.choice("shortcut", false, "A", {"A", "B"});
  if (auto error = reader.error()) return tl::unexpected(*error);
  if (auto error = read_input(*input, where, card.input)) return tl::unexpected(*error);
  const auto postprocess = document.find("postprocess");
  JsonErrors errors{std::string(where), "correct the model card", std::nullopt};
  card.output = read_card_output(*output, postprocess == document.end() ? nullptr : &*postprocess,
                                 card.task, errors);
  if (errors.first) return tl::unexpected(*errors.first);
  if (auto error = read_classes(reader, card.classes)) return tl::unexpected(*error);
  return card;
}

std::filesystem::path card_beside(const std::filesystem::path& model_file) {
  auto card = model_file;
  return card.replace_extension(".card.json");
}

}  // namespace plumbline
