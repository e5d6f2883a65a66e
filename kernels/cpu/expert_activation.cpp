#include "kernels/cpu/expert_activation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include "kernels/vectorised.h"
#include "kernels/views/vector_math.h"

namespace plumbline::kernels {

namespace {

// ½ (1 + tanh u) = 1 / (1 + exp(−2u)), u = √(2/π) (v + 0.044715 v³): with one exponential, and
// exact in the tail, where 1 + tanh cancels.
constexpr double sqrt_2_over_pi = 0.7978845608028654, cubic = 0.044715;
constexpr double to_base_2 = -2 * 1.4426950408889634;  // exp(−2u) = 2^(to_base_2 · u)

inline float exp2_of(float value) { return views::fast_exp2(value); }
inline double exp2_of(double value) { return std::exp2(value); }

/// Values at a time. What bounds an exponent is a loop of its own: in one with the exponential the
/// compiler makes a branch of the bound, and no vectors.
constexpr int64_t tile = 256;

template <class F>
[[gnu::always_inline]] inline void exponents_of(const F* values, F* exponents, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const F v = values[i];
    const F exponent = F(to_base_2 * sqrt_2_over_pi) * v * (1 + F(cubic) * v * v);
    const F raised = exponent < -125 ? F(-125) : exponent;
    exponents[i] = raised > 125 ? F(125) : raised;
  }
}

template <class F>
[[gnu::always_inline]] inline void gelu(F* rows, const F* bias, F* activated, int64_t n) {
  F exponents[tile];
  for (int64_t begin = 0; begin < n; begin += tile) {
    const int64_t size = std::min(tile, n - begin);
    F* values = rows + begin;
    for (int64_t i = 0; i < size; ++i) values[i] += bias[begin + i];
    exponents_of(values, exponents, size);
#pragma GCC ivdep
    for (int64_t i = 0; i < size; ++i)
      activated[begin + i] = values[i] / (1 + exp2_of(exponents[i]));
  }
}

template <class F>
[[gnu::always_inline]] inline void relu(F* rows, const F* bias, F* activated, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const F v = rows[i] + bias[i];
    // So that a NaN stays one.
    rows[i] = activated[i] = v < 0 ? F(0) : v;
  }
}

template <class F>
[[gnu::always_inline]] inline void gelu_backward(const F* kept, F* activated, F* grad, int64_t n) {
  F exponents[tile];
  for (int64_t begin = 0; begin < n; begin += tile) {
    const int64_t size = std::min(tile, n - begin);
    const F* values = kept + begin;
    exponents_of(values, exponents, size);
#pragma GCC ivdep
    for (int64_t i = 0; i < size; ++i) {
      const F v = values[i], s = 1 / (1 + exp2_of(exponents[i]));
      activated[begin + i] = v * s;
      // d(2u)/dv
      const F slope = F(2 * sqrt_2_over_pi) * (1 + F(3 * cubic) * v * v);
      grad[begin + i] *= s + v * s * (1 - s) * slope;
    }
  }
}

template <class F>
[[gnu::always_inline]] inline void relu_backward(const F* kept, F* grad, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) grad[i] = kept[i] <= 0 ? F(0) : grad[i];
}

// What the loops above are compiled as.
PLUMBLINE_VECTORISED void forward_row(float* rows, const float* bias, float* activated, int64_t n,
                                      bool is_gelu) {
  if (is_gelu)
    gelu(rows, bias, activated, n);
  else
    relu(rows, bias, activated, n);
}
void forward_row(double* rows, const double* bias, double* activated, int64_t n, bool is_gelu) {
  if (is_gelu)
    gelu(rows, bias, activated, n);
  else
    relu(rows, bias, activated, n);
}
PLUMBLINE_VECTORISED void backward_row(const float* kept, float* activated, float* grad, int64_t n,
                                       bool is_gelu) {
  if (is_gelu)
    gelu_backward(kept, activated, grad, n);
  else
    relu_backward(kept, grad, n);
}
void backward_row(const double* kept, double* activated, double* grad, int64_t n, bool is_gelu) {
  if (is_gelu)
    gelu_backward(kept, activated, grad, n);
  else
    relu_backward(kept, grad, n);
}

