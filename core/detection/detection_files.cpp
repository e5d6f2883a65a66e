#include "core/detection/detection_files.h"

#include <bit>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/data/coco_fields.h"
#include "core/data/coco_json.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

const std::string& image_file_name(const BoxDataset& truth, std::int32_t image) {
  return truth.images[static_cast<std::size_t>(image)].file;
}
const std::string& name_of_category(const BoxDataset& truth, std::int32_t category) {
  return truth.categories[static_cast<std::size_t>(category)].name;
}
const EntryId& id_of_image(const BoxDataset& truth, std::int32_t image) {
  return truth.images[static_cast<std::size_t>(image)].id;
}
const EntryId& id_of_category(const BoxDataset& truth, std::int32_t category) {
  return truth.categories[static_cast<std::size_t>(category)].id;
}

ordered_json id_json(const EntryId& id) {
  return id.text.empty() ? ordered_json(id.number) : ordered_json(id.text);
}
std::string json_text_of(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}
ordered_json box_json(const PixelBox& box) {
  return ordered_json::array({box.x, box.y, box.width, box.height});
}

/// Names of the voters in a set of bits.
std::vector<std::string> names_of_bits(std::span<const DetectionSet> voters, std::uint64_t bits) {
  std::vector<std::string> names;
  for (std::size_t v = 0; v < voters.size(); ++v)
    if ((bits >> v & 1U) != 0) names.push_back(voters[v].name);
  return names;
}

/// Quoted where a comma, a quote or a line's end would break the row; a beginning that a
/// spreadsheet takes for a formula has an apostrophe before it.
std::string ledger_cell(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
    text.insert(text.begin(), '\'');
  if (text.find_first_of(",\"\n\r") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string_view state_of(const ObjectRecord& record) {
  if (record.found) return "found";
  return record.nearest == TideVerdict::right        ? "below the threshold"
         : record.nearest == TideVerdict::background ? "Miss"
                                                     : to_string(record.nearest);
}

std::string recovered_text(std::span<const DetectionSet> voters, const ObjectRecord& record) {
  return record.recovered_by < 0 ? "" : voters[static_cast<std::size_t>(record.recovered_by)].name;
}

std::string ledger_csv(const BoxDataset& truth, std::span<const DetectionSet> voters,
                       const Ledger& ledger) {
  std::string text =
      "object,image,file,class,x,y,width,height,area,found,found_by,voters,best_overlap,best_score,"
      "recovered_by,state\n";
  for (const ObjectRecord& record : ledger.objects) {
    const TruthBox& box = truth.boxes[static_cast<std::size_t>(record.object)];
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                        ledger_cell(to_string(box.id)),
                        ledger_cell(to_string(id_of_image(truth, box.image))),
                        ledger_cell(image_file_name(truth, box.image)),
                        ledger_cell(name_of_category(truth, box.category)), shortest(box.box.x),
                        shortest(box.box.y), shortest(box.box.width), shortest(box.box.height),
                        shortest(box.area), record.found ? 1 : 0, std::popcount(record.found_by),
                        voters.size(), shortest(record.best_overlap), shortest(record.best_score),
                        ledger_cell(recovered_text(voters, record)), state_of(record));
  }
  return text;
}

ordered_json record_json(const BoxDataset& truth, std::span<const DetectionSet> voters,
                         const ObjectRecord& record) {
  const TruthBox& box = truth.boxes[static_cast<std::size_t>(record.object)];
  return {{"id", id_json(box.id)},
          {"image_id", id_json(id_of_image(truth, box.image))},
          {"file_name", image_file_name(truth, box.image)},
          {"category_id", id_json(id_of_category(truth, box.category))},
          {"class", name_of_category(truth, box.category)},
          {"bbox", box_json(box.box)},
          {"area", box.area},
          {"found", record.found},
          {"found_by", names_of_bits(voters, record.found_by)},
          {"voters", voters.size()},
          {"best_overlap", record.best_overlap},
          {"best_score", record.best_score},
          {"recovered_by",
           record.recovered_by < 0 ? ordered_json() : ordered_json(recovered_text(voters, record))},
          {"state", state_of(record)}};
}

std::string ledger_json(const BoxDataset& truth, const DetectionSet& result,
                        std::span<const DetectionSet> voters, const Ledger& ledger) {
  std::string text = "{\"objects\": [";
  for (std::size_t i = 0; i < ledger.objects.size(); ++i)
    text += (i == 0 ? "\n" : ",\n") + json_text_of(record_json(truth, voters, ledger.objects[i]));
  text += "\n], \"detections\": [";
  for (std::size_t i = 0; i < ledger.detections.size(); ++i) {
    const DetectionRecord& record = ledger.detections[i];
    const DetectedBox& box = result.boxes[i];
    const ordered_json entry = {
        {"image_id", id_json(id_of_image(truth, box.image))},
        {"category_id", id_json(id_of_category(truth, box.category))},
        {"bbox", box_json(box.box)},
        {"score", box.score},
        {"accepted", record.accepted},
        {"object", record.match.object < 0
                       ? ordered_json()
                       : id_json(truth.boxes[static_cast<std::size_t>(record.match.object)].id)},
        {"overlap", record.match.overlap},
        {"verdict", record.match.object >= 0                ? "right"
                    : record.match.object == ignored_object ? "ignored"
                                                            : "false"},
        {"tide", to_string(record.verdict)}};
    text += (i == 0 ? "\n" : ",\n") + json_text_of(entry);
  }
  return text + "\n]}\n";
}

/// The undetected objects as a data set of their own.
std::string ledger_coco(const BoxDataset& truth, std::span<const DetectionSet> voters,
                        const Ledger& ledger) {
  std::set<std::int32_t> images;
  std::string annotations;
  for (const ObjectRecord& record : ledger.objects) {
    if (record.found) continue;
    ordered_json entry = record_json(truth, voters, record);
    entry["iscrowd"] = 0;
    annotations += (annotations.empty() ? "\n" : ",\n") + json_text_of(entry);
    images.insert(truth.boxes[static_cast<std::size_t>(record.object)].image);
  }
  ordered_json head = {{"images", ordered_json::array()}, {"categories", ordered_json::array()}};
  for (const std::int32_t i : images) {
    const BoxImage& image = truth.images[static_cast<std::size_t>(i)];
    head["images"].push_back({{"id", id_json(image.id)},
                              {"file_name", image.file},
                              {"width", image.width},
                              {"height", image.height}});
  }
  for (const BoxCategory& category : truth.categories)
    head["categories"].push_back({{"id", id_json(category.id)}, {"name", category.name}});
  return "{\"images\": " + json_text_of(head["images"]) +
         ",\n\"categories\": " + json_text_of(head["categories"]) + ",\n\"annotations\": [" +
         annotations + "\n]}\n";
}

}  // namespace

