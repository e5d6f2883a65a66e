#include "core/types/voter.h"

#include <algorithm>

#include "core/types/list_text.h"
#include "core/types/number.h"

namespace plumbline {

std::string to_string(const Voter& voter) { return voter.model + ":" + to_string(voter.view); }

Result<std::vector<Voter>> parse_voters(std::string_view text) {
  std::vector<Voter> voters;
  for (const std::string_view entry : parts_between(text, ',')) {
    const auto colon = entry.find(':');
    Voter voter{std::string(trimmed(entry.substr(0, colon))), {}};
    if (voter.model.empty()) return usage_error("a voter is written MODEL:VIEW", std::string(text));
    if (colon != entry.npos) {
      auto view = parse_view(entry.substr(colon + 1));
      TRY(view);
      voter.view = *view;
    }
    if (std::ranges::find(voters, voter) != voters.end())
      return usage_error("the voter is named twice", to_string(voter));
    voters.push_back(std::move(voter));
  }
  return voters;
}

std::vector<Voter> cross(const std::vector<std::string>& models, const std::vector<View>& views) {
  std::vector<Voter> voters;
  for (const auto& model : models)
    for (const auto& view : views) voters.push_back({model, view});
  return voters;
}

}  // namespace plumbline
