#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "core/data/atomic_file.h"
#include "core/data/composed_scenes.h"
#include "core/data/dataset_scan.h"
#include "core/data/png_writer.h"
#include "core/data/sample_reader.h"
#include "core/types/count_text.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

struct ScenesOptions {
  std::string images, labels, classes, items, output;
  std::int64_t count = 500;
  SceneSettings settings;
  int size = 96;
};

/// "8000-9999": the first and the last item that are taken.
Result<std::pair<std::int64_t, std::int64_t>> parse_item_range(const std::string& text,
                                                               std::int64_t samples) {
  if (text.empty()) return std::pair(std::int64_t{0}, samples - 1);
  const auto dash = text.find('-');
  const auto first = parse_integer(text.substr(0, dash));
  const auto last = dash == text.npos ? std::nullopt : parse_integer(text.substr(dash + 1));
  if (!first || !last || *first < 0 || *last < *first || *last >= samples)
    return usage_error(fmt::format("expected FIRST-LAST, within 0 to {}", samples - 1), "--items");
  return std::pair(*first, *last);
}

Result<std::vector<std::string>> lines_of(const std::string& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) lines.push_back(line);
  if (lines.empty()) return bad_input("the file names no class", file, "one name per line");
  return lines;
}

Result<std::vector<SceneItem>> read_items(const ScenesOptions& options, std::size_t classes) {
  const auto scan = scan_idx(options.images, options.labels, {});
  TRY(scan);
  const auto range =
      parse_item_range(options.items, static_cast<std::int64_t>(scan->samples.size()));
  TRY(range);
  const SampleReader reader(scan->format, scan->sources);
  std::vector<SceneItem> items;
  for (std::int64_t i = range->first; i <= range->second; ++i) {
    const ScannedSample& sample = scan->samples[static_cast<std::size_t>(i)];
    auto image = reader.read({sample.source, sample.record, sample.name, sample.hash});
    TRY(image);
    if (image->width * options.settings.largest >= options.size ||
        image->height * options.settings.largest >= options.size)
      return usage_error(fmt::format("an item of {} × {} pixels does not fit into scenes of {}",
                                     image->width, image->height, options.size),
                         "--size");
    if (sample.label == no_class || sample.label >= classes)
      return bad_input(fmt::format("item {} has no class that is named", i), options.labels,
                       "name the classes of all labels with --classes");
    items.push_back({std::move(*image), static_cast<std::int32_t>(sample.label)});
  }
  return items;
}

Result<void> write_scenes(ScenesOptions options) {
  options.settings.width = options.settings.height = options.size;
  const auto classes = lines_of(options.classes);
  TRY(classes);
  const auto items = read_items(options, classes->size());
  TRY(items);
  std::error_code code;
  const fs::path images = fs::path(options.output) / "images";
  fs::create_directories(images, code);
  if (code) return fail(ErrorKind::device, "cannot be made: " + code.message(), images.string());
  nlohmann::ordered_json truth = {{"images", nlohmann::ordered_json::array()},
                                  {"categories", nlohmann::ordered_json::array()},
                                  {"annotations", nlohmann::ordered_json::array()}};
  for (std::size_t c = 0; c < classes->size(); ++c)
    truth["categories"].push_back({{"id", c + 1}, {"name", (*classes)[c]}});
  std::int64_t objects = 0;
  for (std::int64_t i = 0; i < options.count; ++i) {
    const ComposedScene scene = compose_scene(*items, options.settings, i);
    const std::string name = fmt::format("{:06}.png", i + 1);
    const auto png = encode_png(scene.image);
    TRY(png);
    TRY(write_file_atomically(images / name, std::span<const std::byte>(*png)));
    truth["images"].push_back({{"id", i + 1},
                               {"file_name", name},
                               {"width", scene.image.width},
                               {"height", scene.image.height}});
    for (const TruthBox& box : scene.boxes)
      truth["annotations"].push_back(
          {{"id", ++objects},
           {"image_id", i + 1},
           {"category_id", box.category + 1},
           {"bbox", {box.box.x, box.box.y, box.box.width, box.box.height}},
           {"area", box.area},
           {"iscrowd", 0}});
  }
  TRY(write_file_atomically(fs::path(options.output) / "instances.json", truth.dump() + "\n"));
  fmt::print("{}: {} with {} of {}\n", options.output, count_text(options.count, "scene"),
             count_text(static_cast<std::int64_t>(objects), "object"),
             count_text(std::ssize(*classes), "class", "classes"));
  return {};
}

}  // namespace

void add_scenes(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "scenes",
      "compose images whose objects are known: items of a data set before clutter, partly hidden");
  auto options = std::make_shared<ScenesOptions>();
  command->add_option("--images", options->images, "the IDX file of the items' grey images")
      ->required();
  command->add_option("--labels", options->labels, "the IDX file of their classes")->required();
  command->add_option("--classes", options->classes, "a text file with a class's name on each line")
      ->required();
  command->add_option("--items", options->items,
                      "FIRST-LAST: which of them are taken, from 0 (default: all)");
  command->add_option("--count", options->count, "how many scenes")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--size", options->size, "a scene's side in pixels")
      ->check(CLI::Range(32, 4096))
      ->capture_default_str();
  command->add_option("--most", options->settings.most, "items a scene at most")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--seed", options->settings.seed, "of everything that is random")
      ->capture_default_str();
  command
      ->add_option("-o,--output", options->output,
                   "a folder: gets images/ and instances.json, as COCO has them")
      ->required();
  command->callback([&context, options] { context.result = write_scenes(*options); });
}

}  // namespace plumbline
