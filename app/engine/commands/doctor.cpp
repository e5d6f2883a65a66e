#include <fmt/format.h>

#include "app/engine/commands/commands.h"
#include "app/engine/load_engine.h"
#include "core/confinement/confinement.h"
#include "core/engine/ranks/rank_environment.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

/// Which of several ranks this process is, or what is wrong with what its environment says.
void say_ranks(nlohmann::ordered_json& report) {
  const auto ranks = rank_environment();
  if (!ranks) {
    report["ranks"] = {{"error", to_string(ranks.error())}};
    return;
  }
  report["ranks"] = {{"rank", ranks->rank}, {"world", ranks->world}};
  if (!ranks->several()) return;
  report["ranks"].update({{"local_rank", ranks->local_rank},
                          {"local_world", ranks->local_world},
                          {"address", ranks->address},
                          {"port", ranks->port},
                          {"launcher", ranks->launcher}});
}

std::string ranks_text(const nlohmann::ordered_json& ranks) {
  if (ranks.contains("error")) return "ranks: " + ranks["error"].get<std::string>();
  if (ranks["world"].get<int>() == 1) return "one rank";
  return fmt::format("rank {} of {}, {} of {} on this machine; they meet at {}:{}",
                     ranks["rank"].get<int>(), ranks["world"].get<int>(),
                     ranks["local_rank"].get<int>(), ranks["local_world"].get<int>(),
                     ranks["address"].get<std::string>(), ranks["port"].get<int>());
}

}  // namespace

void add_doctor(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("doctor", "devices, versions, which kernels are present");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "print JSON");
  command->callback([&context, json] {
    context.result = [&]() -> Result<void> {
      const auto engine = load_engine();
      TRY(engine);
      auto report = (*engine)->doctor();
      const auto confinement = available_confinement();
      report["confinement"] = {{"files", confinement.files},
                               {"network", confinement.network},
                               {"programs", confinement.programs},
                               {"processes", confinement.processes},
                               {"missing", confinement.missing}};
      say_ranks(report);
      if (*json) {
        fmt::print("{}\n", report.dump(1));
        return {};
      }
      fmt::print("plumbline {}, LibTorch {}{} in {}\n", report["plumbline"].get<std::string>(),
                 report["libtorch"].get<std::string>(),
                 report.contains("cuda") ? ", CUDA " + report["cuda"].get<std::string>() : "",
                 report["libtorch_folder"].get<std::string>());
      for (const auto& device : report["devices"]) {
        fmt::print(
            "  {:8} {}{}\n", device["device"].get<std::string>(), device["name"].get<std::string>(),
            device.contains("memory_gib") ? fmt::format(", {} GiB", device["memory_gib"].get<int>())
                                          : "");
        if (const auto& energy = device["energy"]; energy.is_string())
          fmt::print("  {:8} its energy is counted by {}\n", "", energy.get<std::string>());
        else
          fmt::print("  {:8} its energy is not known: {}\n", "",
                     device["null_reasons"]["energy"].get<std::string>());
        if (const auto& decoder = device["decoder"]; decoder.is_string())
          fmt::print("  {:8} JPEG is decoded by {}{}\n", "", decoder.get<std::string>(),
                     device.contains("decoder_facts")
                         ? " (" + device["decoder_facts"].get<std::string>() + ")"
                         : "");
        else
          fmt::print("  {:8} JPEG is not decoded on it: {}\n", "",
                     device["null_reasons"]["decoder"].get<std::string>());
      }
      for (const auto& [kernel, devices] : report["kernels"].items()) {
        std::string names;
        for (const auto& device : devices) names += " " + device.get<std::string>();
        fmt::print("  kernel {}:{}\n", kernel, names);
      }
      std::string package_devices;
      for (const auto& device : report["packages"]["devices"])
        package_devices += (package_devices.empty() ? "" : ", ") + device.get<std::string>();
      fmt::print("  .pt2 packages run, with --trust: {}\n", package_devices);
      if (const auto limit = report["packages"]["limit"].get<std::string>(); !limit.empty())
        fmt::print("  {:8} but for those that are linked with all of LibTorch: {}\n", "", limit);
      fmt::print("  models are confined: {}\n",
                 confinement.whole() ? "files, network and programs" : confinement.missing);
      fmt::print("  {}\n", visible_text(ranks_text(report["ranks"])));
      return {};
    }();
  });
}

}  // namespace plumbline
