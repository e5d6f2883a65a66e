#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
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
#include "kernels/cpu/expert_groups.h"
#include "kernels/cpu/expert_panels.h"

namespace plumbline::kernels {

namespace {

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

/// What a pass reads and writes. x, the biases, outputs and hidden are contiguous.
struct Pass {
  at::Tensor x, order, w1, b1, w2, b2;
  int64_t k;
  bool gelu;
  at::Tensor outputs, hidden;  ///< hidden: without rows unless it is kept

  int64_t d() const { return w1.size(1); }
  int64_t inner() const { return w1.size(2); }
  bool keeps_hidden() const { return hidden.size(0) > 0; }
};

/// Pieces of one thread by LibTorch's matrix product, the largest first. A product of its own for
/// each thread packs a matrix of weights once, one for all threads once for each of them.
class ByProducts {
 public:
  explicit ByProducts(const Pass& pass) : pass_(pass) {}

  void operator()(const Group& piece) {
    const bool apart = !pass_.keeps_hidden() || pass_.gelu;
    if (!gathered_.defined()) {
      gathered_ = at::empty({piece.size, pass_.d()}, pass_.x.options());
      scratch_ = at::empty({apart ? piece.size : 0, pass_.inner()}, pass_.x.options());
    }
    const auto some = [&](const at::Tensor& buffer) { return buffer.narrow(0, 0, piece.size); };
    at::Tensor rows = some(gathered_), output = piece.of(pass_.outputs);
    gather(pass_.x, pass_.order, piece, pass_.k, rows);
    at::Tensor before = pass_.keeps_hidden() ? piece.of(pass_.hidden) : some(scratch_);
    const at::Tensor after = apart ? some(scratch_) : before;
    at::mm_out(before, rows, pass_.w1[piece.expert]);
    add_bias_and_activate(before, pass_.b1[piece.expert], pass_.gelu, after);
    at::mm_out(output, after, pass_.w2[piece.expert]);
    output.add_(pass_.b2[piece.expert]);
  }

 private:
  const Pass& pass_;
  at::Tensor gathered_, scratch_;  ///< one piece's, reused by the next
};

/// Pieces of one thread in float32, for weights whose rows are together.
class ByPanels {
 public:
  ByPanels(const Pass& pass, const TileKernel& kernel)
      : pass_(pass),
        x_(pass.x.const_data_ptr<float>()),
        w1_(pass.w1.const_data_ptr<float>()),
        b1_(pass.b1.const_data_ptr<float>()),
        w2_(pass.w2.const_data_ptr<float>()),
        b2_(pass.b2.const_data_ptr<float>()),
        slots_(pass.order.const_data_ptr<int64_t>()),
        outputs_(pass.outputs.mutable_data_ptr<float>()),
        hidden_(pass.keeps_hidden() ? pass.hidden.mutable_data_ptr<float>() : nullptr),
        panels_(kernel, pass.d()) {}

  /// With a few rows the time is that of reading the weights: panels do that out of order, which
  /// costs where they come from memory.
  bool suits(const Group& piece) const {
    return piece.size >= 4 || pass_.d() * pass_.inner() <= 1 << 18;
  }

  void operator()(const Group& piece) {
    const int64_t e = piece.expert, d = pass_.d(), inner = pass_.inner();
    panels_.pass({.d = d,
                  .inner = inner,
                  .w1 = w1_ + e * pass_.w1.stride(0),
                  .b1 = b1_ + e * inner,
                  .w2 = w2_ + e * pass_.w2.stride(0),
                  .b2 = b2_ + e * d,
                  .stride1 = pass_.w1.stride(1),
                  .stride2 = pass_.w2.stride(1),
                  .gelu = pass_.gelu},
                 x_, slots_ + piece.begin, pass_.k, piece.size, outputs_ + piece.begin * d,
                 hidden_ ? hidden_ + piece.begin * inner : nullptr);
  }

 private:
  const Pass& pass_;
  const float *x_, *w1_, *b1_, *w2_, *b2_;
  const int64_t* slots_;
  float *outputs_, *hidden_;
  ExpertPanels panels_;
};

/// None without optimization, in which vectors are slower than the library's product.
const TileKernel* fastest_kernel() {
#ifdef __OPTIMIZE__
  static const std::vector<const TileKernel*> kernels = tile_kernels();
  return kernels.empty() ? nullptr : kernels.front();
#else
  return nullptr;
#endif
}

ExpertPass pass_cpu(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                    const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2, bool gelu,
                    bool keep_hidden) {
  check_experts(x, choice, w1, b1, w2, b2);
  const int64_t d = x.size(1), inner = w1.size(2), slots = choice.numel();
  const Routes routes = route(choice, w1.size(0));
  const TileKernel* kernel = x.scalar_type() == at::kFloat ? fastest_kernel() : nullptr;
  const auto rows_together = [&](const at::Tensor& weights) {
    return !kernel || weights.stride(2) == 1 ? weights : weights.contiguous();
  };
  const Pass pass{.x = x.contiguous(),
                  .order = routes.order,
                  .w1 = rows_together(w1),
                  .b1 = b1.contiguous(),
                  .w2 = rows_together(w2),
                  .b2 = b2.contiguous(),
                  .k = choice.size(1),
                  .gelu = gelu,
                  .outputs = at::empty({slots, d}, x.options()),
                  .hidden = at::empty({keep_hidden ? slots : 0, inner}, x.options())};
  const int64_t threads = at::get_num_threads();
  int64_t most =
      threads == 1 ? std::max<int64_t>(1, slots) : std::max<int64_t>(32, slots / (2 * threads) + 1);
  if (kernel) most = std::min(most, ExpertPanels::max_rows);
  const std::vector<Group> pieces = Groups(routes.ends).pieces(most);
  std::atomic<size_t> next = 0;
  const at::ThreadLocalState state;
  at::parallel_for(0, threads, 1, [&](int64_t, int64_t) {
    size_t i = next++;
    if (i >= pieces.size()) return;
    const at::ThreadLocalStateGuard of_caller(state);
    const at::AutoDispatchBelowADInplaceOrView below;
    ByProducts products(pass);
    std::optional<ByPanels> panels;
    if (kernel) panels.emplace(pass, *kernel);
    for (; i < pieces.size(); i = next++)
      if (panels && panels->suits(pieces[i]))
        (*panels)(pieces[i]);
      else
        products(pieces[i]);
  });
  return {pass.outputs, pass.hidden, routes.order, routes.place, routes.ends};
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
