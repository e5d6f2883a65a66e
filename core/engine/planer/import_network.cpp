#include "core/engine/planer/import_network.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/engine/planer/fill_weights.h"
#include "core/engine/planer/network_files.h"
#include "core/engine/planer/network_words.h"
#include "core/engine/planer/planer_setup.h"
#include "core/planer/key_map.h"
#include "core/study/network_summary.h"
#include "core/study/study.h"
#include "core/types/utc_time.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

}  // namespace

Result<ordered_json> import_network(const PlanerImportRequest& request) {
  if (auto named = check_planer_name(request.name); !named) return tl::unexpected(named.error());
  const auto config = load_backbone_config(request.config);
  if (!config) return tl::unexpected(config.error());
  // What this text would number is not what the network was trained with.
  if (request.text.tokens == "words" && request.text.words.empty() && !request.text.file.empty())
    return usage_error("the network's words are numbered as in its training, not as in this text",
                       "--words", "give them, one per line, in the order of their numbers");
  auto study = Study::open(request.study, Access::create);
  if (!study) return tl::unexpected(study.error());
  const auto networks = study->networks();
  if (!networks) return tl::unexpected(networks.error());
  const auto before = std::ranges::find(*networks, request.name, &NetworkInfo::name);
  auto file = SafetensorsFile::open(request.file);
  if (!file) return tl::unexpected(file.error());
  const auto map = map_keys(request.map, file->tensors(), *config, request.file.string());
  if (!map) return tl::unexpected(map.error());
  const auto given = words_for(request.text, *config, *study, nullptr);
  if (!given) return tl::unexpected(given.error());
  const auto device = parse_device(request.device);
  if (!device) return tl::unexpected(device.error());
  return as_planer_job(request.job, request.name, [&](Job& job) -> Result<ordered_json> {
    configure_planer(*device, Precision::fp32);
    for (const std::string& note : map->notes) job.warning("network", note, request.file.string());
    NetworkInfo network;
    network.name = request.name;
    network.origin = NetworkOrigin::imported;
    network.config = *config;
    network.architecture = baseline_architecture(*config);
    LanguageModel model(*config, options_of(network.architecture), 1, *device, at::kFloat);
    if (auto filled = fill_weights(model, *file, map->entries, request.file.string()); !filled)
      return tl::unexpected(filled.error());
    if (before != networks->end()) {
      // Imported again it is there already; another is not written over it.
      const auto same = is_saved(*study, *before, model, *given);
      if (!same) return tl::unexpected(same.error());
      if (*same) return summarize(*before);
      return usage_error(fmt::format("the study has another network '{}'", request.name), "--name",
                         "choose another name");
    }
    network.training = {{"imported", request.file.filename().string()}, {"map", request.map}};
    network.made_at = now_in_utc();
    if (!request.text.file.empty()) {
      auto text = open_text(request.text, *config, *given, *device);
      if (!text) return tl::unexpected(text.error());
      const auto loss = evaluate_part(model, network.architecture, *text, text->parts.validation, 0,
                                      job, "validation");
      if (!loss) return tl::unexpected(loss.error());
      network.text = text->reference;
      network.validation = *loss;
    }
    const auto saved = save_network(*study, network, model, *given);
    if (!saved) return tl::unexpected(saved.error());
    return summarize(*saved);
  });
}

}  // namespace plumbline
