#include "app/engine/commands/run_detections.h"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "app/engine/commands/fusion_options.h"
#include "core/data/atomic_file.h"
#include "core/data/coco_json.h"
#include "core/detection/fusion.h"
#include "core/study/decide_run.h"
#include "core/study/row_writer.h"
#include "core/study/run_boxes.h"
#include "core/study/run_dataset.h"

namespace plumbline {

namespace {

/// The numbers of a ground truth, by names: COCO's own files say "a.jpg", others "val2017/a.jpg".
Result<void> take_ids(BoxDataset& truth, const std::string& file) {
  const auto given = read_coco_truth(file);
  TRY(given);
  print_notes(file, given->notes);
  std::map<std::string, EntryId> images, classes;
  for (const BoxImage& image : given->images)
    images[std::filesystem::path(image.file).filename().string()] = image.id;
  for (const BoxCategory& category : given->categories) classes[category.name] = category.id;
  for (BoxImage& image : truth.images) {
    const auto found = images.find(std::filesystem::path(image.file).filename().string());
    if (found == images.end())
      return bad_input(fmt::format("has no image '{}'", image.file), file,
                       "give the file that the data set was imported with");
    image.id = found->second;
  }
  for (BoxCategory& category : truth.categories) {
    const auto found = classes.find(category.name);
    if (found == classes.end())
      return bad_input(fmt::format("has no class '{}'", category.name), file,
                       "give the file that the data set was imported with");
    category.id = found->second;
  }
  return {};
}

/// A row for each detection, in their order.
Result<std::int64_t> write_detections(const BoxDataset& truth, std::span<const DetectionSet> sets,
                                      const std::string& format, const std::string& out) {
  auto rows =
      RowWriter::open(out, format == "json",
                      {"sample", "voter", "class", "score", "left", "top", "right", "bottom"});
  TRY(rows);
  for (const DetectionSet& set : sets)
    for (const DetectedBox& box : set.boxes) {
      rows->text(truth.images[static_cast<std::size_t>(box.image)].file);
      rows->text(set.name);
      rows->text(truth.categories[static_cast<std::size_t>(box.category)].name);
      // Networks give float32, whose shortest form is short.
      rows->number(static_cast<float>(box.score));
      for (const double side : {box.box.x, box.box.y, box.box.right(), box.box.bottom()})
        rows->number(static_cast<float>(side));
      rows->end_row();
    }
  return rows->finish();
}

/// Undetected objects, the largest first, then accepted detections of nothing, the surest first.
Result<std::int64_t> write_failures(const JudgedDetections& judged,
                                    const DetectionExport& request) {
  std::vector<const ObjectRecord*> missed;
  for (const ObjectRecord& record : judged.ledger.objects)
    if (!record.found) missed.push_back(&record);
  const auto object_of = [&](const ObjectRecord* record) -> const TruthBox& {
    return judged.truth.boxes[static_cast<std::size_t>(record->object)];
  };
  std::ranges::stable_sort(missed, std::greater<>(),
                           [&](const ObjectRecord* record) { return object_of(record).area; });
  std::vector<std::size_t> wrong;
  for (std::size_t i = 0; i < judged.ledger.detections.size(); ++i) {
    const DetectionRecord& record = judged.ledger.detections[i];
    if (record.accepted && record.match.object == no_object) wrong.push_back(i);
  }
  std::ranges::stable_sort(wrong, std::greater<>(),
                           [&](std::size_t i) { return judged.result.boxes[i].score; });
  auto rows = RowWriter::open(request.out, request.format == "json",
                              {"sample", "failure", "class", "type", "score", "left", "top",
                               "right", "bottom", "found_by", "voters", "best_overlap"});
  TRY(rows);
  const auto write_place = [&](const PixelBox& box) {
    for (const double side : {box.x, box.y, box.right(), box.bottom()})
      rows->number(static_cast<float>(side));
  };
  const auto names = [&](std::int32_t image, std::int32_t category, const char* failure) {
    rows->text(judged.truth.images[static_cast<std::size_t>(image)].file);
    rows->text(failure);
    rows->text(judged.truth.categories[static_cast<std::size_t>(category)].name);
  };
  const auto many = static_cast<std::int64_t>(judged.voters.size());
  for (const ObjectRecord* record : missed) {
    const TruthBox& object = object_of(record);
    names(object.image, object.category, "undetected object");
    rows->text(record->nearest == TideVerdict::background ? "Miss"
               : record->nearest == TideVerdict::right    ? "below the threshold"
                                                          : to_string(record->nearest));
    rows->number(record->best_score);
    write_place(object.box);
    rows->integer(std::popcount(record->found_by));
    rows->integer(many);
    rows->number(record->best_overlap);
    rows->end_row();
  }
  for (const std::size_t i : wrong) {
    const DetectedBox& box = judged.result.boxes[i];
    names(box.image, box.category, "false detection");
    rows->text(to_string(judged.ledger.detections[i].verdict));
    rows->number(static_cast<float>(box.score));
    write_place(box.box);
    rows->empty();
    rows->integer(many);
    rows->number(judged.ledger.detections[i].match.overlap);
    rows->end_row();
  }
  return rows->finish();
}

}  // namespace

Result<bool> gives_boxes(const Study& study, const RunInfo& run) {
  if (run.voters.empty()) return false;
  const auto model = study.model(run.voters.front().model);
  TRY(model);
  return model->card.output.predictions == "boxes";
}

Result<RunDetections> read_run_detections(const Study& study, const RunInfo& run,
                                          const std::string& split, const std::string& voters,
                                          UnnamedVoters unnamed, const std::string& ground_truth) {
  const auto boxes = gives_boxes(study, run);
  TRY(boxes);
  if (!*boxes)
    return bad_input("the run's voters give classes, not boxes", run.name,
                     "decide and export --what decisions are for classes");
  const auto chosen_split = choose_split(study, run, split);
  TRY(chosen_split);
  std::vector<std::size_t> chosen(run.voters.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  if (!voters.empty() || unnamed == UnnamedVoters::deciding) {
    auto named = choose_voters(run, voters);
    TRY(named);
    chosen = std::move(*named);
  }
  const auto dataset = dataset_of_run(study, run);
  TRY(dataset);
  RunDetections result;
  result.run = run;
  auto truth = boxes_of_split(study, *dataset, *chosen_split);
  TRY(truth);
  result.truth = std::move(*truth);
  if (!ground_truth.empty()) TRY(take_ids(result.truth, ground_truth));
  auto sets = load_detections(study, run, *chosen_split, chosen);
  TRY(sets);
  result.voters = std::move(*sets);
  result.chosen = std::move(chosen);
  return result;
}

Result<std::int64_t> export_detections(RunDetections detections, const DetectionExport& request) {
  if (request.format == "coco" && request.what == "failures")
    return usage_error("failures are written as csv or json", "--format",
                       "--what ledger --format coco has the undetected objects");
  if (request.what == "detections" && request.fusion.empty()) {
    if (request.format != "coco")
      return write_detections(detections.truth, detections.voters, request.format, request.out);
    if (detections.voters.size() > 1)
      return usage_error("COCO's results format has the detections of one voter", "--format coco",
                         "name one by --voters MODEL:VIEW, or fuse them by --fusion");
    const DetectionSet& only = detections.voters.front();
    TRY(write_output(request.out, coco_results_text(detections.truth, only)));
    return static_cast<std::int64_t>(only.boxes.size());
  }
  const auto judged = judge_detections(std::move(detections.truth), std::move(detections.voters),
                                       request.fusion, request.score);
  TRY(judged);
  if (request.what == "failures") return write_failures(*judged, request);
  if (request.what == "detections") {
    const DetectionSet& fused = judged->result;
    if (request.format != "coco")
      return write_detections(judged->truth, {&fused, 1}, request.format, request.out);
    TRY(write_output(request.out, coco_results_text(judged->truth, fused)));
    return static_cast<std::int64_t>(fused.boxes.size());
  }
  const auto format = ledger_format(request.format);
  TRY(format);
  TRY(write_output(request.out, ledger_text(judged->truth, judged->result, judged->voters,
                                            judged->ledger, *format)));
  return *format == LedgerFormat::coco ? judged->ledger.undetected
                                       : static_cast<std::int64_t>(judged->ledger.objects.size());
}

}  // namespace plumbline
