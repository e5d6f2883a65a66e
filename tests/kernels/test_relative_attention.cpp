#include <QtTest>

#include <cmath>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#endif

#include "kernels/relative_attention.h"
#include "tests/kernels/batches.h"
#include "tests/kernels/tests.h"
#include "tests/support/gpu_required.h"

namespace plumbline::test {

using kernels::relative_attention;
using kernels::relative_attention_step;

namespace {

/// The arguments of the op, in its order.
struct Attention {
  at::Tensor query, key, value, positions, content_bias, position_bias;
  int64_t window = 0;

  std::vector<at::Tensor> learnt() const {
    return {query, key, value, positions, content_bias, position_bias};
  }
  Attention to(at::Device device, at::ScalarType type, bool learns = false) const {
    const auto moved = [&](const at::Tensor& tensor) {
      return tensor.detach()
          .to(device, type, /*non_blocking=*/false, /*copy=*/true)
          .requires_grad_(learns);
    };
    return {moved(query),        moved(key),           moved(value), moved(positions),
            moved(content_bias), moved(position_bias), window};
  }
  at::Tensor mixed() const {
    return relative_attention(query, key, value, positions, content_bias, position_bias, window);
  }
};

struct Shape {
  int64_t batch, length, keys, heads, d;
};

/// In double, rounded to bfloat16's values so that each type starts from the same numbers.
at::Tensor normal(at::IntArrayRef sizes, double scale = 1) {
  return (at::randn(sizes, at::kDouble) * scale).to(at::kBFloat16).to(at::kDouble);
}

Attention random_attention(const Shape& shape, int64_t window) {
  const auto [batch, length, keys, heads, d] = shape;
  return {normal({batch, length, heads, d}),
          normal({batch, keys, heads, d}),
          normal({batch, keys, heads, d}),
          normal({keys, heads, d}),
          normal({heads, d}, 0.5),
          normal({heads, d}, 0.5),
          window};
}

/// The definition, each score from its own distance; differentiated by LibTorch's own autograd.
at::Tensor defined(const Attention& a) {
  const int64_t length = a.query.size(1), keys = a.key.size(1), heads = a.query.size(2);
  const at::Tensor place = at::arange(keys - length, keys).unsqueeze(1);
  const at::Tensor key = at::arange(keys);
  const at::Tensor distance = place - key;  // [length, keys]
  at::Tensor hidden = distance.lt(0);
  if (a.window > 0) hidden = hidden.logical_or(distance.ge(a.window));
  const at::Tensor row = (keys - 1 - distance).clamp_max(keys - 1);
  std::vector<at::Tensor> all;
  for (int64_t h = 0; h < heads; ++h) {
    const at::Tensor query = a.query.select(2, h);
    const at::Tensor content =
        at::matmul(query + a.content_bias[h], a.key.select(2, h).transpose(1, 2));
    const at::Tensor by_distance =
        at::matmul(query + a.position_bias[h], a.positions.select(1, h).t());
    const at::Tensor position =
        by_distance.gather(2, row.unsqueeze(0).expand({query.size(0), length, keys}));
    const at::Tensor scores = ((content + position) / std::sqrt(double(a.query.size(3))))
                                  .masked_fill(hidden, -std::numeric_limits<double>::infinity());
    all.push_back(at::matmul(scores.softmax(-1), a.value.select(2, h)));
  }
  return at::stack(all, 2);
}

std::vector<at::Tensor> gradients(const at::Tensor& output, const at::Tensor& of,
                                  const std::vector<at::Tensor>& inputs) {
  return torch::autograd::grad({output}, inputs, {of});
}

constexpr const char* learnt_names[] = {"query",     "key",          "value",
                                        "positions", "content_bias", "position_bias"};

/// The root of the sum of squares of the difference, against the expected's.
double difference(const at::Tensor& found, const at::Tensor& expected) {
  if (found.sizes() != expected.sizes()) return INFINITY;
  if (found.numel() == 0) return 0;
  const at::Tensor exact = found.detach().to(at::kCPU, at::kDouble);
  const double off = (exact - expected.detach()).norm().item<double>();
  // Not a number is no small difference.
  return std::isfinite(off) ? off / std::max(1e-12, expected.detach().norm().item<double>())
                            : INFINITY;
}

double tolerance_of(at::ScalarType type) {
  switch (type) {
    case at::kDouble: return 1e-11;
    case at::kFloat: return 1e-5;
    case at::kHalf: return 2e-3;
    default: return 1.5e-2;
  }
}

constexpr at::ScalarType all_types[] = {at::kDouble, at::kFloat, at::kBFloat16, at::kHalf};

QString told(const char* what, at::Device device, at::ScalarType type, double off) {
  return QString("%1 on %2 in %3: off by %4")
      .arg(what, QString::fromStdString(device.str()), QString::fromLatin1(c10::toString(type)))
      .arg(off);
}

}  // namespace

void TestRelativeAttention::every_op_has_the_kernels_that_it_claims() {
  for (const char* name : {"plumbline::relative_attention", "plumbline::relative_attention_step"}) {
    const auto op = c10::Dispatcher::singleton().findSchema({name, ""});
    QVERIFY2(op.has_value(), name);
    QVERIFY2(op->hasKernelForDispatchKey(c10::DispatchKey::CPU), name);
#ifdef PLUMBLINE_CUDA
    QVERIFY2(op->hasKernelForDispatchKey(c10::DispatchKey::CUDA), name);
#endif
  }
}

void TestRelativeAttention::equals_its_definition_data() {
  QTest::addColumn<int>("batch");
  QTest::addColumn<int>("length");
  QTest::addColumn<int>("keys");
  QTest::addColumn<int>("heads");
  QTest::addColumn<int>("d");
  QTest::addColumn<int>("window");
  const auto row = [](const char* name, const Shape& shape, int window) {
    QTest::addRow("%s, window %d", name, window)
        << int(shape.batch) << int(shape.length) << int(shape.keys) << int(shape.heads)
        << int(shape.d) << window;
  };
  for (const int window : {0, 1, 40}) {
    row("one token alone", {3, 1, 1, 1, 64}, window);
    row("one token after many", {2, 1, 130, 2, 64}, window);
    row("no memory", {1, 65, 65, 2, 64}, window);
    row("whole tiles", {1, 64, 128, 2, 64}, window);
    row("ragged", {2, 37, 101, 3, 64}, window);
    row("narrow heads", {2, 70, 150, 2, 32}, window);
    row("wide heads", {1, 66, 131, 1, 128}, window);
    row("a width between", {1, 20, 90, 2, 48}, window);
    row("a width of no piece", {2, 9, 14, 2, 5}, window);
    row("sixteen heads", {1, 7, 40, 16, 64}, window);
    row("many blocks", {40, 40, 45, 4, 32}, window);
  }
  row("no batch", {0, 4, 9, 2, 64}, 0);
  row("no tokens", {2, 0, 9, 2, 64}, 0);
  row("a window as long as all", {1, 10, 40, 2, 64}, 500);
}

void TestRelativeAttention::equals_its_definition() {
  QFETCH(int, batch);
  QFETCH(int, length);
  QFETCH(int, keys);
  QFETCH(int, heads);
  QFETCH(int, d);
  QFETCH(int, window);
  at::manual_seed(3);
  const Attention given = random_attention({batch, length, keys, heads, d}, window);
  const Attention exact = given.to(at::kCPU, at::kDouble, true);
  const at::Tensor expected = defined(exact), of = normal(expected.sizes());
  const auto slopes = gradients(expected, of, exact.learnt());
  for (const auto device : devices())
    for (const auto type : all_types) {
      const double tolerance = tolerance_of(type);
      const Attention own = given.to(device, type, true);
      const at::Tensor found = own.mixed();
      QVERIFY(found.scalar_type() == type && found.device() == device);
      const double off = difference(found, expected);
      QVERIFY2(off <= tolerance, qPrintable(told("output", device, type, off)));
      const auto own_slopes = gradients(found, of.to(device, type), own.learnt());
      for (size_t i = 0; i < slopes.size(); ++i) {
        const double slope_off = difference(own_slopes[i], slopes[i]);
        // Rounded operands leave something where the true gradient is 0: a query with one key.
        const bool tiny = slopes[i].numel() == 0 || slopes[i].norm().item<double>() < 1e-9;
        QVERIFY2(slope_off <= tolerance || (tiny && own_slopes[i].norm().item<double>() < 0.1),
                 qPrintable(told(learnt_names[i], device, type, slope_off)));
      }
      QVERIFY(at::equal(given.to(device, type).mixed(), found));
    }
}

void TestRelativeAttention::a_ring_equals_keys_in_order_data() {
  QTest::addColumn<int>("batch");
  QTest::addColumn<int>("length");
  QTest::addColumn<int>("memory");
  QTest::addColumn<int>("heads");
  QTest::addColumn<int>("d");
  QTest::newRow("a segment after ten") << 2 << 64 << 640 << 2 << 64;
  QTest::newRow("ragged") << 2 << 13 << 50 << 3 << 64;
  QTest::newRow("one token") << 3 << 1 << 65 << 2 << 64;
  QTest::newRow("longer than its memory") << 1 << 100 << 33 << 2 << 128;
  QTest::newRow("no memory") << 2 << 7 << 0 << 3 << 64;
  QTest::newRow("narrow heads") << 2 << 6 << 6 << 4 << 8;
  QTest::newRow("a width of no piece") << 2 << 6 << 9 << 2 << 5;
  QTest::newRow("many blocks") << 200 << 16 << 20 << 2 << 32;
}

void TestRelativeAttention::a_ring_equals_keys_in_order() {
  QFETCH(int, batch);
  QFETCH(int, length);
  QFETCH(int, memory);
  QFETCH(int, heads);
  QFETCH(int, d);
  const at::NoGradGuard no_grad;
  const int64_t all = memory + length;
  for (const int64_t window : {int64_t{0}, int64_t{memory}}) {
    at::manual_seed(4);
    const Attention shared = random_attention({batch, length, all, heads, d}, window);
    std::vector<at::Tensor> segments;  // queries, keys and values, as a joint projection gives them
    for (int step = 0; step < 5; ++step) segments.push_back(normal({batch, length, 3, heads, d}));
    const at::Tensor old_keys = normal({batch, memory, heads, d}),
                     old_values = normal({batch, memory, heads, d});
    for (const auto device : devices())
      for (const auto type : all_types) {
        const Attention own = shared.to(device, type);
        // The ring has turned before: its oldest row is somewhere.
        const int64_t start = all / 3;
        const at::Tensor seen =
            at::full({1}, 4 * all + start, at::TensorOptions(device).dtype(at::kLong));
        const auto ring_of = [&](const at::Tensor& old) {
          at::Tensor ring = at::full({batch, heads, memory > 0 ? all : 0, d},
                                     std::numeric_limits<float>::quiet_NaN(),
                                     at::TensorOptions(device).dtype(type));
          for (int64_t i = 0; i < memory; ++i)
            ring.select(2, (start + i) % all).copy_(old.select(1, i));
          // Slots that are to be written hold what a product with a share of 0 leaves 0.
          return at::nan_to_num_(ring, 0.5);
        };
        const at::Tensor ring_keys = ring_of(old_keys), ring_values = ring_of(old_values);
        at::Tensor keys = old_keys, values = old_values;
        for (const at::Tensor& segment : segments) {
          keys = at::cat({keys.narrow(1, keys.size(1) - memory, memory), segment.select(2, 1)}, 1);
          values =
              at::cat({values.narrow(1, values.size(1) - memory, memory), segment.select(2, 2)}, 1);
          const at::Tensor expected = defined({segment.select(2, 0), keys, values, shared.positions,
                                               shared.content_bias, shared.position_bias, window});
          const at::Tensor joint = segment.to(device, type);
          const at::Tensor found = relative_attention_step(
              joint.select(2, 0), joint.select(2, 1), joint.select(2, 2), ring_keys, ring_values,
              seen, own.positions, own.content_bias, own.position_bias, window);
          seen.add_(length);
          const double off = difference(found, expected);
          QVERIFY2(off <= tolerance_of(type), qPrintable(told("step", device, type, off)));
        }
      }
  }
}

void TestRelativeAttention::strided_arguments_give_the_same() {
  at::manual_seed(5);
  const Attention given = random_attention({2, 20, 45, 3, 32}, 0);
  for (const auto device : devices())
    for (const auto type : all_types) {
      Attention own = given.to(device, type);
      const at::Tensor straight = own.mixed();
      // Heads before rows, and rows that begin at no 16 bytes.
      own.query = own.query.transpose(1, 2).contiguous().transpose(1, 2);
      const auto shifted = [](const at::Tensor& tensor) {
        return at::constant_pad_nd(tensor, {1, 2}).narrow(-1, 1, tensor.size(-1));
      };
      own.key = shifted(own.key);
      own.positions = shifted(own.positions);
      own.content_bias = shifted(own.content_bias);
      QVERIFY(difference(own.mixed(), straight.to(at::kCPU, at::kDouble)) <= 1e-6);
    }
}

void TestRelativeAttention::is_the_same_each_time() {
  at::manual_seed(6);
  const Attention given = random_attention({3, 70, 200, 2, 64}, 0);
  const at::Tensor of = normal({3, 70, 2, 64});
  for (const auto device : devices())
    for (const auto type : all_types) {
      std::vector<at::Tensor> first;
      for (int time = 0; time < 3; ++time) {
        const Attention own = given.to(device, type, true);
        auto all = std::vector{own.mixed()};
        for (const auto& slope : gradients(all[0], of.to(device, type), own.learnt()))
          all.push_back(slope);
        if (time == 0) first = all;
        for (size_t i = 0; i < all.size(); ++i) QVERIFY(at::equal(all[i], first[i]));
      }
    }
}

void TestRelativeAttention::large_scores_do_not_overflow() {
  at::manual_seed(8);
  Attention given = random_attention({1, 33, 90, 2, 64}, 0);
  given.query = given.query * 64;
  const at::Tensor expected = defined(given);
  for (const auto device : devices())
    for (const auto type : all_types) {
      const double off = difference(given.to(device, type).mixed(), expected);
      QVERIFY2(off <= 2 * tolerance_of(type), qPrintable(told("output", device, type, off)));
    }
}

void TestRelativeAttention::bad_arguments_are_named_data() {
  QTest::addColumn<QString>("what");
  for (const char* what : {"query", "key", "value", "positions", "content_bias", "position_bias",
                           "type", "fewer", "window", "ring", "seen"})
    QTest::newRow(what) << what;
}

void TestRelativeAttention::bad_arguments_are_named() {
  QFETCH(QString, what);
  Attention a = random_attention({2, 4, 9, 2, 8}, 0);
  at::Tensor rings = at::zeros({2, 2, 9, 8}, at::kDouble), seen = at::zeros({1}, at::kLong);
  QString expected = what;
  if (what == "query") a.query = a.query.flatten(0, 1);
  if (what == "key") a.key = a.key.narrow(3, 0, 7);
  if (what == "value") a.value = a.value.narrow(1, 0, 8);
  if (what == "positions") a.positions = a.positions.narrow(0, 0, 8);
  if (what == "content_bias") a.content_bias = a.content_bias.narrow(0, 0, 1);
  if (what == "position_bias") a.position_bias = a.position_bias.flatten();
  if (what == "type") a.key = a.key.to(at::kFloat), expected = "key is Float, query Double";
  if (what == "fewer") {
    a.key = a.key.narrow(1, 0, 3), a.value = a.value.narrow(1, 0, 3);
    a.positions = a.positions.narrow(0, 0, 3);
  }
  if (what == "window") a.window = -1;
  const bool step = what == "ring" || what == "seen";
  if (what == "ring") rings = rings.narrow(2, 0, 8);
  if (what == "seen") seen = seen.to(at::kInt);
  try {
    if (step)
      relative_attention_step(a.query, a.key.narrow(1, 0, 4), a.value.narrow(1, 0, 4), rings, rings,
                              seen, a.positions, a.content_bias, a.position_bias, 0);
    else
      a.mixed();
    QFAIL("nothing is refused");
  } catch (const c10::Error& error) {
    const QString message = QString::fromStdString(error.what_without_backtrace());
    QVERIFY2(message.contains("relative_attention") && message.contains(expected),
             qPrintable(message));
  }
}

void TestRelativeAttention::a_second_derivative_is_refused() {
  const Attention own = random_attention({1, 3, 5, 1, 8}, 0).to(at::kCPU, at::kDouble, true);
  const auto slopes = [&] {
    return torch::autograd::grad({own.mixed().sum()}, {own.query}, {}, {}, /*create_graph=*/true);
  };
  QVERIFY_THROWS_EXCEPTION(c10::Error, slopes());
}

void TestRelativeAttention::a_captured_step_goes_on_turning() {
  SKIP_WITHOUT_GPU(devices().size() > 1, "capture in a graph, and all CUDA kernels, are not run");
#ifdef PLUMBLINE_CUDA
  const at::NoGradGuard no_grad;
  constexpr int64_t batch = 2, length = 24, memory = 40, heads = 3, d = 64;
  at::manual_seed(9);
  const at::Device device = devices()[1];
  const Attention own =
      random_attention({batch, length, length + memory, heads, d}, 0).to(device, at::kBFloat16);
  struct State {
    at::Tensor ring_keys, ring_values, seen;
  };
  const auto fresh = [&] {
    const auto options = at::TensorOptions(device).dtype(at::kBFloat16);
    return State{at::zeros({batch, heads, memory + length, d}, options),
                 at::zeros({batch, heads, memory + length, d}, options),
                 at::zeros({1}, options.dtype(at::kLong))};
  };
  const at::Tensor joint = at::zeros({batch, length, 3, heads, d}, own.query.options());
  const auto step = [&](const State& state) {
    const at::Tensor found = relative_attention_step(
        joint.select(2, 0), joint.select(2, 1), joint.select(2, 2), state.ring_keys,
        state.ring_values, state.seen, own.positions, own.content_bias, own.position_bias, 0);
    state.seen.add_(length);
    return found;
  };
  const State eager = fresh(), captured = fresh();
  at::cuda::CUDAGraph graph;
  at::Tensor found;
  {
    const auto stream = c10::cuda::getStreamFromPool();
    const c10::cuda::CUDAStreamGuard guard(stream);
    step(fresh());
    graph.capture_begin();
    found = step(captured);
    graph.capture_end();
  }
  for (int i = 0; i < 12; ++i) {
    joint.copy_(normal(joint.sizes()));
    graph.replay();
    at::cuda::getCurrentCUDAStream().synchronize();
    QVERIFY(at::equal(found, step(eager)));
  }
#endif
}

}  // namespace plumbline::test
