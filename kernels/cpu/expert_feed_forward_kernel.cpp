#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <vector>

#include <ATen/Dispatch.h>
#include <ATen/OpMathType.h>
#include <ATen/Parallel.h>
#include <ATen/ThreadLocalState.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros_like.h>
#include <torch/library.h>

#include "kernels/cpu/expert_activation.h"
#include "kernels/expert_pass.h"

namespace plumbline::kernels {

namespace {

/// A counting sort.
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

/// An expert's places among the sorted slots.
struct Group {
  int64_t expert, begin, size;

  at::Tensor of(const at::Tensor& sorted) const { return sorted.narrow(0, begin, size); }
};

/// Those of experts that have any, and the most that one has.
struct Groups {
  std::vector<Group> groups;
  int64_t largest = 0;

  explicit Groups(const at::Tensor& ends) {
    const auto* end = ends.const_data_ptr<int32_t>();
    int64_t begin = 0;
    for (int64_t e = 0; e < ends.size(0); begin = end[e++])
      if (end[e] > begin) {
        groups.push_back({e, begin, end[e] - begin});
        largest = std::max(largest, groups.back().size);
      }
  }
};

/// Groups for threads to take, the largest first; those of more than a thread's share are cut. A
/// product of its own for each thread packs a matrix of weights once, one for all threads once for
/// each of them: with few rows an expert that is a quarter of the time.
std::vector<Group> pieces_of(const Groups& all, int64_t slots) {
  const int64_t threads = at::get_num_threads();
  const int64_t most = threads == 1 ? slots : std::max<int64_t>(32, slots / (2 * threads) + 1);
  std::vector<Group> pieces;
  for (const Group& group : all.groups) {
    const int64_t count = (group.size + most - 1) / most;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t begin = group.size * i / count, end = group.size * (i + 1) / count;
      pieces.push_back({group.expert, group.begin + begin, end - begin});
    }
  }
  std::ranges::stable_sort(pieces, std::ranges::greater(), &Group::size);
  return pieces;
}

/// Rows of x for a group's places: copied when they are needed, so that the product finds them in
/// the cache.
void gather(const at::Tensor& x, const at::Tensor& order, const Group& group, int64_t k,
            const at::Tensor& rows) {
  const auto bytes = static_cast<size_t>(x.size(1) * x.element_size());
  const auto* source = static_cast<const char*>(x.const_data_ptr());
  auto* target = static_cast<char*>(rows.mutable_data_ptr());
  const auto* slots = order.const_data_ptr<int64_t>() + group.begin;
  const auto grain = std::max<int64_t>(1, 65'536 / static_cast<int64_t>(bytes));
  at::parallel_for(0, group.size, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      std::memcpy(target + static_cast<size_t>(i) * bytes,
                  source + static_cast<size_t>(slots[i] / k) * bytes, bytes);
  });
}

ExpertPass pass_cpu(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                    const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2, bool gelu,
                    bool keep_hidden) {
  check_experts(x, choice, w1, b1, w2, b2);
  const int64_t k = choice.size(1), d = x.size(1), inner = w1.size(2), slots = choice.numel();
  const at::Tensor tokens = x.contiguous(), bias = b1.contiguous();
  const Routes routes = route(choice, w1.size(0));
  const Groups all(routes.ends);
  at::Tensor outputs = at::empty({slots, d}, x.options());
  at::Tensor hidden = at::empty({keep_hidden ? slots : 0, inner}, x.options());
  const bool apart = !keep_hidden || gelu;
  const std::vector<Group> pieces = pieces_of(all, slots);
  std::atomic<size_t> next = 0;
  const at::ThreadLocalState state;
  at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t, int64_t) {
    const at::ThreadLocalStateGuard of_caller(state);
    const at::AutoDispatchBelowADInplaceOrView below;
    // One piece's rows, in memory that the next one's reuse; the first is the largest.
    at::Tensor gathered, scratch;
    for (size_t i = next++; i < pieces.size(); i = next++) {
      const Group& piece = pieces[i];
      if (!gathered.defined()) {
        gathered = at::empty({piece.size, d}, x.options());
        scratch = at::empty({apart ? piece.size : 0, inner}, x.options());
      }
      const auto some = [&](const at::Tensor& buffer) { return buffer.narrow(0, 0, piece.size); };
      at::Tensor rows = some(gathered), output = piece.of(outputs);
      gather(tokens, routes.order, piece, k, rows);
      at::Tensor before = keep_hidden ? piece.of(hidden) : some(scratch);
      const at::Tensor after = apart ? some(scratch) : before;
      at::mm_out(before, rows, w1[piece.expert]);
      add_bias_and_activate(before, bias[piece.expert], gelu, after);
      at::mm_out(output, after, w2[piece.expert]);
      output.add_(b2[piece.expert]);
    }
  });
  return {outputs, hidden, routes.order, routes.place, routes.ends};
}

