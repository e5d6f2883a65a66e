#include "core/review/flat_run.h"

#include <algorithm>
#include <cmath>

#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

constexpr std::size_t flat_facts = 3, flat_column_count = 5;

/// Memory of columns that were just made.
struct FlatMemory {
  std::vector<FlatObject> objects;
  std::vector<std::uint32_t> first_object, first_box;
  std::vector<FlatBox> boxes;
  std::string texts;
};

FlatObject flattened(const TruthBox& object, std::string& texts) {
  FlatObject flat;
  flat.box = object.box;
  flat.area = object.area;
  flat.id = object.id.number;
  flat.image = object.image;
  flat.category = object.category;
  if (!object.id.text.empty()) {
    flat.id = static_cast<std::int64_t>(texts.size());
    flat.id_length = static_cast<std::uint32_t>(object.id.text.size());
    texts += object.id.text;
  }
  flat.crowd = object.crowd;
  flat.ignored = object.ignored;
  return flat;
}

FlatBox flattened(const DetectedBox& box) {
  const auto narrow = [](double value) { return static_cast<float>(value); };
  return {narrow(box.box.x),        narrow(box.box.y), narrow(box.box.right()),
          narrow(box.box.bottom()), narrow(box.score), box.category};
}

/// Whether places rise from `begin` to `end`.
bool rises_between(std::span<const std::uint32_t> places, std::size_t begin, std::size_t end) {
  return places.front() == begin && places.back() == end && std::ranges::is_sorted(places);
}

bool is_possible(const FlatObject& object, const FlatRun& run) {
  const auto finite = [](double value) { return std::isfinite(value); };
  const bool has_text =
      object.id_length == 0 ||
      (object.id >= 0 && static_cast<std::uint64_t>(object.id) <= run.texts.size() &&
       object.id_length <= run.texts.size() - static_cast<std::uint64_t>(object.id));
  return object.category >= 0 && static_cast<std::size_t>(object.category) < run.classes &&
         finite(object.box.x) && finite(object.box.y) && finite(object.box.width) &&
         finite(object.box.height) && finite(object.area) && has_text;
}

bool is_possible(const FlatBox& box, const FlatRun& run) {
  return box.category >= 0 && static_cast<std::size_t>(box.category) < run.classes &&
         std::isfinite(box.left) && std::isfinite(box.top) && std::isfinite(box.right) &&
         std::isfinite(box.bottom) && std::isfinite(box.score);
}

bool lies_in_order(const FlatRun& run) {
  if (!rises_between(run.first_object, 0, run.objects.size())) return false;
  std::size_t begin = 0;
  for (std::size_t v = 0; v < run.voters; ++v) {
    const auto places = run.first_box.subspan(v * (run.images + 1), run.images + 1);
    if (!rises_between(places, begin, places.back())) return false;
    begin = places.back();
  }
  if (begin != run.boxes.size()) return false;
  for (std::size_t image = 0; image < run.images; ++image)
    for (const FlatObject& object : run.objects_of(image))
      if (object.image != static_cast<std::int32_t>(image)) return false;
  return true;
}

}  // namespace

EntryId FlatRun::id_of(const FlatObject& object) const {
  if (object.id_length == 0) return {object.id, {}};
  return {0,
          std::string(texts.subspan(static_cast<std::size_t>(object.id), object.id_length).data(),
                      object.id_length)};
}

DetectedBox detected_box(const FlatBox& box, std::size_t image) {
  const auto wide = [](float value) { return static_cast<double>(value); };
  return {static_cast<std::int32_t>(image),
          box.category,
          {wide(box.left), wide(box.top), wide(box.right) - wide(box.left),
           wide(box.bottom) - wide(box.top)},
          wide(box.score)};
}

