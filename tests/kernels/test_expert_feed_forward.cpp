#include <QtTest>

#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#endif

#include "kernels/aten/aten_experts.h"
#include "kernels/cpu/expert_activation.h"
#include "kernels/cpu/panel_product.h"
#include "kernels/expert_feed_forward.h"
#include "tests/kernels/batches.h"
#include "tests/kernels/tests.h"
#include "tests/support/gpu_required.h"

namespace plumbline::test {

using kernels::expert_feed_forward;
using kernels::expert_outputs;

namespace {

/// The arguments of the op, in its order.
struct Layer {
  at::Tensor x, choice, gate, w1, b1, w2, b2;
  bool gelu = false;

  /// Those that can be learnt.
  std::vector<at::Tensor> learnt() const { return {x, gate, w1, b1, w2, b2}; }

  Layer to(at::Device device, at::ScalarType type, bool learns = false) const {
    const auto moved = [&](const at::Tensor& tensor) {
      return tensor.detach().to(device, type, /*non_blocking=*/false, /*copy=*/true);
    };
    Layer result{moved(x),  choice.to(device), moved(gate), moved(w1),
                 moved(b1), moved(w2),         moved(b2),   gelu};
    for (auto& tensor : result.learnt()) tensor.requires_grad_(learns);
    return result;
  }

