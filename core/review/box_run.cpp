#include "core/review/box_run.h"

#include <algorithm>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "core/detection/ledger.h"
#include "core/predictions/box_predictions.h"

namespace plumbline {

namespace {

/// Where each image's boxes begin in a list that is ordered by image.
template <class Boxes>
std::vector<std::size_t> firsts_by_image(const Boxes& boxes, std::size_t images) {
  std::vector<std::size_t> first(images + 1);
  for (const auto& box : boxes) ++first[static_cast<std::size_t>(box.image) + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  return first;
}

template <class Boxes>
void order_by_image(Boxes& boxes) {
  const auto image_of = [](const auto& box) { return box.image; };
  if (!std::ranges::is_sorted(boxes, {}, image_of)) std::ranges::stable_sort(boxes, {}, image_of);
}

/// Files that several voters share are mapped and checked once.
class BoxFiles {
 public:
  explicit BoxFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

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

/// Where a sample's boxes of one voter lie.
struct SamplePlace {
  const BoxPredictionFile* file = nullptr;
  int row = 0;
  std::int64_t sample = 0;  ///< within the file
};

void append_sample(const SamplePlace& place, std::int32_t image, std::vector<DetectedBox>& boxes) {
  const BoxPredictionFile::Sample sample = place.file->sample(place.row, place.sample);
  for (std::size_t i = 0; i < sample.boxes.size(); ++i) {
    const PredictedBox& box = sample.boxes[i];
    const double left = static_cast<double>(box.left), top = static_cast<double>(box.top);
    boxes.push_back({image,
                     sample.labels[i],
                     {left, top, static_cast<double>(box.right) - left,
                      static_cast<double>(box.bottom) - top},
                     static_cast<double>(sample.scores[i])});
  }
}

Result<std::vector<DetectedBox>> read_voter(const Study& study, const PredictionSet& set,
                                            std::size_t samples, std::size_t& classes,
                                            BoxFiles& files) {
  const auto rows = study.shard_rows(set.id);
  TRY(rows);
  std::vector<SamplePlace> places(samples);
  std::size_t count = 0;
  for (const ShardRow& row : *rows) {
    const auto file = files.open(row.shard);
    TRY(file);
    if (row.row >= (*file)->rows())
      return wrong_prediction_file(row.shard.file, "has other voters than the study names");
    classes = std::max(classes, static_cast<std::size_t>((*file)->classes()));
    for (std::int64_t i = 0; i < row.shard.count; ++i) {
      const auto place = static_cast<std::size_t>(row.shard.first + i);
      if (place >= samples || places[place].file != nullptr) continue;
      places[place] = {*file, row.row, i};
      count += (*file)->sample(row.row, i).boxes.size();
    }
  }
  std::vector<DetectedBox> boxes;
  boxes.reserve(count);
  for (std::size_t i = 0; i < samples; ++i)
    if (places[i].file != nullptr) append_sample(places[i], static_cast<std::int32_t>(i), boxes);
  return boxes;
}

}  // namespace

void order_boxes(BoxRun& run) {
  order_by_image(run.truth.boxes);
  run.first_object = firsts_by_image(run.truth.boxes, run.images());
  run.first_box.clear();
  for (DetectionSet& voter : run.voters) {
    order_by_image(voter.boxes);
    run.first_box.push_back(firsts_by_image(voter.boxes, run.images()));
  }
}

Result<std::shared_ptr<const BoxRun>> read_box_run(const Study& study, const RunInfo& run,
                                                   const std::string& split) {
  if (run.voters.size() > most_voters)
    return bad_input(fmt::format("a run of boxes has at most {} voters, this one has {}",
                                 most_voters, run.voters.size()),
                     run.name);
  const auto datasets = study.datasets();
  TRY(datasets);
  const auto dataset = std::ranges::find(*datasets, run.dataset, &DatasetInfo::id);
  if (dataset == datasets->end())
    return bad_input("the run's data set is not in the study", run.name);
  const auto samples = study.sample_count(run.dataset, split);
  TRY(samples);
  auto result = std::make_shared<BoxRun>();
  auto boxes = study.boxes(run.dataset, split);
  TRY(boxes);
  result->truth.boxes = std::move(*boxes);
  result->truth.images.resize(static_cast<std::size_t>(*samples));
  for (std::size_t i = 0; i < result->truth.images.size(); ++i) {
    result->truth.images[i].id.number = static_cast<std::int64_t>(i);
    result->truth.images[i].position = static_cast<std::int64_t>(i);
  }
  for (std::size_t i = 0; i < dataset->classes.size(); ++i)
    result->truth.categories.push_back(
        {{static_cast<std::int64_t>(i), {}}, dataset->classes[i]});
  const auto sets = study.prediction_sets(run, split);
  TRY(sets);
  BoxFiles files(study.folder() / "predictions");
  std::size_t classes = dataset->classes.size();
  for (std::size_t v = 0; v < sets->size(); ++v) {
    auto voter = read_voter(study, (*sets)[v], result->images(), classes, files);
    TRY(voter);
    result->voters.push_back({to_string(run.voters[v]), std::move(*voter), {}});
  }
  // Detectors may know further classes, of which nothing is ever right.
  for (std::size_t i = dataset->classes.size(); i < classes; ++i)
    result->truth.categories.push_back(
        {{static_cast<std::int64_t>(i), {}}, fmt::format("class {}", i)});
  order_boxes(*result);
  return result;
}

}  // namespace plumbline