ColumnSet flat_columns(const BoxRun& run) {
  auto memory = std::make_shared<FlatMemory>();
  memory->objects.reserve(run.truth.boxes.size());
  for (const TruthBox& object : run.truth.boxes)
    memory->objects.push_back(flattened(object, memory->texts));
  memory->first_object.assign(run.first_object.begin(), run.first_object.end());
  std::size_t all = 0;
  for (const DetectionSet& voter : run.voters) all += voter.boxes.size();
  memory->boxes.reserve(all);
  for (std::size_t v = 0; v < run.voters.size(); ++v) {
    const std::size_t begin = memory->boxes.size();
    for (const std::size_t first : run.first_box[v])
      memory->first_box.push_back(static_cast<std::uint32_t>(begin + first));
    for (const DetectedBox& box : run.voters[v].boxes) memory->boxes.push_back(flattened(box));
  }
  ColumnSet set;
  set.facts = {static_cast<std::int64_t>(run.images()),
               static_cast<std::int64_t>(run.voters.size()),
               static_cast<std::int64_t>(run.truth.categories.size())};
  set.add(std::span<const FlatObject>(memory->objects));
  set.add(std::span<const std::uint32_t>(memory->first_object));
  set.add(std::span<const std::uint32_t>(memory->first_box));
  set.add(std::span<const FlatBox>(memory->boxes));
  set.add(std::span<const char>(memory->texts));
  set.memory = std::move(memory);
  return set;
}

Result<std::shared_ptr<const FlatRun>> flat_run(ColumnSet columns) {
  const auto objects = columns.column<FlatObject>(0);
  const auto first_object = columns.column<std::uint32_t>(1),
             first_box = columns.column<std::uint32_t>(2);
  const auto boxes = columns.column<FlatBox>(3);
  const auto texts = columns.column<char>(4);
  if (columns.facts.size() != flat_facts || columns.columns.size() != flat_column_count ||
      !objects || !first_object || !first_box || !boxes || !texts ||
      std::ranges::any_of(columns.facts, [](std::int64_t fact) { return fact < 0; }))
    return bad_input("lacks columns of a run of boxes");
  auto run = std::make_shared<FlatRun>();
  run->images = static_cast<std::size_t>(columns.facts[0]);
  run->voters = static_cast<std::size_t>(columns.facts[1]);
  run->classes = static_cast<std::size_t>(columns.facts[2]);
  // The first says how many images there can be, so that no product overflows.
  if (first_object->size() != run->images + 1 || run->voters > 64 ||
      first_box->size() != run->voters * (run->images + 1))
    return bad_input("has positions for another number of images");
  run->objects = *objects;
  run->first_object = *first_object;
  run->first_box = *first_box;
  run->boxes = *boxes;
  run->texts = *texts;
  if (!lies_in_order(*run) ||
      !holds_for_all(run->objects.size(),
                     [&](std::size_t i) { return is_possible(run->objects[i], *run); }) ||
      !holds_for_all(run->boxes.size(),
                     [&](std::size_t i) { return is_possible(run->boxes[i], *run); }))
    return bad_input("has impossible boxes");
  run->memory = std::move(columns.memory);
  return run;
}

BoxRun unpack_run(const FlatRun& flat, std::span<const std::string> classes,
                  std::span<const std::string> voters) {
  BoxRun run;
  run.truth = empty_truth(flat.images, flat.classes, classes);
  run.truth.boxes.resize(flat.objects.size());
  run.first_object.assign(flat.first_object.begin(), flat.first_object.end());
  run.voters.resize(flat.voters);
  run.first_box.resize(flat.voters);
  // One item for the objects, and one a voter.
  for_each_item(flat.voters + 1, [&](std::size_t item) {
    if (item == flat.voters) {
      for (std::size_t o = 0; o < flat.objects.size(); ++o) {
        const FlatObject& object = flat.objects[o];
        run.truth.boxes[o] = {
            object.image,      object.category,     object.box,         object.area,
            object.crowd != 0, object.ignored != 0, flat.id_of(object), {}};
      }
      return;
    }
    DetectionSet& voter = run.voters[item];
    if (item < voters.size()) voter.name = voters[item];
    const auto places = flat.first_box.subspan(item * (flat.images + 1), flat.images + 1);
    for (const std::uint32_t place : places) run.first_box[item].push_back(place - places.front());
    voter.boxes.reserve(places.back() - places.front());
    for (std::size_t image = 0; image < flat.images; ++image)
      for (const FlatBox& box : flat.boxes_of(item, image))
        voter.boxes.push_back(detected_box(box, image));
  });
  return run;
}

}  // namespace plumbline