  at::Tensor sum() const { return expert_feed_forward(x, choice, gate, w1, b1, w2, b2, gelu); }
  at::Tensor outputs() const { return expert_outputs(x, choice, w1, b1, w2, b2, gelu); }
};

struct Shape {
  int64_t tokens, d, inner, experts, k;
};

/// In double, rounded to bfloat16's values so that each type starts from the same numbers.
Layer random_layer(const Shape& shape, bool gelu, uint64_t seed = 3) {
  at::manual_seed(seed);
  const auto normal = [](at::IntArrayRef sizes, double scale) {
    return (at::randn(sizes, at::kDouble) * scale).to(at::kBFloat16).to(at::kDouble);
  };
  Layer layer;
  layer.x = normal({shape.tokens, shape.d}, 1);
  layer.choice = at::randint(0, shape.experts, {shape.tokens, shape.k}, at::kLong);
  layer.gate = normal({shape.tokens, shape.k}, 0.5);
  layer.w1 = normal({shape.experts, shape.d, shape.inner}, 1 / std::sqrt(double(shape.d)));
  layer.b1 = normal({shape.experts, shape.inner}, 0.3);
  layer.w2 = normal({shape.experts, shape.inner, shape.d}, 1 / std::sqrt(double(shape.inner)));
  layer.b2 = normal({shape.experts, shape.d}, 0.3);
  layer.gelu = gelu;
  if (!gelu) {
    // Whole and a half before ReLU, which halves hold exactly: else one that rounds to the other
    // side of the kink changes its token's slope by a tenth.
    layer.x.round_();
    layer.w1.sign_();
    layer.b1.sign_().mul_(0.5);
  }
  return layer;
}

/// The definition, token by token; differentiated by LibTorch's own autograd.
at::Tensor defined_outputs(const Layer& layer) {
  std::vector<at::Tensor> all;
  for (int64_t t = 0; t < layer.x.size(0); ++t)
    for (int64_t j = 0; j < layer.choice.size(1); ++j) {
      const auto e = layer.choice[t][j].item<int64_t>();
      const at::Tensor h = at::matmul(layer.x[t], layer.w1[e]) + layer.b1[e];
      const at::Tensor a =
          layer.gelu ? 0.5 * h * (1 + at::tanh(std::sqrt(2 / M_PI) * (h + 0.044715 * h * h * h)))
                     : h.clamp_min(0);
      all.push_back(at::matmul(a, layer.w2[e]) + layer.b2[e]);
    }
  return at::stack(all).view({layer.x.size(0), layer.choice.size(1), layer.x.size(1)});
}

at::Tensor defined_sum(const Layer& layer) {
  return (defined_outputs(layer) * layer.gate.unsqueeze(2)).sum(1);
}

std::vector<at::Tensor> gradients(const at::Tensor& result, const at::Tensor& of,
                                  const std::vector<at::Tensor>& by) {
  return torch::autograd::grad({result}, by, {of}, false, false, true);
}

constexpr const char* learnt_names[] = {"x", "gate", "w1", "b1", "w2", "b2"};

/// Of sums of many terms: the largest difference against the largest value. For halves the root of
/// the sums of squares instead.
bool near(const at::Tensor& found, const at::Tensor& expected, double tolerance) {
  if (!found.defined() || found.sizes() != expected.sizes()) return false;
  const auto size = [&](const at::Tensor& tensor) {
    return (tolerance > 1e-3 ? tensor.norm() : tensor.abs().max()).item<double>();
  };
  const at::Tensor difference = found.detach().to(at::kCPU, at::kDouble) - expected.detach();
  return size(difference) <= tolerance * std::max(1e-3, size(expected.detach()));
}

double tolerance_of(at::ScalarType type) {
  switch (type) {
    case at::kDouble: return 1e-12;
    case at::kFloat: return 1e-5;
    case at::kHalf: return 4e-3;
    default: return 2e-2;
  }
}

QString type_name(at::ScalarType type) { return QString::fromLatin1(c10::toString(type)); }

constexpr at::ScalarType all_types[] = {at::kDouble, at::kFloat, at::kBFloat16, at::kHalf};

}  // namespace

void TestExpertFeedForward::every_op_has_the_kernels_that_it_claims() {
  for (const char* name : {"plumbline::expert_feed_forward", "plumbline::expert_outputs"}) {
    const auto op = c10::Dispatcher::singleton().findSchema({name, ""});
    QVERIFY2(op.has_value(), name);
    QVERIFY2(op->hasKernelForDispatchKey(c10::DispatchKey::CPU), name);
    QVERIFY2(op->hasKernelForDispatchKey(c10::DispatchKey::Autograd), name);
#ifdef PLUMBLINE_CUDA
    QVERIFY2(op->hasKernelForDispatchKey(c10::DispatchKey::CUDA), name);
#endif
  }
}

void TestExpertFeedForward::equals_the_definition_data() {
  QTest::addColumn<int>("tokens");
  QTest::addColumn<int>("d");
  QTest::addColumn<int>("inner");
  QTest::addColumn<int>("experts");
  QTest::addColumn<int>("k");
  QTest::addColumn<bool>("gelu");
  QTest::addColumn<QString>("routing");
  for (const bool gelu : {false, true})
    for (const int k : {1, 2}) {
      const auto row = [&](const char* name, int tokens, int experts, const char* routing) {
        QTest::addRow("%s, top-%d, %s", name, k, gelu ? "GELU" : "ReLU")
            << tokens << 24 << 40 << experts << k << gelu << routing;
      };
      row("random", 67, 5, "random");
      row("all at one expert", 33, 4, "last");
      row("most experts empty", 20, 16, "even");
      row("one token", 1, 8, "random");
      row("one expert", 9, 1, "random");
    }
  QTest::newRow("the same expert twice") << 30 << 24 << 40 << 4 << 2 << true << "twice";
  for (const bool gelu : {false, true}) {
    const auto row = [&](const char* name, int d, int inner) {
      QTest::addRow("%s, %s", name, gelu ? "GELU" : "ReLU")
          << 14 << d << inner << 3 << 2 << gelu << "random";
    };
    row("one wide", 1, 1);
    row("of a vector's width", 16, 64);
    row("of no vector's width", 33, 47);
    row("wider than a block", 300, 270);
    row("of whole blocks", 256, 512);
  }
}

void TestExpertFeedForward::equals_the_definition() {
  QFETCH(int, tokens);
  QFETCH(int, d);
  QFETCH(int, inner);
  QFETCH(int, experts);
  QFETCH(int, k);
  QFETCH(bool, gelu);
  QFETCH(QString, routing);
  Layer layer = random_layer({tokens, d, inner, experts, k}, gelu);
  if (routing == QLatin1String("last")) layer.choice.fill_(experts - 1);
  if (routing == QLatin1String("even")) layer.choice.div_(8, "floor").mul_(6);
  if (routing == QLatin1String("twice")) layer.choice.select(1, 1).copy_(layer.choice.select(1, 0));
  const Layer exact = layer.to(at::kCPU, at::kDouble, true);
  const at::Tensor expected = defined_sum(exact), apart = defined_outputs(exact);
  const at::Tensor of = at::randn(expected.sizes(), at::kDouble).to(at::kBFloat16).to(at::kDouble);
  const at::Tensor of_apart =
      at::randn(apart.sizes(), at::kDouble).to(at::kBFloat16).to(at::kDouble);
  const auto slopes = gradients(expected, of, exact.learnt());
  const auto slopes_apart = gradients(apart, of_apart, exact.learnt());

  for (const auto device : devices())
    for (const auto type : all_types) {
      const double tolerance = tolerance_of(type);
      const Layer own = layer.to(device, type, true);
      const at::Tensor sum = own.sum(), outputs = own.outputs();
      QVERIFY(sum.scalar_type() == type && sum.device() == device);
      QVERIFY2(near(sum, expected, tolerance), qPrintable(type_name(type)));
      QVERIFY2(near(outputs, apart, tolerance), qPrintable(type_name(type)));
      const auto found = gradients(sum, of.to(device, type), own.learnt());
      const auto found_apart = gradients(outputs, of_apart.to(device, type), own.learnt());
      for (size_t i = 0; i < found.size(); ++i) {
        const auto what = type_name(type) + " by " + learnt_names[i];
        QVERIFY2(near(found[i], slopes[i], tolerance), qPrintable(what));
        // The gate has no part in the outputs.
        if (i == 1)
          QVERIFY(!found_apart[i].defined());
        else
          QVERIFY2(near(found_apart[i], slopes_apart[i], tolerance), qPrintable(what));
      }
      // Without a gradient the hidden values are not kept; that is another path.
      const at::NoGradGuard no_grad;
      QVERIFY2(near(own.sum(), expected, tolerance), qPrintable(type_name(type)));
      QVERIFY2(near(own.outputs(), apart, tolerance), qPrintable(type_name(type)));
    }
}

void TestExpertFeedForward::experts_without_tokens_get_zeros() {
  Layer layer = random_layer({50, 16, 32, 6, 1}, true);
  layer.choice.remainder_(2).mul_(3).add_(1);  // experts 1 and 4
  for (const auto device : devices())
    for (const auto type : all_types) {
      const Layer own = layer.to(device, type, true);
      const at::Tensor sum = own.sum();
      const auto found = gradients(sum, at::ones_like(sum), {own.w1, own.b1, own.w2, own.b2});
      for (const auto& slope : found)
        for (int64_t e = 0; e < 6; ++e)
          QCOMPARE(slope[e].abs().max().item<double>() > 0, e == 1 || e == 4);
    }
}

void TestExpertFeedForward::no_tokens_give_no_rows_and_zero_gradients() {
  for (const auto device : devices())
    for (const auto type : {at::kFloat, at::kBFloat16})
      for (const int64_t k : {1, 2}) {
        const Layer own = random_layer({0, 16, 32, 3, k}, true).to(device, type, true);
        const at::Tensor sum = own.sum(), outputs = own.outputs();
        QCOMPARE(sum.sizes().vec(), (std::vector<int64_t>{0, 16}));
        QCOMPARE(outputs.sizes().vec(), (std::vector<int64_t>{0, k, 16}));
        for (const auto& slope : gradients(sum, at::zeros_like(sum), own.learnt()))
          QVERIFY(at::equal(slope, at::zeros_like(slope)));
        for (const auto& slope :
             gradients(outputs, at::zeros_like(outputs), {own.x, own.w1, own.b1, own.w2, own.b2}))
          QVERIFY(at::equal(slope, at::zeros_like(slope)));
      }
}

void TestExpertFeedForward::equals_finite_differences() {
  // Independent of any autograd: along a random direction in all that is learnt.
  const Layer layer = random_layer({40, 8, 16, 4, 2}, true).to(at::kCPU, at::kDouble, true);
  const at::Tensor sum = layer.sum(), of = at::randn_like(sum);
  const auto slopes = gradients(sum, of, layer.learnt());
  double predicted = 0;
  constexpr double step = 1e-5;
  Layer before = layer.to(at::kCPU, at::kDouble), after = layer.to(at::kCPU, at::kDouble);
  auto lower = before.learnt(), upper = after.learnt();
  for (size_t i = 0; i < slopes.size(); ++i) {
    const at::Tensor direction = at::randn_like(slopes[i]);
    predicted += (slopes[i] * direction).sum().item<double>();
    lower[i].sub_(direction, step);
    upper[i].add_(direction, step);
  }
  const double measured = ((after.sum() - before.sum()) * of).sum().item<double>() / (2 * step);
  QVERIFY2(std::abs(measured - predicted) < 1e-6 * std::abs(predicted),
           qPrintable(QStringLiteral("%1, expected %2").arg(measured).arg(predicted)));
}

void TestExpertFeedForward::only_what_learns_gets_a_gradient() {
  const Layer layer = random_layer({30, 16, 24, 4, 2}, false);
  for (const auto device : devices()) {
    const Layer whole = layer.to(device, at::kFloat, true);
    const at::Tensor sum = whole.sum();
    const at::Tensor of = at::randn_like(sum);
    const auto all = gradients(sum, of, whole.learnt());
    for (size_t only = 0; only < all.size(); ++only) {
      const Layer own = layer.to(device, at::kFloat);
      own.learnt()[only].requires_grad_(true);
      const auto found = gradients(own.sum(), of, {own.learnt()[only]});
      QVERIFY2(at::equal(found[0], all[only]), learnt_names[only]);
    }
    QVERIFY(!layer.to(device, at::kFloat).sum().requires_grad());
  }
}

void TestExpertFeedForward::strided_arguments_give_the_same() {
  const Layer layer = random_layer({30, 16, 24, 4, 2}, true);
  for (const auto device : devices()) {
    Layer own = layer.to(device, at::kFloat);
    const at::Tensor expected = own.sum();
    const auto stride = [](const at::Tensor& tensor) {
      return tensor.transpose(0, 1).contiguous().transpose(0, 1);
    };
    for (at::Tensor* tensor :
         {&own.x, &own.choice, &own.gate, &own.w1, &own.b1, &own.w2, &own.b2}) {
      *tensor = stride(*tensor);
      QVERIFY(at::allclose(own.sum(), expected, 1e-5, 1e-6));
    }
    // Rows that are not together.
    for (at::Tensor* tensor : {&own.w1, &own.w2}) {
      *tensor = tensor->transpose(1, 2).contiguous().transpose(1, 2);
      QVERIFY(at::allclose(own.sum(), expected, 1e-5, 1e-6));
    }
  }
}

void TestExpertFeedForward::is_the_same_each_time() {
  const Layer layer = random_layer({300, 32, 64, 8, 2}, true);
  for (const auto device : devices())
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const auto run = [&] {
        const Layer own = layer.to(device, type, true);
        auto all = std::vector{own.sum()};
        for (const auto& slope : gradients(all[0], at::ones_like(all[0]), own.learnt()))
          all.push_back(slope);
        return all;
      };
      const auto first = run();
      for (int i = 0; i < 5; ++i) {
        const auto again = run();
        for (size_t j = 0; j < first.size(); ++j) QVERIFY(at::equal(first[j], again[j]));
      }
    }
}