template <class T>
constexpr bool is_wide = std::is_same_v<T, float> || std::is_same_v<T, double>;

template <class From, class To>
void convert(const From* from, To* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = static_cast<To>(from[i]);
}

template <class T>
void forward_rows(const at::Tensor& rows, const at::Tensor& bias, bool is_gelu,
                  const at::Tensor& activated) {
  const int64_t n = rows.size(0), inner = rows.size(1);
  T* values = rows.mutable_data_ptr<T>();
  T* results = activated.mutable_data_ptr<T>();
  const T* offsets = bias.const_data_ptr<T>();
  at::parallel_for(0, n, std::max<int64_t>(1, 16'384 / inner), [&](int64_t begin, int64_t end) {
    if constexpr (is_wide<T>) {
      for (int64_t row = begin; row < end; ++row)
        forward_row(values + row * inner, offsets, results + row * inner, inner, is_gelu);
    } else {
      // Halves are computed in float32 and rounded once.
      std::vector<float> in(static_cast<size_t>(inner)), out(in.size()), wide_bias(in.size());
      convert(offsets, wide_bias.data(), inner);
      for (int64_t row = begin; row < end; ++row) {
        convert(values + row * inner, in.data(), inner);
        forward_row(in.data(), wide_bias.data(), out.data(), inner, is_gelu);
        // The activated last: it may be the rows themselves.
        convert(in.data(), values + row * inner, inner);
        convert(out.data(), results + row * inner, inner);
      }
    }
  });
}

template <class T>
void backward_rows(const at::Tensor& kept, bool is_gelu, const at::Tensor& activated,
                   const at::Tensor& grad) {
  const int64_t n = kept.size(0), inner = kept.size(1);
  const T* values = kept.const_data_ptr<T>();
  T* results = is_gelu ? activated.mutable_data_ptr<T>() : nullptr;
  T* slopes = grad.mutable_data_ptr<T>();
  at::parallel_for(0, n, std::max<int64_t>(1, 16'384 / inner), [&](int64_t begin, int64_t end) {
    if constexpr (is_wide<T>) {
      for (int64_t row = begin; row < end; ++row)
        backward_row(values + row * inner, is_gelu ? results + row * inner : nullptr,
                     slopes + row * inner, inner, is_gelu);
    } else {
      std::vector<float> in(static_cast<size_t>(inner)), out(in.size()), slope(in.size());
      for (int64_t row = begin; row < end; ++row) {
        convert(values + row * inner, in.data(), inner);
        convert(slopes + row * inner, slope.data(), inner);
        backward_row(in.data(), out.data(), slope.data(), inner, is_gelu);
        convert(slope.data(), slopes + row * inner, inner);
        if (is_gelu) convert(out.data(), results + row * inner, inner);
      }
    }
  });
}

}  // namespace

void add_bias_and_activate(const at::Tensor& rows, const at::Tensor& bias, bool gelu,
                           const at::Tensor& activated) {
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kBFloat16, at::kHalf, rows.scalar_type(),
                                  "add_bias_and_activate",
                                  [&] { forward_rows<scalar_t>(rows, bias, gelu, activated); });
}

void add_bias_and_activate(float* row, const float* bias, float* activated, int64_t n, bool gelu) {
  forward_row(row, bias, activated, n, gelu);
}

void activate_backward(const at::Tensor& kept, bool gelu, const at::Tensor& activated,
                       const at::Tensor& grad) {
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kBFloat16, at::kHalf, kept.scalar_type(), "activate_backward",
                                  [&] { backward_rows<scalar_t>(kept, gelu, activated, grad); });
}

}  // namespace plumbline::kernels
