#include "core/data/compiled_package.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/data/mapped_file.h"
#include "core/data/utf8.h"
#include "core/data/zip_directory.h"
#include "core/types/json_object.h"
#include "core/types/number.h"
#include "core/types/precision_names.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view export_a_package =
    "export it with resources/export/export_model.py --format pt2";
constexpr std::size_t largest_metadata = 1 << 20, longest_package_word = 1000;
constexpr std::size_t longest_packaged_name = 200, most_packaged_models = 16;
constexpr std::int64_t largest_package_batch = 1 << 20;

/// One file of the model's folder in the archive.
struct PackagedFile {
  std::string_view name;  ///< without folders
  ZipEntry entry;
};

/// The files of a model, and which of them is the library.
struct PackagedModel {
  std::string_view folder;
  std::vector<PackagedFile> files;
  PackagedFile library;

  const PackagedFile* find(std::string_view name) const {
    const auto found = std::ranges::find(files, name, &PackagedFile::name);
    return found == files.end() ? nullptr : &*found;
  }
};

/// MODEL/FILE of "ARCHIVE/data/aotinductor/MODEL/FILE".
std::optional<std::string_view> below_models(std::string_view name) {
  constexpr std::string_view models = "data/aotinductor/";
  if (name.starts_with(models)) return name.substr(models.size());
  const auto slash = name.find('/');
  if (slash == name.npos || !name.substr(slash + 1).starts_with(models)) return {};
  return name.substr(slash + 1 + models.size());
}

bool is_weight_file(std::string_view name) {
  return std::ranges::any_of(std::array<std::string_view, 4>{".bin", ".blob", ".pt", ".weights"},
                             [&](std::string_view end) { return name.ends_with(end); });
}

Result<std::vector<PackagedModel>> find_packaged_models(std::span<const std::byte> content,
                                                        const fs::path& file) {
  TRY(check_archive_entries(content, file));
  std::vector<PackagedModel> models;
  bool weights_outside = false;
  const auto entries = zip_listing(content);
  for (const ZipEntry& entry : *entries) {
    const auto below = below_models(entry.name);
    if (!below) {
      weights_outside |= entry.name.find("/data/weights/") != entry.name.npos;
      continue;
    }
    const auto slash = below->find('/');
    if (slash == below->npos || slash + 1 == below->size()) continue;
    const std::string_view folder = below->substr(0, slash), name = below->substr(slash + 1);
    if (name.find('/') != name.npos) continue;
    if (name.front() == '.' || name.size() > longest_packaged_name)
      return bad_input(fmt::format("the package's file '{}' cannot be unpacked under that name",
                                   escaped(name.substr(0, 200))),
                       file.string(), std::string(export_a_package));
    auto model = std::ranges::find(models, folder, &PackagedModel::folder);
    if (model == models.end()) {
      if (models.size() == most_packaged_models)
        return bad_input(
            fmt::format("the package contains more than {} models", most_packaged_models),
            file.string(), std::string(export_a_package));
      model = models.insert(model, {folder, {}, {}});
    }
    weights_outside |= is_weight_file(name);
    model->files.push_back({name, entry});
    if (!name.ends_with(".so")) continue;
    if (!model->library.name.empty())
      return bad_input("the package contains several libraries", file.string(),
                       std::string(export_a_package));
    model->library = model->files.back();
  }
  const auto without = [](const PackagedModel& model) { return model.library.name.empty(); };
  if (models.empty() || std::ranges::any_of(models, without))
    return bad_input(
        "the package contains no compiled library: it is a program of torch.export, or source code "
        "that has yet to be compiled",
        file.string(), std::string(export_a_package));
  if (weights_outside)
    return bad_input("the package keeps its weights outside its library", file.string(),
                     std::string(export_a_package));
  return models;
}

