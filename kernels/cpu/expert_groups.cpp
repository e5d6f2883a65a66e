#include "kernels/cpu/expert_groups.h"

#include <algorithm>
#include <functional>

#include <ATen/ops/empty.h>

namespace plumbline::kernels {

Routes route(const at::Tensor& choice, int64_t experts) {
  const at::Tensor choices = choice.contiguous();
  const auto* expert = choices.const_data_ptr<int64_t>();
  const int64_t slots = choices.numel();
  std::vector<int32_t> next(static_cast<size_t>(experts) + 1);
  for (int64_t slot = 0; slot < slots; ++slot) {
    TORCH_CHECK(expert[slot] >= 0 && expert[slot] < experts, "expert_feed_forward: choice ",
                slot % choice.size(1), " of token ", slot / choice.size(1), " is ", expert[slot],
                ", of ", experts, " experts");
    ++next[static_cast<size_t>(expert[slot]) + 1];
  }
  for (size_t e = 1; e < next.size(); ++e) next[e] += next[e - 1];
  Routes routes{at::empty({slots}, at::kLong), at::empty({slots}, at::kLong),
                at::empty({experts}, at::kInt)};
  std::copy(next.begin() + 1, next.end(), routes.ends.mutable_data_ptr<int32_t>());
  auto* order = routes.order.mutable_data_ptr<int64_t>();
  auto* place = routes.place.mutable_data_ptr<int64_t>();
  for (int64_t slot = 0; slot < slots; ++slot) {
    place[slot] = next[static_cast<size_t>(expert[slot])]++;
    order[place[slot]] = slot;
  }
  return routes;
}

Groups::Groups(const at::Tensor& ends) {
  const auto* end = ends.const_data_ptr<int32_t>();
  int64_t begin = 0;
  for (int64_t e = 0; e < ends.size(0); begin = end[e++])
    if (end[e] > begin) {
      groups.push_back({e, begin, end[e] - begin});
      largest = std::max(largest, groups.back().size);
    }
}

std::vector<Group> Groups::pieces(int64_t most) const {
  std::vector<Group> pieces;
  for (const Group& group : groups) {
    const int64_t count = (group.size + most - 1) / most;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t begin = group.size * i / count, end = group.size * (i + 1) / count;
      pieces.push_back({group.expert, group.begin + begin, end - begin});
    }
  }
  std::ranges::stable_sort(pieces, std::ranges::greater(), &Group::size);
  return pieces;
}

}  // namespace plumbline::kernels
