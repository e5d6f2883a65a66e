#include "kernels/aten/aten_experts.h"

#include <vector>

#include <ATen/ATen.h>

namespace plumbline::kernels {

namespace {

/// Products of rows that are sorted by expert with each expert's own matrix.
class ExpertProducts {
 public:
  ExpertProducts(int64_t slots, const at::Tensor& ends, const at::Tensor& w1, const at::Tensor& w2)
      : ends_(ends), grouped_(can_group(w1) && can_group(w2)) {
    if (grouped_) {
      owners_ = at::searchsorted(ends, at::arange(slots, ends.options()), /*out_int32=*/false,
                                 /*right=*/true);
      return;
    }
    const at::Tensor on_host = ends.cpu();
    const auto* end = on_host.const_data_ptr<int32_t>();
    bounds_.push_back(0);
    bounds_.insert(bounds_.end(), end, end + ends.size(0));
  }

  /// [slots, m] rows, [experts, m, n] → [slots, n].
  at::Tensor times(const at::Tensor& rows, const at::Tensor& weights) const {
    if (grouped_) return at::_grouped_mm(rows, weights, ends_);
    at::Tensor result = at::empty({rows.size(0), weights.size(2)}, rows.options());
    each([&](int64_t expert, int64_t begin, int64_t size) {
      at::Tensor part = result.narrow(0, begin, size);
      at::mm_out(part, rows.narrow(0, begin, size), weights[expert]);
    });
    return result;
  }

  /// [slots, m], [slots, n] → [experts, m, n]: sums over each expert's rows of their outer
  /// products.
  at::Tensor outer(const at::Tensor& left, const at::Tensor& right) const {
    if (grouped_) {
      at::Tensor result = at::_grouped_mm(left.t(), right, ends_);
      // A sum over no rows is left as it was found.
      const at::Tensor none = ends_.diff(1, 0, ends_.new_zeros({1})) == 0;
      return result.masked_fill_(none.view({-1, 1, 1}), 0);
    }
    at::Tensor result = at::zeros({ends_.size(0), left.size(1), right.size(1)}, left.options());
    each([&](int64_t expert, int64_t begin, int64_t size) {
      at::Tensor part = result[expert];
      at::mm_out(part, left.narrow(0, begin, size).t(), right.narrow(0, begin, size));
    });
    return result;
  }

  /// [slots, n] → [experts, n]: sums of each expert's rows.
  at::Tensor sums(const at::Tensor& rows) const {
    if (grouped_) {
      // A product with zeros and ones: summed in float32, and in the same order each time.
      const at::Tensor experts = at::arange(ends_.size(0), owners_.options());
      return (owners_ == experts.unsqueeze(1)).to(rows.scalar_type()).mm(rows);
    }
    at::Tensor result = at::zeros({ends_.size(0), rows.size(1)}, rows.options());
    each([&](int64_t expert, int64_t begin, int64_t size) {
      at::Tensor part = result[expert];
      at::sum_out(part, rows.narrow(0, begin, size), 0);
    });
    return result;
  }

  /// rows [slots, n] += biases [experts, n], each row its expert's.
  void add_bias(const at::Tensor& rows, const at::Tensor& biases) const {
    if (grouped_) {
      rows.add_(biases.index_select(0, owners_));
      return;
    }
    each([&](int64_t expert, int64_t begin, int64_t size) {
      rows.narrow(0, begin, size).add_(biases[expert]);
    });
  }

 private:
  /// What at::_grouped_mm takes: rows of 16 bytes, from addresses that they divide.
  static bool can_group(const at::Tensor& weights) {
    return weights.scalar_type() == at::kBFloat16 && weights.size(1) % 8 == 0 &&
           weights.size(2) % 8 == 0 &&
           reinterpret_cast<uintptr_t>(weights.const_data_ptr()) % 16 == 0;
  }

  template <class Body>
  void each(const Body& body) const {
    for (size_t expert = 0; expert + 1 < bounds_.size(); ++expert)
      if (bounds_[expert + 1] > bounds_[expert])
        body(static_cast<int64_t>(expert), bounds_[expert], bounds_[expert + 1] - bounds_[expert]);
  }