Result<std::string_view> text_of(std::span<const std::byte> content, const PackagedFile& packaged,
                                 const fs::path& file) {
  const auto bytes = stored_entry(content, packaged.entry, file);
  TRY(bytes);
  if (bytes->size() > largest_metadata)
    return bad_input("the package's metadata are longer than 1 MB", file.string());
  return std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

/// "8" or "1:1024".
bool read_batches(std::string_view text, CompiledModel& model) {
  const auto colon = text.find(':');
  const auto least = parse_integer(text.substr(0, colon));
  const auto most = colon == text.npos ? least : parse_integer(text.substr(colon + 1));
  if (!least || !most || *least < 1 || *most < *least || *most > largest_package_batch)
    return false;
  model.least_batch = *least;
  model.most_batch = *most;
  return true;
}

/// What a model says: a package with that model alone.
Result<CompiledPackage> read_metadata(std::string_view text, std::string_view name,
                                      const fs::path& file) {
  const auto json = parse_json(text, file.string());
  TRY(json);
  JsonErrors errors{file.string(), std::string(export_a_package), std::nullopt};
  JsonObject object(*json, "", errors);
  CompiledPackage package;
  package.device = object.text("AOTI_DEVICE_KEY", longest_package_word);
  if (package.device != "cpu" && package.device != "cuda")
    object.wrong("AOTI_DEVICE_KEY", "must be cpu or cuda");
  package.machine = object.text("AOTI_MACHINE", longest_package_word, "");
  package.instructions = object.text("AOTI_CPU_ISA", longest_package_word, "");
  const std::string capability = object.text("AOTI_COMPUTE_CAPABILITY", longest_package_word, "");
  const auto number = parse_integer(capability);
  package.capability = static_cast<int>(std::clamp<std::int64_t>(number.value_or(0), 0, 9999));
  if (package.device == "cuda" && package.capability == 0)
    object.wrong("AOTI_COMPUTE_CAPABILITY", "must be that of the GPU, for example 90");
  if (!errors.first && !object.has("PLUMBLINE_PRECISION"))
    return bad_input(
        "the package does not say for which precision, batches and layout it was compiled, so it "
        "might be run on inputs that it misreads",
        file.string(),
        std::string(export_a_package) +
            ", which says so in its metadata (PLUMBLINE_PRECISION, _BATCH, _LAYOUT)");
  package.precision = object.text("PLUMBLINE_PRECISION", longest_package_word);
  if (!is_precision(package.precision))
    object.wrong("PLUMBLINE_PRECISION", fmt::format("must be {}", precisions_text));
  CompiledModel& model = package.models.emplace_back();
  model.name = name;
  if (!read_batches(object.text("PLUMBLINE_BATCH", longest_package_word), model))
    object.wrong("PLUMBLINE_BATCH",
                 "must be a size, for example 8, or a range, for example 1:1024");
  const std::string layout = object.text("PLUMBLINE_LAYOUT", longest_package_word);
  package.channels_last = layout == "channels-last";
  if (!package.channels_last && layout != "contiguous")
    object.wrong("PLUMBLINE_LAYOUT", "must be channels-last or contiguous");
  if (errors.first) return tl::unexpected(*errors.first);
  return package;
}

Result<CompiledPackage> read_model(std::span<const std::byte> content, const PackagedModel& model,
                                   const fs::path& file) {
  std::string name(model.library.name);
  name.replace(name.size() - 3, 3, "_metadata.json");
  const PackagedFile* metadata = model.find(name);
  if (metadata == nullptr)
    return bad_input("the package does not say what it was compiled for: it has no " +
                         escaped(name.substr(0, 200)),
                     file.string(), std::string(export_a_package));
  const auto text = text_of(content, *metadata, file);
  TRY(text);
  return read_metadata(*text, model.folder, file);
}

bool compiled_alike(const CompiledPackage& a, const CompiledPackage& b) {
  return a.device == b.device && a.machine == b.machine && a.instructions == b.instructions &&
         a.capability == b.capability && a.precision == b.precision &&
         a.channels_last == b.channels_last;
}

/// A package and its models' files, in the same order.
struct ReadPackage {
  CompiledPackage says;
  std::vector<PackagedModel> models;
};

Result<ReadPackage> read_package(std::span<const std::byte> content, const fs::path& file) {
  auto models = find_packaged_models(content, file);
  TRY(models);
  std::vector<std::pair<CompiledPackage, PackagedModel>> read;
  for (PackagedModel& model : *models) {
    auto says = read_model(content, model, file);
    TRY(says);
    read.emplace_back(std::move(*says), std::move(model));
  }
  std::ranges::stable_sort(read, {}, [](const auto& each) {
    const CompiledModel& model = each.first.models.front();
    return std::pair(model.most_batch - model.least_batch, model.most_batch);
  });
  ReadPackage package{std::move(read.front().first), {}};
  package.models.push_back(std::move(read.front().second));
  for (std::size_t i = 1; i < read.size(); ++i) {
    auto& [says, model] = read[i];
    if (!compiled_alike(says, package.says))
      return bad_input(
          fmt::format("the package's models '{}' and '{}' were compiled for different devices, "
                      "precisions or layouts",
                      escaped(package.models.front().folder.substr(0, 100)),
                      escaped(model.folder.substr(0, 100))),
          file.string(), "export each into its own package");
    package.says.models.push_back(std::move(says.models.front()));
    package.models.push_back(std::move(model));
  }
  return package;
}

Result<void> write_unpacked(const fs::path& path, std::span<const std::byte> bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream)
    return fail(ErrorKind::device, "the package cannot be unpacked there: is the disk full?",
                path.string());
  return {};
}

}  // namespace

std::size_t CompiledPackage::model_for(std::int64_t batch) const {
  std::size_t best = 0;
  // Filling up counts rows of zeros; splitting comes last.
  const auto loss = [&](const CompiledModel& model) {
    if (batch > model.most_batch) return std::pair(2, -model.most_batch);
    return std::pair(batch < model.least_batch ? 1 : 0, model.least_batch);
  };
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto fits = [&](std::size_t at) { return loss(models[at]).first == 0; };
    if (fits(i)) return i;  // the fewest sizes come first
    if (loss(models[i]) < loss(models[best])) best = i;
  }
  return best;
}

Result<CompiledPackage> read_compiled_package(const fs::path& file) {
  const auto mapped = MappedFile::open(file);
  TRY(mapped);
  auto package = read_package(mapped->content(), file);
  TRY(package);
  return std::move(package->says);
}

Result<std::vector<fs::path>> unpack_compiled_package(const fs::path& file,
                                                      const fs::path& folder) {
  const auto mapped = MappedFile::open(file);
  TRY(mapped);
  const auto package = read_package(mapped->content(), file);
  TRY(package);
  std::vector<fs::path> libraries;
  for (const PackagedModel& model : package->models) {
    // Its name is the package's word: not a folder's here.
    const fs::path place = folder / std::to_string(libraries.size());
    std::error_code code;
    fs::create_directory(place, code);
    if (code)
      return fail(ErrorKind::device, "the package cannot be unpacked there: " + code.message(),
                  place.string());
    for (const PackagedFile& packaged : model.files) {
      // Sources are in it for people.
      if (packaged.name.ends_with(".cpp") || packaged.name.ends_with(".h")) continue;
      const auto bytes = stored_entry(mapped->content(), packaged.entry, file);
      TRY(bytes);
      TRY(write_unpacked(place / packaged.name, *bytes));
    }
    libraries.push_back(place / model.library.name);
  }
  return libraries;
}

}  // namespace plumbline
