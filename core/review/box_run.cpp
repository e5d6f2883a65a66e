#include "core/review/box_run.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "core/detection/ledger.h"
#include "core/study/run_boxes.h"
#include "core/study/run_dataset.h"

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

BoxDataset empty_truth(std::size_t images, std::size_t classes,
                       std::span<const std::string> class_names) {
  BoxDataset truth;
  truth.images.resize(images);
  for (std::size_t i = 0; i < images; ++i) {
    truth.images[i].id.number = static_cast<std::int64_t>(i);
    truth.images[i].position = static_cast<std::int64_t>(i);
  }
  for (std::size_t i = 0; i < classes; ++i)
    truth.categories.push_back(
        {{static_cast<std::int64_t>(i), {}},
         i < class_names.size() ? class_names[i] : fmt::format("class {}", i)});
  return truth;
}

Result<BoxRun> read_box_run(const Study& study, const RunInfo& run, const std::string& split) {
  if (run.voters.size() > most_voters)
    return bad_input(fmt::format("a run of boxes can have at most {} voters, but this one has {}",
                                 most_voters, run.voters.size()),
                     run.name);
  const auto dataset = dataset_of_run(study, run);
  TRY(dataset);
  const auto samples = study.sample_count(run.dataset, split);
  TRY(samples);
  auto objects = study.boxes(run.dataset, split);
  TRY(objects);
  std::vector<std::size_t> all(run.voters.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::size_t further = 0;
  auto voters = load_detections(study, run, split, all, &further);
  TRY(voters);
  BoxRun result;
  // Detectors may know further classes, of which nothing is ever right.
  result.truth = empty_truth(static_cast<std::size_t>(*samples), dataset->classes.size() + further,
                             dataset->classes);
  result.truth.boxes = std::move(*objects);
  result.voters = std::move(*voters);
  order_boxes(result);
  return result;
}

}  // namespace plumbline