void TestExpertFeedForward::threads_share_the_work() {
  Layer layer = random_layer({500, 32, 64, 8, 2}, true);
  layer.choice.select(1, 0).fill_(3);  // more than one thread's share
  const at::Tensor expected = defined_sum(layer);
  const int threads = at::get_num_threads();
  for (const int count : {1, 2, 7}) {
    at::set_num_threads(count);
    const Layer own = layer.to(at::kCPU, at::kFloat, true);
    const at::Tensor sum = own.sum();
    QVERIFY(near(sum, expected, 1e-5));
    QVERIFY(at::equal(own.sum(), sum));
    const c10::InferenceMode inference;
    QVERIFY(near(layer.to(at::kCPU, at::kFloat).sum(), expected, 1e-5));
  }
  at::set_num_threads(threads);
}

void TestExpertFeedForward::experts_of_few_and_of_many_rows() {
  // One whose rows are more than fit the cache, others with one and with none; weights that do not
  // fit either.
  Layer layer = random_layer({230, 512, 520, 4, 1}, true);
  layer.choice.fill_(2);
  layer.choice[77] = 0;
  layer.choice[133] = 3;
  const at::Tensor expected = defined_sum(layer);
  const Layer own = layer.to(at::kCPU, at::kFloat);
  const int threads = at::get_num_threads();
  at::Tensor first;
  for (const int count : {1, 2, 3}) {
    at::set_num_threads(count);
    const at::Tensor sum = own.sum();
    QVERIFY(near(sum, expected, 1e-5));
#ifdef __OPTIMIZE__
    // LibTorch's product depends on the number of rows, which depends on that of threads.
    if (kernels::tile_kernels().empty()) continue;
    if (!first.defined()) first = sum;
    QVERIFY(at::equal(sum, first));
#endif
  }
  at::set_num_threads(threads);
}

