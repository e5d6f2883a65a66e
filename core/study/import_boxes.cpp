#include "core/study/import_boxes.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/data/coco_json.h"
#include "core/data/odd_entries.h"
#include "core/predictions/box_predictions.h"
#include "core/study/study_prediction_store.h"

namespace plumbline {

namespace {

std::string last_part(const std::string& name) {
  return std::filesystem::path(name).filename().generic_string();
}

/// The split's samples by the files' names without folders, since COCO's own files name none.
Result<std::map<std::string, std::int64_t>> samples_by_file(const Study& study,
                                                            std::int64_t dataset,
                                                            const std::string& split) {
  std::map<std::string, std::int64_t> places;
  std::int64_t place = 0;
  TRY(study.names(dataset, split,
                  [&](std::string_view name) { places[last_part(std::string(name))] = place++; }));
  return places;
}

/// Each of the file's entries as its place in the study; −1 where that has none.
struct ImportPlaces {
  std::vector<std::int64_t> sample_of;
  std::vector<std::int32_t> class_of;
};

ImportPlaces import_places(const BoxDataset& truth,
                           const std::map<std::string, std::int64_t>& samples,
                           const std::vector<std::string>& classes) {
  ImportPlaces places;
  for (const BoxImage& image : truth.images) {
    const auto found = samples.find(last_part(image.file));
    places.sample_of.push_back(found == samples.end() ? -1 : found->second);
  }
  for (const BoxCategory& category : truth.categories) {
    const auto found = std::ranges::find(classes, category.name);
    places.class_of.push_back(
        found == classes.end() ? -1 : static_cast<std::int32_t>(found - classes.begin()));
  }
  return places;
}

PredictedBox limited_box(const PixelBox& given) {
  const PixelBox box = upright(given);
  const auto edge = [](double value) { return static_cast<float>(std::max(0.0, value)); };
  return {edge(box.x), edge(box.y), edge(box.right()), edge(box.bottom())};
}

/// What limited_box will change of a detection, by the image's name.
void count_limits(const DetectedBox& detected, const std::string& image, OddEntries& odd) {
  const PixelBox box = upright(detected.box);
  if (box.x < 0 || box.y < 0)
    odd.count("boxes that extend beyond the left or upper edge of their image; clipped to it",
              image);
}

/// The card says what the voter's outputs mean; there is no network behind it.
Result<ModelCard> card_of_boxes(const std::string& name, const std::vector<std::string>& classes) {
  const nlohmann::ordered_json card = {{"schema", 1},
                                       {"name", name},
                                       {"task", "detection"},
                                       {"input",
                                        {{"channels", 3},
                                         {"height", 1},
                                         {"width", 1},
                                         {"resize", {{"kind", "none"}}},
                                         {"scale", 1},
                                         {"mean", {0, 0, 0}},
                                         {"std", {1, 1, 1}}}},
                                       {"output", {{"kind", "boxes-xyxy"}}},
                                       {"classes", classes}};
  return parse_model_card(
      card.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), name);
}

}  // namespace

Result<ImportedBoxes> import_boxes(Study& study, const BoxImport& request,
                                   const BoxImportProgress& progress) {
  const std::string where = request.file.string();
  const auto reading = [&progress](std::string_view what) {
    return [&progress, what](std::int64_t done, std::int64_t total) {
      return !progress || progress(what, done, total, "bytes");
    };
  };
  const auto dataset = study.dataset(request.dataset);
  TRY(dataset);
  if (!format_info(dataset->format).has_boxes)
    return bad_input(fmt::format("'{}' is not a data set of boxes", dataset->name), where);
  const auto truth = read_coco_truth(request.labels, {.progress = reading("reading labels")});
  TRY(truth);
  auto detections = read_coco_results(
      request.file, *truth, {.progress = reading("reading detections"), .limits_scores = true});
  TRY(detections);
  const auto named = samples_by_file(study, dataset->id, request.split);
  TRY(named);
  const ImportPlaces places = import_places(*truth, *named, dataset->classes);
  const auto samples = study.sample_count(dataset->id, request.split);
  TRY(samples);

  ImportedBoxes imported;
  imported.samples = *samples;
  OddEntries limited;
  std::vector<std::vector<DetectedBox>> by_sample(static_cast<std::size_t>(*samples));
  for (const DetectedBox& box : detections->boxes) {
    const auto sample = places.sample_of[static_cast<std::size_t>(box.image)];
    const auto label = places.class_of[static_cast<std::size_t>(box.category)];
    if (sample < 0 || label < 0) {
      ++imported.left_out;
      continue;
    }
    count_limits(box, truth->images[static_cast<std::size_t>(box.image)].file, limited);
    by_sample[static_cast<std::size_t>(sample)].push_back({0, label, box.box, box.score});
    ++imported.boxes;
  }
  imported.notes = detections->notes;
  for (std::string& line : limited.lines()) imported.notes.push_back(std::move(line));
  if (imported.boxes == 0 && imported.left_out > 0)
    return bad_input("the file names no image of the split", where,
                     "--labels is the instances JSON whose ids the detections use");

  const auto card = card_of_boxes(request.name, dataset->classes);
  TRY(card);
  if (progress && !progress("keeping predictions", 0, *samples, "samples"))
    return fail(ErrorKind::cancelled, "cancelled", where);
  TRY(study.add_model(request.name, {}, "imported", *card));
  RunInfo run;
  run.dataset = dataset->id;
  const Voter voter{request.name, request.view};
  const auto set = study.prediction_set(prediction_key(run, request.split, voter, true));
  TRY(set);
  if (set->committed > 0)
    return bad_input(fmt::format("'{}' has predictions for the split '{}' already",
                                 to_string(voter), request.split),
                     where, "import them under another name");
  const VoterKey key = voter_key(set->key, dataset->name);
  StudyPredictionStore store(study);
  for (std::int64_t first = 0; first < *samples; first += shard_samples) {
    BoxPredictions content;
    content.first = first;
    content.count = std::min(shard_samples, *samples - first);
    content.classes = static_cast<int>(dataset->classes.size());
    content.voters = {voter};
    for (std::int64_t i = 0; i < content.count; ++i) {
      for (const DetectedBox& box : by_sample[static_cast<std::size_t>(first + i)]) {
        content.boxes.push_back(limited_box(box.box));
        content.scores.push_back(static_cast<float>(box.score));
        content.labels.push_back(box.category);
      }
      end_sample(content, true);
    }
    TRY(store.commit(std::span(&key, 1), draft_of(content)));
    if (progress) progress("keeping predictions", first + content.count, *samples, "samples");
  }
  return imported;
}

}  // namespace plumbline
