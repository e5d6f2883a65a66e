#include "core/report/report_settings.h"

#include <nlohmann/json.hpp>

#include "core/data/atomic_file.h"
#include "core/data/file_handle.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

constexpr std::uint64_t largest_settings = 1U << 20;
constexpr std::size_t longest_setting = 65'536;

std::filesystem::path settings_file(const std::filesystem::path& study) {
  return study / "report.json";
}

}  // namespace

Result<ReportRequest> read_report_settings(const std::filesystem::path& study) {
  ReportRequest request;
  request.study = study;
  const std::filesystem::path file = settings_file(study);
  std::error_code none;
  if (!std::filesystem::exists(file, none)) return request;
  const auto bytes = read_whole_file(file, largest_settings);
  TRY(bytes);
  const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  const auto json = parse_json(text, file.string());
  TRY(json);
  JsonErrors errors{file.string(), "remove the file", {}};
  JsonObject settings(*json, "", errors);
  request.run = settings.text("run", longest_setting, "");
  request.split = settings.text("split", longest_setting, "");
  request.decision = settings.text("decision", longest_setting, "");
  request.policy = settings.text("policy", longest_setting, "");
  request.voters = settings.text("voters", longest_setting, "");
  request.search = settings.text("search", longest_setting, "");
  request.title = settings.text("title", longest_setting, "");
  request.author = settings.text("author", longest_setting, "");
  request.remarks = settings.text("remarks", longest_setting, "");
  request.no_search = settings.flag("no_search", false);
  request.paths = settings.flag("paths", false);
  request.provenance = settings.flag("provenance", true);
  for (const auto& section : settings.list("sections", 1000, false))
    if (section.is_string()) request.sections.push_back(section.get<std::string>());
  const auto cases = parse_case_choice(settings.text("cases", largest_settings, "surest:24"));
  if (cases)
    request.cases = *cases;
  else
    settings.wrong("cases", "a choice of failure cases");
  if (errors.first) return tl::unexpected(*errors.first);
  return request;
}

Result<void> write_report_settings(const std::filesystem::path& study,
                                   const ReportRequest& request) {
  const nlohmann::ordered_json json = {{"run", request.run},
                                       {"split", request.split},
                                       {"decision", request.decision},
                                       {"policy", request.policy},
                                       {"voters", request.voters},
                                       {"search", request.search},
                                       {"no_search", request.no_search},
                                       {"sections", request.sections},
                                       {"cases", to_string(request.cases)},
                                       {"title", request.title},
                                       {"author", request.author},
                                       {"remarks", request.remarks},
                                       {"paths", request.paths},
                                       {"provenance", request.provenance}};
  return write_file_atomically(
      settings_file(study),
      json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace plumbline
