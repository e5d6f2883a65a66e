#include <QtTest>

#include <cmath>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#endif

#ifdef PLUMBLINE_CUDA
#include "kernels/cuda/routed_experts_paths.h"
#endif
#include "kernels/routed_experts.h"
#include "tests/kernels/batches.h"
#include "tests/kernels/tests.h"
#include "tests/support/gpu_required.h"

namespace plumbline::test {

using kernels::routed_experts;

namespace {

/// The arguments of the op, in its order.
struct Layer {
  at::Tensor x, gate, w1, b1, w2, b2;

  Layer to(at::Device device, at::ScalarType type) const {
    const auto moved = [&](const at::Tensor& tensor) { return tensor.to(device, type); };
    return {moved(x), moved(gate), moved(w1), moved(b1), moved(w2), moved(b2)};
  }
  at::Tensor mixed(int64_t top_k, bool gelu) const {
    return routed_experts(x, gate, w1, b1, w2, b2, top_k, gelu);
  }
  /// On a GPU, by the products that every device has.
  at::Tensor mixed_as_everywhere(int64_t top_k, bool gelu) const {
#ifdef PLUMBLINE_CUDA
    if (x.is_cuda())
      return kernels::routed_experts_on_cuda(x, gate, w1, b1, w2, b2, top_k, gelu,
                                             kernels::ProductTiles::of_every_device);
#endif
    return mixed(top_k, gelu);
  }
  at::Tensor mixed(int64_t top_k, bool gelu, bool as_everywhere) const {
    return as_everywhere ? mixed_as_everywhere(top_k, gelu) : mixed(top_k, gelu);
  }
};

/// In double, rounded to bfloat16's values; `even` false: most tokens go to one expert; those from
/// `idle_from` on have none. Rows of the gate are whole halves and so are tokens where it looks, so
/// that no type rounds a choice away.
Layer random_layer(int64_t tokens, int64_t d, int64_t inner, int64_t experts, bool even,
                   int64_t idle_from = 32) {
  const auto normal = [](at::IntArrayRef sizes, double scale) {
    return (at::randn(sizes, at::kDouble) * scale).to(at::kBFloat16).to(at::kDouble);
  };
  Layer layer{normal({tokens, d}, 1),
              at::zeros({experts, d}, at::kDouble),
              normal({experts, d, inner}, 1 / std::sqrt(double(d))),
              normal({experts, inner}, 0.3),
              normal({experts, inner, d}, 1 / std::sqrt(double(inner))),
              normal({experts, d}, 0.3)};
  // Column e of a token is its logit for expert e: a permutation of 0, 1/2, 1 …
  for (int64_t expert = 0; expert < experts; ++expert) layer.gate[expert][expert] = 1;
  const at::Tensor ranks = at::rand({tokens, experts}, at::kDouble).argsort(int64_t{1});
  layer.x.narrow(1, 0, experts).copy_(ranks.to(at::kDouble) * 0.5);
  if (!even && experts > 1) layer.x.select(1, experts / 2).add_(static_cast<double>(experts));
  for (int64_t expert = idle_from; expert < experts; ++expert)
    layer.x.select(1, expert).sub_(static_cast<double>(2 * experts));
  return layer;
}

/// The definition, token by token.
at::Tensor defined(const Layer& layer, int64_t top_k, bool gelu) {
  const at::Tensor probabilities = at::matmul(layer.x, layer.gate.t()).softmax(-1);
  at::Tensor all = at::zeros_like(layer.x);
  for (int64_t token = 0; token < layer.x.size(0); ++token) {
    const auto [share, choice] = probabilities[token].topk(top_k);
    for (int64_t j = 0; j < top_k; ++j) {
      const int64_t expert = choice[j].item<int64_t>();
      const at::Tensor weight = top_k == 1 ? share[0] : share[j] / share.sum();
      at::Tensor hidden = at::mv(layer.w1[expert].t(), layer.x[token]) + layer.b1[expert];
      hidden = gelu ? at::gelu(hidden, "tanh") : at::relu(hidden);
      all[token] += weight * (at::mv(layer.w2[expert].t(), hidden) + layer.b2[expert]);
    }
  }
  return all;
}

double tolerance_of(at::ScalarType type) {
  switch (type) {
    case at::kDouble: return 1e-6;  // weights of experts are float32
    case at::kFloat: return 1e-5;
    case at::kHalf: return 3e-3;
    default: return 2e-2;
  }
}

}  // namespace

void TestRoutedExperts::equals_its_definition_data() {
  QTest::addColumn<int>("tokens");
  QTest::addColumn<int>("d");
  QTest::addColumn<int>("inner");
  QTest::addColumn<int>("experts");
  QTest::addColumn<bool>("even");
  const auto row = [](const char* name, int tokens, int d, int inner, int experts, bool even) {
    QTest::newRow(name) << tokens << d << inner << experts << even;
  };
  row("few tokens", 33, 64, 96, 8, true);
  row("one token", 1, 64, 96, 8, true);
  row("no tokens", 0, 64, 96, 8, true);
  row("nearly all at one expert", 150, 64, 96, 8, false);
  row("two experts", 20, 64, 96, 2, true);
  row("many experts", 100, 64, 40, 32, true);
  row("a number of experts between", 70, 64, 40, 11, true);
  row("of no piece's width", 30, 20, 28, 4, true);
  row("tiles of 64 rows", 400, 72, 136, 8, true);
  row("tiles of 128 rows", 700, 72, 264, 4, true);
  row("tiles of 128 rows, of the longest", 600, 40, 520, 2, false);
}

void TestRoutedExperts::equals_its_definition() {
  QFETCH(int, tokens);
  QFETCH(int, d);
  QFETCH(int, inner);
  QFETCH(int, experts);
  QFETCH(bool, even);
  const at::NoGradGuard no_grad;
  at::manual_seed(6);
  const Layer layer = random_layer(tokens, d, inner, experts, even);
  for (const int64_t top_k : {1, 2})
    for (const bool gelu : {false, true}) {
      const at::Tensor expected = defined(layer, top_k, gelu);
      for (const auto device : devices())
        for (const auto type : {at::kDouble, at::kFloat, at::kBFloat16, at::kHalf}) {
          const Layer own = layer.to(device, type);
          for (const bool as_everywhere : {false, true}) {
            if (as_everywhere && !own.x.is_cuda()) continue;
            const at::Tensor found = own.mixed(top_k, gelu, as_everywhere);
            QVERIFY(found.scalar_type() == type && found.sizes() == expected.sizes());
            if (found.numel() == 0) continue;
            const double off = (found.to(at::kCPU, at::kDouble) - expected).norm().item<double>() /
                               expected.norm().item<double>();
            QVERIFY2(off <= tolerance_of(type),
                     qPrintable(QString("top-%1, %2 in %3%4: off by %5")
                                    .arg(top_k)
                                    .arg(QString::fromStdString(device.str()),
                                         QString::fromLatin1(c10::toString(type)),
                                         QString(as_everywhere ? ", every device's products" : ""))
                                    .arg(off)));
            QVERIFY(at::equal(found, own.mixed(top_k, gelu, as_everywhere)));
          }
        }
    }
}

void TestRoutedExperts::many_tiles_equal_double_precision_data() {
  QTest::addColumn<int>("tokens");
  QTest::addColumn<int>("d");
  QTest::addColumn<int>("inner");
  QTest::addColumn<bool>("even");
  QTest::addColumn<int>("idle_from");
  const auto row = [](const char* name, int tokens, int d, int inner, bool even, int idle_from) {
    QTest::newRow(name) << tokens << d << inner << even << idle_from;
  };
  // Tiles of 128 × 256: more than two rounds of an H200's 132 processors and a rest in halves, and
  // a rest in quarters; less than one round. Eight experts.
  row("two rounds and a rest", 9000, 256, 1024, true, 8);
  row("several rounds, most tokens at one expert", 5000, 512, 2048, false, 8);
  row("a part of a round", 1024, 512, 512, true, 8);
  // Both layers' products are turned up to 1,024 rows an expert, beyond that fed on 132 processors;
  // no width is one of tiles.
  row("as many rows as are turned", 8192, 264, 776, true, 8);
  row("more rows than are turned", 8200, 264, 776, true, 8);
  row("turned, experts without tokens", 3000, 264, 776, true, 3);
  row("fed, experts without tokens", 9000, 264, 776, true, 3);
  row("fed, experts without tokens, most at one", 9000, 264, 776, false, 5);
}

/// Blocks take tile after tile there, and stages of shared memory go round many times.
void TestRoutedExperts::many_tiles_equal_double_precision() {
  SKIP_WITHOUT_GPU(devices().size() > 1, "products of many tiles are not run");
  QFETCH(int, tokens);
  QFETCH(int, d);
  QFETCH(int, inner);
  QFETCH(bool, even);
  QFETCH(int, idle_from);
  const at::NoGradGuard no_grad;
  at::manual_seed(8);
  const Layer layer = random_layer(tokens, d, inner, 8, even, idle_from);
  for (const int64_t top_k : {1, 2}) {
    // In double it is a loop over experts, by LibTorch.
    const at::Tensor expected = layer.to(devices().back(), at::kDouble).mixed(top_k, false);
    for (const auto type : {at::kBFloat16, at::kHalf}) {
      const Layer own = layer.to(devices().back(), type);
      for (const bool as_everywhere : {false, true}) {
        const at::Tensor found = own.mixed(top_k, false, as_everywhere);
        // No row is far off: one that was never written is hidden in a norm over all.
        const at::Tensor off = (found.to(at::kDouble) - expected).norm(2, 1);
        const double most = (off / expected.norm(2, 1)).max().item<double>();
        QVERIFY2(most <= 2 * tolerance_of(type),
                 qPrintable(QString("top-%1, %2%3: off by %4")
                                .arg(top_k)
                                .arg(QString::fromLatin1(c10::toString(type)),
                                     QString(as_everywhere ? ", every device's products" : ""))
                                .arg(most)));
        for (int again = 0; again < 3; ++again)
          QVERIFY(at::equal(found, own.mixed(top_k, false, as_everywhere)));
      }
    }
  }
}

void TestRoutedExperts::a_tile_has_any_number_of_rows_data() {
  QTest::addColumn<int>("rows");
  QTest::addColumn<int>("inner");
  const auto row = [](int rows, int inner, const char* products) {
    QTest::addRow("%d %s", rows, products) << rows << inner;
  };
  for (const int rows : {1, 8, 31, 32, 33, 64, 65, 96, 97, 128, 129, 144, 145, 160, 161, 289, 330})
    row(rows, 328, "turned");
  // The first layer's products are fed.
  for (const int rows : {1920, 1921, 1983, 1984, 1985, 2047}) row(rows, 2056, "fed");
}

/// A group's rows are shared evenly among its turned tiles: products of every height, and one row
/// more. Of fed tiles the last has any number of rows, and where these are one half's, the other
/// half has nothing to do.
void TestRoutedExperts::a_tile_has_any_number_of_rows() {
  SKIP_WITHOUT_GPU(devices().size() > 1, "products of many tiles are not run");
  QFETCH(int, rows);
  QFETCH(int, inner);
  const at::NoGradGuard no_grad;
  at::manual_seed(9);
  // The first expert has so many tokens, the second two hundred.
  const int tokens = rows + 200;
  Layer layer = random_layer(tokens, 136, inner, 2, true);
  layer.x.narrow(1, 0, 2).zero_();
  layer.x.select(1, 0).narrow(0, 0, rows).fill_(1);
  layer.x.select(1, 1).narrow(0, rows, 200).fill_(1);
  layer.x.copy_(layer.x.index_select(0, at::randperm(tokens)));
  const at::Tensor expected = layer.to(devices().back(), at::kDouble).mixed(1, true);
  for (const auto type : {at::kBFloat16, at::kHalf}) {
    const Layer own = layer.to(devices().back(), type);
    const at::Tensor found = own.mixed(1, true);
    const at::Tensor off = (found.to(at::kDouble) - expected).norm(2, 1);
    const double most = (off / expected.norm(2, 1)).max().item<double>();
    QVERIFY2(most <= 2 * tolerance_of(type),
             qPrintable(
                 QString("%1: off by %2").arg(QString::fromLatin1(c10::toString(type))).arg(most)));
    QVERIFY(at::equal(found, own.mixed(1, true)));
  }
}

void TestRoutedExperts::a_graph_follows_its_inputs() {
  SKIP_WITHOUT_GPU(devices().size() > 1, "capture in a graph, and CUDA kernels, are not run");
#ifdef PLUMBLINE_CUDA
  const at::NoGradGuard no_grad;
  at::manual_seed(7);
  // An expert has 1,050 rows (fed products, then turned ones), 275 and 75 (turned ones) and 10.
  for (const int tokens : {4200, 1100, 300, 40})
    for (const bool as_everywhere : {false, true}) {
      const int inner = tokens > 2000 ? 520 : 128;
      const Layer own =
          random_layer(tokens, 64, inner, 8, true).to(devices().back(), at::kBFloat16);
      at::cuda::CUDAGraph graph;
      at::Tensor captured;
      {
        const auto stream = c10::cuda::getStreamFromPool();
        const c10::cuda::CUDAStreamGuard guard(stream);
        own.mixed(2, false, as_everywhere);
        graph.capture_begin();
        captured = own.mixed(2, false, as_everywhere);
        graph.capture_end();
      }
      for (const bool even : {true, false, true}) {
        own.x.copy_(random_layer(tokens, 64, inner, 8, even).x);
        graph.replay();
        at::cuda::getCurrentCUDAStream().synchronize();
        QVERIFY(at::equal(captured, own.mixed(2, false, as_everywhere)));
      }
    }
#endif
}

}  // namespace plumbline::test
