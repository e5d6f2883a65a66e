#include "core/engine/sums/rank_checks.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace plumbline {

Result<void> check_share(std::int64_t batch, int ranks, const char* option) {
  if (batch % ranks == 0) return {};
  const std::int64_t below = batch / ranks * ranks;
  return usage_error(
      fmt::format("a batch of {} cannot be divided equally among {} ranks", batch, ranks), option,
      below > 0 ? fmt::format("{} or {} can", below, below + ranks)
                : fmt::format("{} can, or fewer ranks", ranks));
}

Result<void> check_same_on_ranks(RankSum* ranks, std::int64_t number, const std::string& what) {
  if (ranks == nullptr) return {};
  const at::Tensor own = at::full({}, number, at::TensorOptions(ranks->device()).dtype(at::kLong));
  const at::Tensor all = ranks->gathered(own).to(at::kCPU);
  const auto* numbers = all.const_data_ptr<std::int64_t>();
  for (std::int64_t rank = 1; rank < all.size(0); ++rank)
    if (numbers[rank] != numbers[0])
      return fail(ErrorKind::device,
                  fmt::format("the ranks do not see the same files: {} on rank 0, {} on rank {}",
                              numbers[0], numbers[rank], rank),
                  what, "give all ranks the same study, on a shared file system");
  return {};
}

std::string other_ranks_note(const std::string* begun_by, int now) {
  const auto named = [](const std::string& count) {
    return count == "1" ? std::string("one process") : count + " ranks";
  };
  const std::string before = begun_by ? *begun_by : "1", current = std::to_string(now);
  if (before == current) return {};
  return fmt::format(
      "it was begun by {} and is continued by {}: sums are rounded differently, so the result is "
      "not the same to the last bit",
      named(before.substr(0, 9)), named(current));
}

}  // namespace plumbline