void TestExpertFeedForward::the_graphics_form_equals_the_cpu_data() {
  QTest::addColumn<int>("tokens");
  QTest::addColumn<int>("d");
  QTest::addColumn<int>("k");
  QTest::addColumn<bool>("gelu");
  QTest::newRow("grouped, top-1, GELU") << 200 << 32 << 1 << true;
  QTest::newRow("grouped, top-2, ReLU") << 200 << 32 << 2 << false;
  QTest::newRow("rows not of 16 bytes") << 50 << 20 << 2 << true;
  QTest::newRow("no tokens") << 0 << 32 << 2 << true;
}

void TestExpertFeedForward::the_graphics_form_equals_the_cpu() {
  QFETCH(int, tokens);
  QFETCH(int, d);
  QFETCH(int, k);
  QFETCH(bool, gelu);
  Layer layer = random_layer({tokens, d, 48, 7, k}, gelu);
  layer.choice.clamp_max_(4);  // experts 5 and 6 are empty
  for (const auto type : {at::kDouble, at::kFloat, at::kBFloat16}) {
    const double tolerance = tolerance_of(type);
    const Layer own = layer.to(at::kCPU, type);
    const auto [outputs, hidden, order, place, ends] =
        kernels::expert_pass(own.x, own.choice, own.w1, own.b1, own.w2, own.b2, gelu, true);
    const auto [outputs2, hidden2, order2, place2, ends2] =
        kernels::expert_pass_by_aten(own.x, own.choice, own.w1, own.b1, own.w2, own.b2, gelu, true);
    QVERIFY(at::equal(order, order2) && at::equal(place, place2) && at::equal(ends, ends2));
    const auto equal = [&](const at::Tensor& found, const at::Tensor& expected) {
      return expected.numel() == 0 ? found.sizes() == expected.sizes()
                                   : near(found, expected.to(at::kDouble), tolerance);
    };
    QVERIFY(equal(outputs2, outputs) && equal(hidden2, hidden));
    QVERIFY(equal(kernels::expert_combine_by_aten(outputs, place, own.gate),
                  kernels::expert_combine(outputs, place, own.gate)));
    const at::Tensor grad = at::randn_like(outputs);
    const auto expected = kernels::expert_pass_backward(grad, own.x, hidden, {order, place, ends},
                                                        own.w1, own.w2, gelu, true, true);
    const auto found = kernels::expert_pass_backward_by_aten(
        grad, own.x, hidden, order, place, ends, own.w1, own.w2, gelu, true, true);
    QVERIFY2(equal(std::get<0>(found), std::get<0>(expected)), "x");
    QVERIFY2(equal(std::get<1>(found), std::get<1>(expected)), "w1");
    QVERIFY2(equal(std::get<2>(found), std::get<2>(expected)), "b1");
    QVERIFY2(equal(std::get<3>(found), std::get<3>(expected)), "w2");
    QVERIFY2(equal(std::get<4>(found), std::get<4>(expected)), "b2");
  }
}

