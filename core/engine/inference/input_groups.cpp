#include "core/engine/inference/input_groups.h"

#include <algorithm>

namespace plumbline {

namespace {

template <class T>
std::size_t index_or_add(std::vector<T>& values, const T& value) {
  const auto found = static_cast<std::size_t>(std::ranges::find(values, value) - values.begin());
  if (found == values.size()) values.push_back(value);
  return found;
}

bool same_normalisation(const CardInput& a, const CardInput& b) {
  return a.colour_order == b.colour_order && a.scale == b.scale && a.mean == b.mean &&
         a.std == b.std;
}

}  // namespace

Result<std::vector<InputGroup>> group_inputs(const std::vector<VoterSetup>& voters,
                                             const ShardRange& range,
                                             std::vector<Canvas>& canvases) {
  std::vector<InputGroup> groups;
  for (std::size_t row = 0; row < range.voters.size(); ++row) {
    const VoterSetup& setup = voters[range.voters[row]];
    const CardInput& input = setup.model->card.input;
    const auto divided = divide_view(input, setup.voter.view);
    TRY(divided);
    const std::size_t canvas = index_or_add(canvases, divided->canvas);
    auto found = std::ranges::find_if(groups, [&](const InputGroup& g) {
      return g.canvas == canvas && same_normalisation(*g.input, input);
    });
    if (found == groups.end()) {
      groups.push_back({&input, canvas, {}, {}});
      found = groups.end() - 1;
    }
    const auto view = static_cast<std::int64_t>(index_or_add(found->views, divided->rest));
    found->members.push_back({row, range.voters[row], view});
  }
  return groups;
}

}  // namespace plumbline
