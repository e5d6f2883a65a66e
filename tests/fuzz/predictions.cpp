#include "core/predictions/box_predictions.h"
#include "core/predictions/class_predictions.h"
#include "core/predictions/prediction_schema.h"
#include "core/predictions/prediction_store.h"
#include "tests/fuzz/reader.h"

namespace plumbline::fuzz {

namespace {

constexpr std::int64_t prediction_count = 3;  ///< samples of the corpus's files

void look_at_classes(const std::filesystem::path& path) {
  const auto file = ClassPredictionFile::open(path, 0, prediction_count);
  if (!taken(file)) return;
  const int width = file->classes();
  expect(file->further().size() <= static_cast<std::size_t>(width),
         "further classes are some of the classes");
  std::vector<float> values(static_cast<std::size_t>(width) * prediction_count);
  std::vector<double> probabilities(values.size());
  for (int row = 0; row < file->rows(); ++row) {
    touch(std::as_bytes(file->predicted(row)));
    touch(std::as_bytes(file->confidence(row)));
    touch(std::as_bytes(file->log_prob_label(row)));
    file->log_probs(row, 0, prediction_count, width, values.data());
    file->probabilities(row, 0, prediction_count, width, probabilities.data());
    for (std::int64_t sample = 0; sample < prediction_count; ++sample)
      static_cast<void>(file->given_confidence(row, sample));
  }
}

void look_at_boxes(const std::filesystem::path& path) {
  const auto file = BoxPredictionFile::open(path, 0, prediction_count);
  if (!taken(file)) return;
  for (int row = 0; row < file->rows(); ++row)
    for (std::int64_t sample = 0; sample < prediction_count; ++sample) {
      const auto found = file->sample(row, sample);
      touch(std::as_bytes(found.boxes));
      touch(std::as_bytes(found.scores));
      touch(std::as_bytes(found.labels));
    }
}

}  // namespace

void read_prediction_content(Content content) {
  const auto path = scratch_file("predictions.safetensors", content);
  taken(open_checked_predictions(path, 0, prediction_count));
  look_at_classes(path);
  look_at_boxes(path);
}

void read_manifest_lines(Content content) {
  const auto entries = read_manifest(scratch_file("rank.manifest.jsonl", content));
  if (!taken(entries)) return;
  for (const ManifestEntry& entry : *entries)
    expect(entry.file.find('/') == entry.file.npos, "a manifest names files of its folder alone");
}

}  // namespace plumbline::fuzz
