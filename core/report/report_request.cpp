#include "core/report/report_request.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/types/list_text.h"
#include "core/types/number.h"
#include "core/types/shell_word.h"

namespace plumbline {

namespace {

constexpr std::int64_t most_cases = 100'000;

tl::unexpected<Error> no_case_choice(std::string_view text) {
  return usage_error(fmt::format("'{}' is not a choice of failure cases", text), "--cases",
                     "surest:24, cells:40, tag:NAME, items:12,33.2 or none");
}

/// "12" or "12.3".
std::optional<ItemRef> parse_item(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto read = [](std::string_view part) -> std::optional<std::uint32_t> {
    const auto number = parse_integer(part);
    if (!number || *number < 0 || *number >= 0xFFFFFFFF) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
  };
  const auto sample = read(text.substr(0, point));
  if (!sample) return std::nullopt;
  if (point == text.size()) return ItemRef(*sample);
  const auto object = read(text.substr(point + 1));
  return object ? std::optional(ItemRef(*sample, *object)) : std::nullopt;
}

std::string item_text(ItemRef item) {
  return item.is_whole() ? fmt::format("{}", item.sample())
                         : fmt::format("{}.{}", item.sample(), *item.object());
}

}  // namespace

Result<CaseChoice> parse_case_choice(std::string_view text) {
  CaseChoice choice;
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view kind = text.substr(0, colon);
  const std::string_view value = colon < text.size() ? text.substr(colon + 1) : "";
  if (kind == "none" && colon == text.size()) {
    choice.kind = CaseChoice::Kind::none;
    return choice;
  }
  if (kind == "tag" && !value.empty()) {
    choice.kind = CaseChoice::Kind::tag;
    choice.tag = value;
    return choice;
  }
  if (kind == "items") {
    choice.kind = CaseChoice::Kind::items;
    for (const std::string& part : split_list(value)) {
      const auto item = parse_item(part);
      if (!item || choice.items.size() >= most_cases) return no_case_choice(text);
      choice.items.push_back(*item);
    }
    if (choice.items.empty()) return no_case_choice(text);
    return choice;
  }
  if (kind != "surest" && kind != "cells") return no_case_choice(text);
  choice.kind = kind == "cells" ? CaseChoice::Kind::cells : CaseChoice::Kind::surest;
  if (colon < text.size()) {
    const auto count = parse_integer(value);
    if (!count || *count < 1 || *count > most_cases) return no_case_choice(text);
    choice.count = *count;
  }
  return choice;
}

std::string to_string(const CaseChoice& choice) {
  switch (choice.kind) {
    case CaseChoice::Kind::surest: return fmt::format("surest:{}", choice.count);
    case CaseChoice::Kind::cells: return fmt::format("cells:{}", choice.count);
    case CaseChoice::Kind::tag: return "tag:" + choice.tag;
    case CaseChoice::Kind::items: {
      std::string text = "items:";
      for (std::size_t i = 0; i < choice.items.size(); ++i)
        text += (i > 0 ? "," : "") + item_text(choice.items[i]);
      return text;
    }
    case CaseChoice::Kind::none: return "none";
  }
  return "";
}

std::string command_line(const ReportRequest& request) {
  std::filesystem::path study = request.study.lexically_normal();
  if (!study.has_filename()) study = study.parent_path();
  std::string line =
      "plumbline report " + shell_word((request.paths ? study : study.filename()).string());
  const auto option = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) line += fmt::format(" {} {}", name, shell_word(value));
  };
  option("--run", request.run);
  option("--split", request.split);
  option("--decision", request.decision);
  if (request.decision.empty()) {
    option("--policy", request.policy);
    option("--voters", request.voters);
  }
  option("--search", request.search);
  if (request.no_run) line += " --no-run";
  if (request.no_search) line += " --no-search";
  option("--sections", fmt::format("{}", fmt::join(request.sections, ",")));
  if (request.cases != CaseChoice()) option("--cases", to_string(request.cases));
  option("--title", request.title);
  option("--author", request.author);
  option("--remarks", request.remarks);
  if (request.paths) line += " --paths";
  if (!request.provenance) line += " --no-provenance";
  const std::filesystem::path out(request.out);
  option("-o", (request.paths ? out : out.filename()).string());
  return line;
}

}  // namespace plumbline
