#include "core/decision/default_voters.h"

#include <numeric>
#include <set>
#include <string>

namespace plumbline {

std::vector<std::size_t> default_voters(std::span<const Voter> voters) {
  std::vector<std::size_t> chosen;
  std::set<std::string> views;
  for (std::size_t i = 0; i < voters.size(); ++i) {
    if (voters[i].view == View()) chosen.push_back(i);
    views.insert(to_string(voters[i].view));
  }
  if (chosen.size() < 2 || chosen.size() * views.size() != voters.size()) {
    chosen.resize(voters.size());
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  }
  return chosen;
}

}  // namespace plumbline