void TestExpertFeedForward::activations_hold_in_the_tails() {
  const at::Tensor values = at::linspace(-40, 40, 20'001, at::kDouble).view({3, -1});
  const at::Tensor exact =
      0.5 * values * (1 + at::tanh(std::sqrt(2 / M_PI) * (values + 0.044715 * values.pow(3))));
  at::Tensor single = values.to(at::kFloat), activated = at::empty_like(single);
  kernels::add_bias_and_activate(single, at::zeros({6667}), true, activated);
  QVERIFY(at::equal(single, values.to(at::kFloat)));
  QVERIFY(at::allclose(activated.to(at::kDouble), exact, 1e-5, 1e-6));
  // What diverges must show.
  for (const float odd : {NAN, INFINITY})
    for (const bool gelu : {false, true}) {
      const at::Tensor row = at::full({1, 37}, odd), out = at::empty_like(row);
      kernels::add_bias_and_activate(row, at::zeros({37}), gelu, out);
      QVERIFY(at::allclose(out, at::full_like(out, odd), 0, 0, /*equal_nan=*/true));
    }
}

void TestExpertFeedForward::bad_arguments_are_named_data() {
  QTest::addColumn<int>("fault");
  QTest::addColumn<QString>("named");
  QTest::newRow("an expert too many") << 0 << "choice 1 of token 2 is 4, of 4 experts";
  QTest::newRow("a negative expert") << 1 << "choice 0 of token 0 is -1";
  QTest::newRow("three choices") << 2 << "choice is [5, 3], expected [5, 1 or 2]";
  QTest::newRow("choices of int32") << 3 << "choice is Int, expected int64";
  QTest::newRow("a gate too few") << 4 << "gate is [5, 1], expected [5, 2]";
  QTest::newRow("another width") << 5 << "w1 is [4, 9, 12], expected [4, 8, 12]";
  QTest::newRow("w2 as w1") << 6 << "w2 is [4, 8, 12], expected [4, 12, 8]";
  QTest::newRow("a bias of another type") << 7 << "b1 is Double, x Float";
  QTest::newRow("three dimensions") << 8 << "x has 3 dimensions";
  QTest::newRow("whole numbers") << 9 << "x is Long";
  QTest::newRow("b2 of inner") << 10 << "b2 is [4, 12], expected [4, 8]";
  QTest::newRow("tokens too few") << 11 << "choice is [4, 2], expected [5, 1 or 2]";
}

void TestExpertFeedForward::bad_arguments_are_named() {
  QFETCH(int, fault);
  QFETCH(QString, named);
  for (const bool learns : {false, true}) {
    Layer own = random_layer({5, 8, 12, 4, 2}, true).to(at::kCPU, at::kFloat, learns);
    if (fault == 0) own.choice[2][1] = 4;
    if (fault == 1) own.choice[0][0] = -1;
    if (fault == 2) {
      own.choice = at::zeros({5, 3}, at::kLong);
      own.gate = at::zeros({5, 3});
    }
    if (fault == 3) own.choice = own.choice.to(at::kInt);
    if (fault == 4) own.gate = own.gate.narrow(1, 0, 1);
    if (fault == 5) own.w1 = at::zeros({4, 9, 12});
    if (fault == 6) own.w2 = at::zeros({4, 8, 12});
    if (fault == 7) own.b1 = own.b1.to(at::kDouble);
    if (fault == 8) own.x = own.x.unsqueeze(0);
    if (fault == 9) {
      own.x = at::zeros({5, 8}, at::kLong);
      own.gate = at::zeros({5, 2}, at::kLong);
    }
    if (fault == 10) own.b2 = at::zeros({4, 12});
    if (fault == 11) {
      own.choice = own.choice.narrow(0, 0, 4);
      own.gate = own.gate.narrow(0, 0, 4);
    }
    try {
      own.sum();
      QFAIL("no error");
    } catch (const c10::Error& error) {
      QVERIFY2(QString(error.what_without_backtrace()).contains(named),
               error.what_without_backtrace());
    }
  }
}

void TestExpertFeedForward::a_second_derivative_is_refused() {
  const Layer own = random_layer({5, 8, 12, 4, 1}, true).to(at::kCPU, at::kFloat, true);
  try {
    const at::Tensor sum = own.sum();
    torch::autograd::grad({sum}, {own.x}, {at::ones_like(sum)}, true, true);
    QFAIL("no error");
  } catch (const c10::Error& error) {
    QVERIFY(QString(error.what_without_backtrace()).contains("differentiated again"));
  }
}

void TestExpertFeedForward::a_graph_follows_its_inputs() {
  SKIP_WITHOUT_GPU(devices().size() > 1, "capture in a graph, and all CUDA kernels, are not run");
#ifdef PLUMBLINE_CUDA
  const Layer layer = random_layer({512, 64, 128, 8, 2}, true);
  const Layer own = layer.to(devices().back(), at::kBFloat16, true);
  const at::Tensor of = at::randn_like(own.x);
  const auto run = [&] {
    auto all = std::vector{own.sum()};
    for (const auto& slope : gradients(all[0], of, own.learnt())) all.push_back(slope);
    return all;
  };
  at::cuda::CUDAGraph graph;
  std::vector<at::Tensor> captured;
  {
    const auto stream = c10::cuda::getStreamFromPool();
    const c10::cuda::CUDAStreamGuard guard(stream);
    run();
    graph.capture_begin();
    captured = run();
    graph.capture_end();
  }
  for (const uint64_t seed : {11, 12}) {
    // Other tokens, another routing, with empty experts.
    Layer next = random_layer({512, 64, 128, 8, 2}, true, seed);
    if (seed == 12) next.choice.fill_(5);
    {
      const at::NoGradGuard no_grad;
      own.x.copy_(next.x);
      own.choice.copy_(next.choice);
      own.gate.copy_(next.gate);
    }
    graph.replay();
    at::cuda::getCurrentCUDAStream().synchronize();
    const auto expected = run();
    for (size_t i = 0; i < expected.size(); ++i) QVERIFY(at::equal(captured[i], expected[i]));
  }
#endif
}

}  // namespace plumbline::test
