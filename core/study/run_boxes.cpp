#include "core/study/run_boxes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "core/predictions/box_predictions.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

/// Calls `use(file, row, first, begin)` for each of a voter's files, by rising samples: those of
/// the file from `begin` on have not been there before, since ranges of two jobs may overlap.
template <class Use>
Result<void> for_each_box_file(const Study& study, const RunInfo& run, const std::string& split,
                               std::size_t voter, Use use) {
  const auto sets = study.prediction_sets(run, split);
  TRY(sets);
  const auto rows = study.shard_rows((*sets)[voter].id);
  TRY(rows);
  std::int64_t done = 0;
  for (const ShardRow& row : *rows) {
    const auto& shard = row.shard;
    const std::int64_t begin = std::max<std::int64_t>(done - shard.first, 0);
    if (begin >= shard.count) continue;
    const auto file = BoxPredictionFile::open(study.folder() / "predictions" / shard.file,
                                              shard.first, shard.count);
    TRY(file);
    if (row.row < 0 || row.row >= file->rows())
      return wrong_prediction_file(shard.file, "has fewer rows than the study names");
    use(*file, row.row, shard.first, begin);
    done = shard.first + shard.count;
  }
  return {};
}

void append_sample(const BoxPredictionFile::Sample& sample, std::int64_t image,
                   std::int64_t classes, DetectionSet& set) {
  for (std::size_t i = 0; i < sample.boxes.size(); ++i) {
    if (sample.labels[i] >= classes) continue;
    const PredictedBox& box = sample.boxes[i];
    const double left = box.left, top = box.top;
    set.boxes.push_back({static_cast<std::int32_t>(image),
                         sample.labels[i],
                         {left, top, box.right - left, box.bottom - top},
                         sample.scores[i]});
  }
}

/// The number that an image's file is named by: 6818 of "val/000000006818.jpg".
std::optional<std::int64_t> number_of_file(std::string_view name) {
  const std::string stem = std::filesystem::path(name).stem().string();
  const bool digits =
      !stem.empty() && std::ranges::all_of(stem, [](char c) { return c >= '0' && c <= '9'; });
  return digits ? parse_integer(stem) : std::nullopt;
}

/// Numbers for images where every file is named by one of its own.
void number_by_files(std::vector<BoxImage>& images) {
  std::vector<std::int64_t> numbers;
  for (const BoxImage& image : images) {
    const auto number = number_of_file(image.file);
    if (!number) return;
    numbers.push_back(*number);
  }
  auto sorted = numbers;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return;
  for (std::size_t i = 0; i < images.size(); ++i) images[i].id.number = numbers[i];
}

/// COCO has 80 classes with numbers up to 90; these are not used.
constexpr std::array<std::int64_t, 10> unused_in_coco = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83};
/// Some of COCO's classes by their places: nobody has these at the same places by chance.
constexpr std::array<std::pair<std::size_t, std::string_view>, 8> coco_marks = {
    {{0, "person"},
     {11, "stop sign"},
     {24, "backpack"},
     {39, "bottle"},
     {45, "bowl"},
     {60, "dining table"},
     {73, "book"},
     {79, "toothbrush"}}};

void number_as_coco(std::vector<BoxCategory>& classes) {
  if (classes.size() != 80 || !std::ranges::all_of(coco_marks, [&](const auto& mark) {
        return classes[mark.first].name == mark.second;
      }))
    return;
  std::int64_t number = 0;
  for (BoxCategory& entry : classes) {
    ++number;
    while (std::ranges::find(unused_in_coco, number) != unused_in_coco.end()) ++number;
    entry.id.number = number;
  }
}

Result<DatasetInfo> dataset_of_run(const Study& study, const RunInfo& run) {
  auto datasets = study.datasets();
  TRY(datasets);
  const auto found = std::ranges::find(*datasets, run.dataset, &DatasetInfo::id);
  if (found == datasets->end()) return bad_input("the run's data set is not there", run.name);
  return std::move(*found);
}

}  // namespace

Result<BoxDataset> boxes_of_split(const StudyData& study, const DatasetInfo& dataset,
                                  const std::string& split) {
  if (!format_info(dataset.format).has_boxes)
    return bad_input("the data set says what class its images are, not where objects are",
                     dataset.name, "import one of coco, yolo or voc");
  BoxDataset truth;
  TRY(study.names(dataset.id, split, [&](std::string_view name) {
    const auto place = static_cast<std::int64_t>(truth.images.size());
    truth.images.push_back({{place + 1, {}}, std::string(name), 0, 0, place});
  }));
  for (const std::string& name : dataset.classes)
    truth.categories.push_back(
        {{static_cast<std::int64_t>(truth.categories.size()) + 1, {}}, name});
  number_by_files(truth.images);
  number_as_coco(truth.categories);
  auto boxes = study.boxes(dataset.id, split);
  TRY(boxes);
  truth.boxes = std::move(*boxes);
  return truth;
}

Result<std::vector<DetectionSet>> load_detections(const Study& study, const RunInfo& run,
                                                  const std::string& split,
                                                  std::span<const std::size_t> voters) {
  const auto dataset = dataset_of_run(study, run);
  TRY(dataset);
  const auto classes = static_cast<std::int64_t>(dataset->classes.size());
  std::vector<DetectionSet> sets;
  for (const std::size_t voter : voters) {
    DetectionSet set;
    set.name = to_string(run.voters[voter]);
    TRY(for_each_box_file(
        study, run, split, voter,
        [&](const BoxPredictionFile& file, int row, std::int64_t first, std::int64_t begin) {
          for (std::int64_t i = begin; i < file.count(); ++i)
            append_sample(file.sample(row, i), first + i, classes, set);
        }));
    sets.push_back(std::move(set));
  }
  return sets;
}

Result<BoxCoverage> box_coverage(const Study& study, const RunInfo& run, const std::string& split,
                                 std::size_t voter) {
  BoxCoverage coverage;
  TRY(for_each_box_file(
      study, run, split, voter,
      [&](const BoxPredictionFile& file, int row, std::int64_t, std::int64_t begin) {
        for (std::int64_t i = begin; i < file.count(); ++i)
          ++(file.sample(row, i).known ? coverage.known : coverage.unknown);
      }));
  return coverage;
}

}  // namespace plumbline