  at::Tensor ends_;
  bool grouped_;
  at::Tensor owners_;            ///< int64 [slots], where grouped: the expert of each place
  std::vector<int64_t> bounds_;  ///< where it is a loop: 0, then `ends`
};

at::Tensor activate(const at::Tensor& rows, bool gelu) {
  return gelu ? at::gelu(rows, "tanh") : at::relu(rows);
}

at::Tensor rows_of(const at::Tensor& x, const at::Tensor& order, int64_t k) {
  return x.index_select(0, k == 1 ? order : order.div(k, "floor"));
}

}  // namespace

Routes route_by_aten(const at::Tensor& choice, int64_t experts) {
  // Of 16 bits, so that a radix sort has two passes to make.
  const auto [sorted, order] =
      choice.reshape({-1}).to(at::kShort).sort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
  const at::Tensor places = at::arange(order.size(0), order.options());
  const at::Tensor place = at::empty_like(order).scatter_(0, order, places);
  // How many choose an expert before e + 1.
  const at::Tensor ends =
      at::searchsorted(sorted, at::arange(1, experts + 1, sorted.options()), /*out_int32=*/true);
  return {order, place, ends};
}

ExpertPass expert_pass_by_aten(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                               const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                               bool gelu, bool keep_hidden) {
  check_experts(x, choice, w1, b1, w2, b2);
  const int64_t experts = w1.size(0), slots = choice.numel();
  const Routes routes = route_by_aten(choice, experts);
  if (slots == 0)
    return {at::empty({0, x.size(1)}, x.options()), at::empty({0, w1.size(2)}, x.options()),
            routes.order, routes.place, routes.ends};
  const at::Tensor first = w1.contiguous(), second = w2.contiguous();
  const ExpertProducts products(slots, routes.ends, first, second);
  at::Tensor hidden = products.times(rows_of(x, routes.order, choice.size(1)), first);
  products.add_bias(hidden, b1);
  const at::Tensor activated = activate(hidden, gelu);
  at::Tensor outputs = products.times(activated, second);
  products.add_bias(outputs, b2);
  if (!gelu) hidden = activated;
  if (!keep_hidden) hidden = at::empty({0, w1.size(2)}, x.options());
  return {outputs, hidden, routes.order, routes.place, routes.ends};
}

ExpertGradients expert_pass_backward_by_aten(const at::Tensor& grad, const at::Tensor& x,
                                             const at::Tensor& hidden, const at::Tensor& order,
                                             const at::Tensor& place, const at::Tensor& ends,
                                             const at::Tensor& w1, const at::Tensor& w2, bool gelu,
                                             bool by_x, bool by_weights) {
  const int64_t slots = order.size(0), experts = w1.size(0);
  at::Tensor of_x, of_w1, of_b1, of_w2, of_b2;
  if (slots == 0) {
    if (by_x) of_x = at::zeros_like(x);
    if (by_weights) {
      of_w1 = at::zeros(w1.sizes(), x.options());
      of_b1 = at::zeros({experts, w1.size(2)}, x.options());
      of_w2 = at::zeros(w2.sizes(), x.options());
      of_b2 = at::zeros({experts, x.size(1)}, x.options());
    }
    return {of_x, of_w1, of_b1, of_w2, of_b2};
  }
  const int64_t k = slots / x.size(0);
  const at::Tensor first = w1.contiguous(), second = w2.contiguous(), grads = grad.contiguous();
  const ExpertProducts products(slots, ends, first, second);
  at::Tensor of_hidden = products.times(grads, second.transpose(1, 2));
  of_hidden = gelu ? at::gelu_backward(of_hidden, hidden, "tanh")
                   : at::threshold_backward(of_hidden, hidden, 0);
  if (by_weights) {
    of_w2 = products.outer(gelu ? activate(hidden, true) : hidden, grads);
    of_b2 = products.sums(grads);
    of_w1 = products.outer(rows_of(x, order, k), of_hidden);
    of_b1 = products.sums(of_hidden);
  }
  if (by_x) {
    of_x = products.times(of_hidden, first.transpose(1, 2)).index_select(0, place);
    if (k > 1) of_x = of_x.view({x.size(0), k, x.size(1)}).sum(1);
  }
  return {of_x, of_w1, of_b1, of_w2, of_b2};
}

at::Tensor expert_combine_by_aten(const at::Tensor& outputs, const at::Tensor& place,
                                  const at::Tensor& gate) {
  const int64_t k = gate.size(1);
  const at::Tensor by_slot = outputs_by_slot(outputs, place, k);
  at::Tensor sum = by_slot.select(1, 0) * gate.select(1, 0).unsqueeze(1);
  for (int64_t j = 1; j < k; ++j)
    sum.addcmul_(by_slot.select(1, j), gate.select(1, j).unsqueeze(1));
  return sum;
}

}  // namespace plumbline::kernels
