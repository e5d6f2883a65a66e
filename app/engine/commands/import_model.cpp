#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/engine/check_apart.h"
#include "app/engine/commands/commands.h"
#include "app/engine/commands/import_target.h"
#include "app/engine/confine_to_study.h"
#include "app/engine/load_engine.h"
#include "app/engine/scratch_folder.h"
#include "core/data/compiled_package.h"
#include "core/data/file_handle.h"
#include "core/data/hash.h"
#include "core/types/count_text.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

struct ModelOptions {
  std::string study, name, file, card;
  int limit = 60;
  bool trust = false;
  JobFlags flags;
};

/// Checks it in a process that reads only its two files. A package is unpacked into a folder that
/// goes afterwards, and needs the device that it was compiled for.
Result<void> check_apart_from_all(const EngineModule& engine, const fs::path& file,
                                  const fs::path& card_file, const ModelCard& card,
                                  const std::optional<CompiledPackage>& package,
                                  const ModelOptions& options) {
  Reach reach{{file, card_file}, {}, false};
  std::optional<ScratchFolder> scratch;
  if (package) {
    auto made = ScratchFolder::make("import");
    TRY(made);
    scratch.emplace(std::move(*made));
    reach.write.push_back(scratch->path());
    reach.accelerators = package->device == "cuda" && fs::exists("/dev/nvidiactl");
    if (reach.accelerators && !cuda_begins_in(reach))
      return fail(ErrorKind::device,
                  "the package cannot be checked: CUDA does not start in a confined process here",
                  file.string(),
                  "if you trust the package, PLUMBLINE_CONFINE=off checks it without confinement");
  }
  return check_apart(reach, std::chrono::seconds(options.limit), "the model", file, [&] {
    if (scratch) use_as_temporary(scratch->path());
    return engine.check_model(file, card, options.trust);
  });
}

Result<std::string> read_card(const fs::path& file) {
  constexpr std::uintmax_t longest = 16 << 20;
  std::error_code code;
  const auto size = fs::file_size(file, code);
  if (code)
    return bad_input("there is no model card", file.string(),
                     "write one beside the model (see README), or name it with --card");
  if (size > longest) return bad_input("the model card is longer than 16 MB", file.string());
  const auto bytes = read_whole_file(file, longest);
  TRY(bytes);
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

Result<void> import_model(const ModelOptions& options) {
  std::error_code code;
  const auto file = fs::canonical(options.file, code);
  if (code || !fs::is_regular_file(file, code))
    return bad_input("there is no such file", options.file);
  const auto engine = load_engine();
  TRY(engine);
  // A pickle is refused as one, whether or not there is a card.
  const fs::path card_file = options.card.empty() ? card_beside(file) : fs::path(options.card);
  if (auto readable = (*engine)->check_format(file, options.trust); !readable) return readable;
  const auto text = read_card(card_file);
  TRY(text);
  const auto card = parse_model_card(*text, card_file.string());
  TRY(card);
  const auto hash = hash_file(file);
  TRY(hash);
  std::optional<CompiledPackage> package;
  if ((*engine)->is_package(file)) {
    auto read = read_compiled_package(file);
    TRY(read);
    package = std::move(*read);
  }
  TRY(check_apart_from_all(**engine, file, card_file, *card, package, options));
  auto target = ImportTarget::open(options.study);
  TRY(target);
  auto added = target->study().add_model(options.name, file, *hash, *card);
  if (!added) return added;
  target->keep();
  if (package) TRY(target->study().trust_model(options.name));
  const std::string kind = package ? fmt::format(".pt2 for {} in {}, trusted on this machine",
                                                 package->device, package->precision)
                           : card->architecture.empty() ? std::string("TorchScript")
                                                        : card->architecture;
  fmt::print("{}: {}, input {} × {} × {}, {}; it fits its card\n", options.name, kind,
             card->input.channels, card->input.height, card->input.width,
             count_text(std::ssize(card->classes), "class", "classes"));
  return {};
}

}  // namespace

void add_import_model(CLI::App& group, CommandContext& context) {
  auto* model = group.add_subcommand("model", "import a network with its card");
  auto network = std::make_shared<ModelOptions>();
  model->add_option("STUDY", network->study, "the study's folder; made if it is absent")
      ->required();
  model->add_option("--name", network->name, "the model's name")->required();
  model
      ->add_option("--file", network->file,
                   "TorchScript, safetensors of ResNet-20/32/44/56, or a .pt2 package (--trust)")
      ->required();
  model->add_option("--card", network->card, "its card (default: NAME.card.json beside the file)");
  model
      ->add_option("--limit", network->limit,
                   "seconds that the model's check may take; it runs in its own process")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  model->add_flag("--trust", network->trust,
                  "run the native code of a .pt2 package, which is remembered for this file on "
                  "this machine; it is still confined");
  add_job_flags(*model, network->flags);
  model->callback([&context, network] {
    note_job(context, network->flags, network->study, "import");
    const ImportWork work{ImportWork::What::model, network->name, network->file};
    context.result = as_job(job_options(context, network->flags, network->study, "import", work),
                            [&] { return import_model(*network); });
  });
}

}  // namespace plumbline
