#include <QtTest>

#include <cmath>

#include <ATen/ATen.h>

#include "core/engine/planer/attention.h"
#include "tests/core/engine/planer/planer_fixture.h"
#include "tests/core/engine/planer/reference_attention.h"
#include "tests/core/engine/planer/tests.h"

namespace plumbline::test {

namespace {

AttentionWeights random_weights(std::int64_t model, std::int64_t heads, std::int64_t d) {
  const auto make = [&](std::vector<std::int64_t> shape) {
    return at::randn(shape, at::kDouble).mul_(0.5).requires_grad_();
  };
  AttentionWeights weights;
  weights.heads = heads;
  weights.d_head = d;
  weights.query = make({heads * d, model});
  weights.key = make({heads * d, model});
  weights.value = make({heads * d, model});
  weights.position = make({heads * d, model});
  weights.output = make({model, heads * d});
  weights.content_bias = make({heads, d});
  weights.position_bias = make({heads, d});
  return weights;
}

SegmentContext context_of(std::int64_t length, std::int64_t memory, std::int64_t model) {
  SegmentContext context;
  context.length = length;
  context.keys = length + memory;
  context.mask = attention_mask(length, memory, false, memory).to(at::kDouble);
  context.distances = sinusoids(context.keys, model, 0).to(at::kDouble);
  return context;
}

}  // namespace

void TestAttention::equals_its_definition_data() {
  QTest::addColumn<int>("length");
  QTest::addColumn<int>("memory");
  QTest::addColumn<int>("heads");
  QTest::newRow("no memory") << 5 << 0 << 2;
  QTest::newRow("memory") << 4 << 7 << 3;
  QTest::newRow("one token") << 1 << 6 << 2;
  QTest::newRow("longer than its memory") << 6 << 2 << 1;
}

void TestAttention::equals_its_definition() {
  QFETCH(int, length);
  QFETCH(int, memory);
  QFETCH(int, heads);
  constexpr std::int64_t model = 8, d = 4, batch = 2;
  at::manual_seed(11);
  const AttentionWeights weights = random_weights(model, heads, d);
  const at::Tensor x = at::randn({batch, length, model}, at::kDouble).requires_grad_();
  const at::Tensor before =
      memory > 0 ? at::randn({batch, memory, model}, at::kDouble) : at::Tensor();
  // The sinusoids are float32.
  constexpr double tolerance = 1e-6;
  const at::Tensor ours = attend(weights, x, before, context_of(length, memory, model));
  const at::Tensor theirs = reference_attention(weights, x, before);
  QVERIFY2(at::allclose(ours, theirs, tolerance, tolerance),
           qPrintable(QString::number((ours - theirs).abs().max().item<double>())));

  const std::vector<at::Tensor> inputs = {x,
                                          weights.query,
                                          weights.key,
                                          weights.value,
                                          weights.position,
                                          weights.content_bias,
                                          weights.position_bias};
  const at::Tensor weighing = at::randn(ours.sizes(), at::kDouble);
  const auto gradients = [&](const at::Tensor& output) {
    for (const auto& input : inputs) input.mutable_grad().reset();
    (output * weighing).sum().backward();
    std::vector<at::Tensor> all;
    for (const auto& input : inputs) all.push_back(input.grad().clone());
    return all;
  };
  const auto own = gradients(ours), reference = gradients(theirs);
  for (std::size_t i = 0; i < own.size(); ++i)
    QVERIFY2(at::allclose(own[i], reference[i], tolerance, tolerance),
             qPrintable(QString("input %1: %2")
                            .arg(i)
                            .arg((own[i] - reference[i]).abs().max().item<double>())));
}

void TestAttention::first_heads_are_an_attention() {
  constexpr std::int64_t model = 8, d = 4;
  at::manual_seed(5);
  const at::NoGradGuard no_grad;
  const AttentionWeights four = random_weights(model, 4, d);
  const at::Tensor x = at::randn({2, 5, model}, at::kDouble),
                   memory = at::randn({2, 3, model}, at::kDouble);
  const SegmentContext context = context_of(5, 3, model);
  const at::Tensor all = attend(four, x, memory, context),
                   two = attend(four.first(2), x, memory, context);
  QCOMPARE(two.size(2), 2 * d);
  QVERIFY(at::allclose(all.narrow(2, 0, 2 * d), two, 1e-12, 1e-12));
}

void TestAttention::masks_are_as_published() {
  // Length 3 after 2 of memory: token i sees the memory and itself.
  const auto sees = [](const at::Tensor& mask) {
    std::string rows;
    for (std::int64_t i = 0; i < mask.size(0); ++i) {
      for (std::int64_t j = 0; j < mask.size(1); ++j)
        rows += std::isfinite(mask[i][j].item<float>()) ? '1' : '0';
      rows += ' ';
    }
    return rows;
  };
  QCOMPARE(sees(attention_mask(3, 2, false, 2)), std::string("11100 11110 11111 "));
  // All see as many: the memory's capacity before their own place.
  QCOMPARE(sees(attention_mask(3, 2, true, 2)), std::string("01100 00110 00011 "));
  // While the memory fills nothing is hidden but the future.
  QCOMPARE(sees(attention_mask(3, 0, true, 4)), std::string("100 110 111 "));
}

}  // namespace plumbline::test