std::string coco_results_text(const BoxDataset& truth, const DetectionSet& detections) {
  std::string text = "[";
  for (const DetectedBox& box : detections.boxes) {
    text += fmt::format(
        "{}{{\"image_id\": {}, \"category_id\": {}, \"bbox\": [{}, {}, {}, {}], \"score\": {}}}",
        text.size() == 1 ? "\n" : ",\n", json_text_of(id_json(id_of_image(truth, box.image))),
        json_text_of(id_json(id_of_category(truth, box.category))), shortest(box.box.x),
        shortest(box.box.y), shortest(box.box.width), shortest(box.box.height),
        shortest(box.score));
  }
  return text + "\n]\n";
}

Result<BoxDataset> images_of_results(std::span<const std::filesystem::path> files) {
  std::set<EntryId> images, categories;
  for (const auto& file : files) {
    OddEntries odd;
    const auto take = [&](const CocoEntry& entry) -> Result<void> {
      if (!entry.list.empty() && entry.list != "annotations") return {};
      const auto image = read_reference(entry, entry.image_id, "image_id", file.string(), odd);
      TRY(image);
      const auto category =
          read_reference(entry, entry.category_id, "category_id", file.string(), odd);
      TRY(category);
      images.insert(*image);
      categories.insert(*category);
      return {};
    };
    TRY(stream_coco(file, {false, take, {}}));
  }
  BoxDataset data;
  for (const EntryId& id : images) data.images.push_back({id, "", 0, 0, std::ssize(data.images)});
  for (const EntryId& id : categories) data.categories.push_back({id, to_string(id)});
  return data;
}

std::string ledger_text(const BoxDataset& truth, const DetectionSet& result,
                        std::span<const DetectionSet> voters, const Ledger& ledger,
                        LedgerFormat format) {
  switch (format) {
    case LedgerFormat::csv: return ledger_csv(truth, voters, ledger);
    case LedgerFormat::json: return ledger_json(truth, result, voters, ledger);
    case LedgerFormat::coco: return ledger_coco(truth, voters, ledger);
  }
  return {};
}

}  // namespace plumbline