ExpertGradients pass_backward_cpu(const at::Tensor& grad, const at::Tensor& x,
                                  const at::Tensor& hidden, const at::Tensor& order,
                                  const at::Tensor& place, const at::Tensor& ends,
                                  const at::Tensor& w1, const at::Tensor& w2, bool gelu, bool by_x,
                                  bool by_weights) {
  const int64_t d = x.size(1), inner = w1.size(2), slots = order.size(0), experts = w1.size(0);
  const int64_t k = x.size(0) == 0 ? 1 : slots / x.size(0);
  const Groups all(ends);
  const at::Tensor tokens = x.contiguous(), grads = grad.contiguous();
  at::Tensor by_rows, of_w1, of_b1, of_w2, of_b2;
  if (by_x) by_rows = at::empty({slots, d}, x.options());
  if (by_weights) {
    // Each expert's part is written whole; zeros are for those without tokens.
    const bool gaps = static_cast<int64_t>(all.groups.size()) < experts;
    const auto like = [&](at::IntArrayRef sizes) {
      at::Tensor result = at::empty(sizes, x.options());
      return gaps ? result.zero_() : result;
    };
    of_w1 = like({experts, d, inner});
    of_b1 = like({experts, inner});
    of_w2 = like({experts, inner, d});
    of_b2 = like({experts, d});
  }
  const at::Tensor gathered = at::empty({by_weights ? all.largest : 0, d}, x.options());
  const at::Tensor scratch = at::empty({gelu ? all.largest : 0, inner}, x.options());
  const at::Tensor slopes = at::empty({all.largest, inner}, x.options());
  for (const Group& group : all.groups) {
    const auto some = [&](const at::Tensor& buffer) { return buffer.narrow(0, 0, group.size); };
    const int64_t e = group.expert;
    const at::Tensor of_output = group.of(grads), kept = group.of(hidden);
    at::Tensor of_hidden = some(slopes);
    const at::Tensor after = gelu ? some(scratch) : kept;
    at::mm_out(of_hidden, of_output, w2[e].t());
    activate_backward(kept, gelu, after, of_hidden);
    if (by_weights) {
      const at::Tensor rows = some(gathered);
      gather(tokens, order, group, k, rows);
      at::Tensor w1_part = of_w1[e], b1_part = of_b1[e], w2_part = of_w2[e], b2_part = of_b2[e];
      at::mm_out(w2_part, after.t(), of_output);
      at::sum_out(b2_part, of_output, 0);
      at::mm_out(w1_part, rows.t(), of_hidden);
      at::sum_out(b1_part, of_hidden, 0);
    }
    if (by_x) {
      at::Tensor part = group.of(by_rows);
      at::mm_out(part, of_hidden, w1[e].t());
    }
  }
  at::Tensor of_x;
  if (by_x) {
    of_x = by_rows.index_select(0, place);
    if (k > 1) of_x = of_x.view({x.size(0), k, d}).sum(1);
  }
  return {of_x, of_w1, of_b1, of_w2, of_b2};
}

template <class T>
void combine(const at::Tensor& outputs, const at::Tensor& place, const at::Tensor& gate,
             const at::Tensor& sums) {
  using Wide = at::opmath_type<T>;
  const int64_t tokens = gate.size(0), k = gate.size(1), d = outputs.size(1);
  const T* rows = outputs.const_data_ptr<T>();
  const T* gates = gate.const_data_ptr<T>();
  const auto* places = place.const_data_ptr<int64_t>();
  T* out = sums.mutable_data_ptr<T>();
  at::parallel_for(0, tokens, std::max<int64_t>(1, 16'384 / d), [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      const T* first = rows + places[t * k] * d;
      const T* second = rows + places[t * k + k - 1] * d;
      const auto one = static_cast<Wide>(gates[t * k]);
      const auto two = k == 1 ? Wide(0) : static_cast<Wide>(gates[t * k + 1]);
      T* sum = out + t * d;
      if (k == 1)
        for (int64_t i = 0; i < d; ++i) sum[i] = static_cast<T>(one * first[i]);
      else
        for (int64_t i = 0; i < d; ++i)
          sum[i] = static_cast<T>(one * static_cast<Wide>(first[i]) +
                                  two * static_cast<Wide>(second[i]));
    }
  });
}

at::Tensor combine_cpu(const at::Tensor& outputs, const at::Tensor& place, const at::Tensor& gate) {
  at::Tensor sums = at::empty({gate.size(0), outputs.size(1)}, outputs.options());
  const at::Tensor gates = gate.contiguous();
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kBFloat16, at::kHalf, outputs.scalar_type(), "expert_combine",
                                  [&] { combine<scalar_t>(outputs, place, gates, sums); });
  return sums;
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CPU, library) {
  library.impl("expert_pass", pass_cpu);
  library.impl("expert_pass_backward", pass_backward_cpu);
  library.impl("expert_combine", combine_cpu);
}

}  // namespace plumbline::kernels
