#include "app/engine/commands/fusion_options.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "core/data/coco_json.h"
#include "core/types/list_text.h"

namespace plumbline {

void print_fusions() {
  for (const FusionKind& kind : fusion_kinds()) {
    fmt::print("{:12} {}\n", kind.name, kind.summary);
    for (const FusionParameter& p : kind.parameters) {
      std::string standard;
      if (p.type == FusionParameterType::number)
        standard = fmt::format(", default {}", p.default_value);
      if (p.type == FusionParameterType::word)
        standard = fmt::format(", default {}", p.words.front());
      fmt::print("  {:14} {}; {}{}\n", p.name, p.meaning, range_text(p), standard);
    }
  }
}

void print_notes(const std::string& file, std::span<const std::string> notes) {
  for (const std::string& note : notes) fmt::print(stderr, "warning: {}: {}\n", file, note);
}

Result<std::vector<DetectionSet>> read_voters(const std::string& files, const BoxDataset& truth) {
  std::vector<DetectionSet> voters;
  for (const std::string& file : split_list(files)) {
    auto voter = read_coco_results(file, truth);
    TRY(voter);
    print_notes(file, voter->notes);
    const std::string name = voter->name;
    for (int number = 2;
         std::ranges::find(voters, voter->name, &DetectionSet::name) != voters.end(); ++number)
      voter->name = fmt::format("{}-{}", name, number);
    voters.push_back(std::move(*voter));
  }
  if (voters.empty()) return usage_error("no file is named", "--detections", "A.json,B.json");
  if (voters.size() > 64)
    return usage_error(fmt::format("{} voters are more than 64", voters.size()), "--detections");
  return voters;
}

}  // namespace plumbline
