#include "core/study/run_boxes.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "core/predictions/box_predictions.h"
#include "core/study/run_dataset.h"
#include "core/types/number.h"
#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

/// Files that several voters share are mapped and checked once.
class OpenBoxFiles {
 public:
  explicit OpenBoxFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<const BoxPredictionFile*> open(const PredictionShard& shard) {
    const auto found = files_.find(shard.file.string());
    if (found != files_.end()) return &found->second;
    auto file = BoxPredictionFile::open(folder_ / shard.file, shard.first, shard.count);
    TRY(file);
    return &files_.emplace(shard.file.string(), std::move(*file)).first->second;
  }

 private:
  std::filesystem::path folder_;
  std::map<std::string, BoxPredictionFile> files_;
};

/// Some samples of one voter within a file.
struct BoxFilePart {
  const BoxPredictionFile* file = nullptr;
  int row = 0;
  std::int64_t first = 0;  ///< the split's sample that the file begins with
  /// Of the file from this one on: those before were there already, since ranges of two jobs may
  /// overlap.
  std::int64_t begin = 0;
};

/// A voter's predictions by rising samples.
Result<std::vector<BoxFilePart>> parts_of_voter(const Study& study, const PredictionSet& set,
                                                std::int64_t samples, OpenBoxFiles& files) {
  const auto rows = study.shard_rows(set.id);
  TRY(rows);
  std::vector<BoxFilePart> parts;
  std::int64_t done = 0;
  for (const ShardRow& row : *rows) {
    const auto& shard = row.shard;
    // By subtraction: what the database says may be any number.
    if (shard.first < 0 || shard.count < 0 || shard.count > samples ||
        shard.first > samples - shard.count)
      return wrong_prediction_file(shard.file, "is of samples that the split does not have");
    const std::int64_t begin = std::max<std::int64_t>(done - shard.first, 0);
    if (begin >= shard.count) continue;
    const auto file = files.open(shard);
    TRY(file);
    if (row.row < 0 || row.row >= (*file)->rows())
      return wrong_prediction_file(shard.file, "has fewer rows than the study names");
    parts.push_back({*file, row.row, shard.first, begin});
    done = shard.first + shard.count;
  }
  return parts;
}

void append_sample(const BoxPredictionFile::Sample& sample, std::int64_t image,
                   std::int64_t classes, DetectionSet& set) {
  for (std::size_t i = 0; i < sample.boxes.size(); ++i) {
    if (sample.labels[i] >= classes) continue;
    const PredictedBox& box = sample.boxes[i];
    const double left = static_cast<double>(box.left), top = static_cast<double>(box.top);
    set.boxes.push_back(
        {static_cast<std::int32_t>(image),
         sample.labels[i],
         {left, top, static_cast<double>(box.right) - left, static_cast<double>(box.bottom) - top},
         static_cast<double>(sample.scores[i])});
  }
}

/// Boxes of classes below `classes`.
void append_parts(std::span<const BoxFilePart> parts, std::int64_t classes, DetectionSet& set) {
  std::size_t count = 0;
  for (const BoxFilePart& part : parts)
    for (std::int64_t i = part.begin; i < part.file->count(); ++i)
      count += part.file->sample(part.row, i).boxes.size();
  set.boxes.reserve(count);
  for (const BoxFilePart& part : parts)
    for (std::int64_t i = part.begin; i < part.file->count(); ++i)
      append_sample(part.file->sample(part.row, i), part.first + i, classes, set);
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

}  // namespace

Result<BoxDataset> boxes_of_split(const StudyData& study, const DatasetInfo& dataset,
                                  const std::string& split) {
  if (!format_info(dataset.format).has_boxes)
    return bad_input("the data set gives the class of each image, not where objects are",
                     dataset.name, "import one of the format coco, yolo or voc");
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
                                                  std::span<const std::size_t> voters,
                                                  std::size_t* further) {
  const auto dataset = dataset_of_run(study, run);
  TRY(dataset);
  const auto samples = study.sample_count(run.dataset, split);
  TRY(samples);
  const auto predictions = study.prediction_sets(run, split);
  TRY(predictions);
  OpenBoxFiles files(study.folder() / "predictions");
  std::vector<std::vector<BoxFilePart>> parts;
  std::size_t classes = dataset->classes.size();
  for (const std::size_t voter : voters) {
    auto of_voter = parts_of_voter(study, (*predictions)[voter], *samples, files);
    TRY(of_voter);
    if (further != nullptr)
      for (const BoxFilePart& part : *of_voter)
        classes = std::max(classes, static_cast<std::size_t>(part.file->classes()));
    parts.push_back(std::move(*of_voter));
  }
  if (further != nullptr) *further = classes - dataset->classes.size();
  std::vector<DetectionSet> sets(voters.size());
  for_each_item(sets.size(), [&](std::size_t v) {
    sets[v].name = to_string(run.voters[voters[v]]);
    append_parts(parts[v], static_cast<std::int64_t>(classes), sets[v]);
  });
  return sets;
}

Result<BoxCoverage> box_coverage(const Study& study, const RunInfo& run, const std::string& split,
                                 std::size_t voter) {
  const auto samples = study.sample_count(run.dataset, split);
  TRY(samples);
  const auto predictions = study.prediction_sets(run, split);
  TRY(predictions);
  OpenBoxFiles files(study.folder() / "predictions");
  const auto parts = parts_of_voter(study, (*predictions)[voter], *samples, files);
  TRY(parts);
  BoxCoverage coverage;
  for (const BoxFilePart& part : *parts)
    for (std::int64_t i = part.begin; i < part.file->count(); ++i)
      ++(part.file->sample(part.row, i).known ? coverage.known : coverage.unknown);
  return coverage;
}

}  // namespace plumbline
