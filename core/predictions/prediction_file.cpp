#include "core/predictions/prediction_file.h"

#include <fmt/format.h>

#include "core/types/list_text.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

/// The first has classes alone, and says neither kind nor version.
constexpr std::string_view first_format = "plumbline predictions 1";
constexpr std::string_view current_format = "plumbline predictions 2";
constexpr std::size_t most_voters = 1'000'000;

std::string voter_names(const std::vector<Voter>& voters) {
  std::string names;
  for (const Voter& voter : voters) names += (names.empty() ? "" : ",") + to_string(voter);
  return names;
}

}  // namespace

std::string to_text(const std::vector<Unread>& unread) {
  std::string text;
  for (const Unread& entry : unread) {
    text += (text.empty() ? "" : " ") + std::to_string(entry.sample);
    if (entry.row != Unread::every_row) text += ":" + std::to_string(entry.row);
  }
  return text;
}

std::optional<std::vector<Unread>> parse_unread(std::string_view text, std::int64_t count,
                                                std::size_t rows) {
  std::vector<Unread> unread;
  if (text.empty()) return unread;
  for (const std::string_view part : parts_between(text, ' ')) {
    const auto colon = part.find(':');
    const auto sample = parse_integer(part.substr(0, colon));
    const auto row = colon == part.npos ? std::optional<std::int64_t>(Unread::every_row)
                                        : parse_integer(part.substr(colon + 1));
    const bool right = sample && row && *sample >= 0 && *sample < count &&
                       *row < static_cast<std::int64_t>(rows) && (colon == part.npos || *row >= 0);
    if (!right) return {};
    unread.push_back({*sample, static_cast<int>(*row)});
  }
  return unread;
}

tl::unexpected<Error> wrong_prediction_file(const std::filesystem::path& file,
                                            std::string_view what) {
  return bad_input(fmt::format("the prediction file {}", what), file.string(),
                   "it was changed or belongs to another study; recompute it: plumbline-engine run "
                   "STUDY --name RUN --resume");
}

Result<void> write_predictions(const std::filesystem::path& file, const PredictionDraft& draft) {
  const PredictionEnvelope& envelope = draft.envelope;
  SafetensorsMetadata metadata = {{"format", std::string(current_format)},
                                  {"kind", envelope.kind},
                                  {"version", std::to_string(envelope.version)},
                                  {"first", std::to_string(envelope.first)},
                                  {"count", std::to_string(envelope.count)}};
  metadata.insert(metadata.end(), draft.facts.begin(), draft.facts.end());
  if (!envelope.unread.empty()) metadata.emplace_back("unread", to_text(envelope.unread));
  metadata.emplace_back("voters", voter_names(envelope.voters));
  return write_safetensors(file, metadata, draft.tensors);
}

bool PredictionFile::has(std::string_view name, Dtype dtype,
                         const std::vector<std::int64_t>& shape) const {
  const TensorView* view = tensors.find(name);
  return view && view->dtype == dtype && view->shape == shape &&
         reinterpret_cast<std::uintptr_t>(view->data.data()) % bytes_per_value(dtype) == 0;
}

std::int64_t PredictionFile::number(std::string_view key) const {
  const std::string* text = tensors.find_metadata(key);
  return text ? parse_integer(*text).value_or(-1) : -1;
}

Result<PredictionFile> open_predictions(const std::filesystem::path& file, std::int64_t first,
                                        std::int64_t count) {
  auto opened = SafetensorsFile::open(file);
  if (!opened) {
    Error error = opened.error();
    if (error.hint.empty())
      error.hint =
          "this prediction file is needed; recompute it: plumbline-engine run STUDY --name RUN "
          "--resume";
    return tl::unexpected(std::move(error));
  }
  PredictionFile result{std::move(*opened), {}};
  PredictionEnvelope& envelope = result.envelope;
  const std::string* format = result.tensors.find_metadata("format");
  if (!format || (*format != first_format && *format != current_format))
    return wrong_prediction_file(file, "is of an unknown format");
  if (*format == first_format) {
    envelope.kind = "classes";
  } else {
    const std::string* kind = result.tensors.find_metadata("kind");
    const auto version = result.number("version");
    if (!kind || version < 1 || version > 1'000)
      return wrong_prediction_file(file, "does not say what it contains");
    envelope.kind = *kind;
    envelope.version = static_cast<int>(version);
  }
  envelope.first = first;
  envelope.count = count;
  if (result.number("first") != first || result.number("count") != count)
    return wrong_prediction_file(file, "contains another range of samples");
  // What a program of another version calls its views may not be read here; the rows count.
  if (const std::string* names = result.tensors.find_metadata("voters"))
    if (auto voters = parse_voters(*names); voters && voters->size() <= most_voters)
      envelope.voters = std::move(*voters);
  if (const std::string* text = result.tensors.find_metadata("unread")) {
    auto unread = parse_unread(*text, count, most_voters);
    if (!unread) return wrong_prediction_file(file, "names samples that it does not contain");
    envelope.unread = std::move(*unread);
  }
  return result;
}

}  // namespace plumbline
