#include <QTemporaryDir>
#include <QtTest>
#include <chrono>
#include <cmath>
#include <thread>

#include <ATen/ATen.h>

#include "core/engine/inference/device.h"
#include "core/engine/sums/norm_over_ranks.h"
#include "core/engine/sums/rank_checks.h"
#include "core/engine/sums/step_agreement.h"
#include "core/engine/sums/summed_gradients.h"
#include "core/engine/training/trainer.h"
#include "tests/core/engine/tests.h"
#include "tests/core/engine/thread_ranks.h"
#include "tests/support/gpu_required.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

constexpr auto unheard = [](const TrainMetric&) {};

struct SharedCase {
  TrainSettings settings;
  ClassifierShape shape;
  TrainData data;
};

SharedCase shared_case(const std::string& architecture, int validation) {
  SharedCase made;
  TrainRequest request;
  request.architecture = architecture;
  request.epochs = 2;
  request.batch = 24;
  // So small that rounding does not grow: LibTorch's batch normalisation of channels-last tensors
  // on the CPU differs from float64 by 1e-6, ours over ranks by 1e-7.
  request.learning_rate = 0.001;
  request.augment = "crop-flip";
  request.device = "cpu";
  made.settings = value(train_settings(request));
  const std::int64_t side = 16, count = 100, classes = 3;
  made.shape = {3, side, side, classes};
  at::manual_seed(6);
  made.data.images = at::randn({count, side, side, 3});
  const auto labels = [&](std::int64_t samples) -> at::Tensor {
    if (!made.settings.architecture->detector) return at::randint(0, classes, {samples}, at::kLong);
    // None to three objects an image, so that shares have different numbers of them.
    const at::Tensor corner = at::rand({samples, 3, 2}) * 8;
    const at::Tensor far = corner + 2 + at::rand({samples, 3, 2}) * 6;
    const at::Tensor of = at::randint(-3, classes, {samples, 3, 1}).to(at::kFloat).clamp_min(-1);
    return at::cat({corner, far, of}, 2);
  };
  made.data.labels = labels(count);
  made.data.validation_images = at::randn({validation, side, side, 3});
  made.data.validation_labels = labels(validation);
  return made;
}

struct SharedCourse {
  std::vector<TrainMetric> history;
  NamedTensors weights;
};

SharedCourse course_of(const SharedCase& of, RankSum* ranks, Result<void>* failed = nullptr) {
  Trainer trainer(of.settings, of.shape, of.data, ranks);
  while (!trainer.finished())
    if (auto stepped = trainer.step(unheard); !stepped) {
      if (failed != nullptr) *failed = stepped;
      break;
    }
  SharedCourse course{trainer.history(), {}};
  for (const auto& [name, tensor] : trainer.weights(false))
    course.weights.emplace_back(name, tensor.clone());
  return course;
}

/// The largest difference of two numbers of the histories, as a part of the number; infinite where
/// they are of other things.
double largest_difference(const std::vector<TrainMetric>& a, const std::vector<TrainMetric>& b) {
  if (a.size() != b.size()) return INFINITY;
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].name != b[i].name || a[i].step != b[i].step) return INFINITY;
    most = std::max(most, std::abs(a[i].value - b[i].value) / std::max(1e-3, std::abs(a[i].value)));
  }
  return most;
}

}  // namespace

void TestSharedTraining::ranks_train_as_one_process_data() {
  QTest::addColumn<QString>("architecture");
  QTest::addColumn<int>("ranks");
  QTest::addColumn<int>("validation");
  QTest::newRow("lenet5 by 2, validation in parts") << "lenet5" << 2 << 2100;
  QTest::newRow("lenet5 by 3") << "lenet5" << 3 << 30;
  QTest::newRow("resnet20 by 2") << "resnet20" << 2 << 30;
  QTest::newRow("resnet20 by 4") << "resnet20" << 4 << 30;
  QTest::newRow("a detector by 2") << "centernet-small" << 2 << 30;
  QTest::newRow("a detector by 4") << "centernet-small" << 4 << 30;
}

void TestSharedTraining::ranks_train_as_one_process() {
  QFETCH(QString, architecture);
  QFETCH(int, ranks);
  QFETCH(int, validation);
  const SharedCase one = shared_case(architecture.toStdString(), validation);
  Result<void> failed;
  const SharedCourse alone = course_of(one, nullptr, &failed);
  succeed(failed);
  QCOMPARE(alone.history.empty(), false);
  std::vector<SharedCourse> courses(static_cast<std::size_t>(ranks));
  ThreadRanks(ranks).run(
      [&](RankSum& sum) { courses[std::size_t(sum.rank())] = course_of(one, &sum); });
  for (const SharedCourse& course : courses) {
    const double difference = largest_difference(alone.history, course.history);
    // Sums in another order, by as many threads as there are; a mistake would be seen in the third
    // digit.
    QVERIFY2(difference < 1e-4, qPrintable(QString::number(difference)));
    // All ranks have the same bits, or they would drift apart.
    QCOMPARE(largest_difference(courses[0].history, course.history), 0.0);
    for (std::size_t i = 0; i < course.weights.size(); ++i) {
      const auto& [name, tensor] = course.weights[i];
      QVERIFY2(at::equal(tensor, courses[0].weights[i].second), name.c_str());
      // Of a bias that is still near zero the sums' order is a large part.
      QVERIFY2(at::allclose(tensor, alone.weights[i].second, 1e-3, 1e-4), name.c_str());
    }
  }
}

void TestSharedTraining::a_checkpoint_is_of_any_number_of_ranks() {
  const SharedCase one = shared_case("resnet20", 30);
  const std::string file = "checkpoint";
  QTemporaryDir folder;
  const auto path = folder.filePath("c.safetensors").toStdString();
  std::vector<SharedCourse> whole(2), resumed(2);
  std::vector<int> good(2, 0);
  // Five of eight steps, one of them in the second epoch: then again from what rank 0 saved.
  ThreadRanks(2).run([&](RankSum& sum) {
    const auto rank = std::size_t(sum.rank());
    whole[rank] = course_of(one, &sum);
    Trainer first(one.settings, one.shape, one.data, &sum);
    for (int i = 0; i < 5; ++i) good[rank] += first.step(unheard).has_value();
    if (sum.rank() == 0) good[rank] += save_tensors(path, first.place(), first.state()).has_value();
    sum.gathered(at::zeros({}));  // written
  });
  QCOMPARE(good[0] + good[1], 11);
  const auto saved = value(SafetensorsFile::open(path));
  const auto rest = [&](RankSum* sum) {
    Trainer second(one.settings, one.shape, one.data, sum);
    SharedCourse course;
    if (!second.restore(saved, file)) return course;
    while (!second.finished() && second.step(unheard)) {
    }
    return SharedCourse{second.history(), second.weights(false)};
  };
  ThreadRanks(2).run([&](RankSum& sum) { resumed[std::size_t(sum.rank())] = rest(&sum); });
  for (const SharedCourse& course : resumed) {
    QCOMPARE(largest_difference(whole[0].history, course.history), 0.0);
    for (std::size_t i = 0; i < course.weights.size(); ++i)
      QVERIFY(at::equal(course.weights[i].second, whole[0].weights[i].second));
  }
  // By one process: the same course, with other roundings.
  QVERIFY(largest_difference(whole[0].history, rest(nullptr).history) < 1e-5);
}

void TestSharedTraining::norms_are_those_of_the_whole_batch() {
  constexpr int ranks = 3, share = 4, channels = 5;
  at::manual_seed(7);
  // Far from 0, where sums of squares would lose what they are subtracted for.
  const at::Tensor x = at::randn({ranks * share, channels, 6, 3}) * 0.5 + 40;
  const at::Tensor above = at::randn_like(x);
  const auto parameters = [] {
    return std::vector<at::Tensor>{at::linspace(0.5, 1.5, channels), at::linspace(-1, 1, channels),
                                   at::full({channels}, 3.0), at::full({channels}, 2.0)};
  };
  auto expected = parameters();
  at::Tensor whole = x.clone().requires_grad_();
  for (int i = 0; i < 2; ++i) expected[std::size_t(i)].requires_grad_();
  const at::Tensor out = at::batch_norm(whole, expected[0], expected[1], expected[2], expected[3],
                                        true, 0.1, 1e-5, false);
  out.backward(above);
  std::vector<at::Tensor> outs(ranks), by_x(ranks), by_weight(ranks), by_bias(ranks);
  std::vector<std::vector<at::Tensor>> running(ranks);
  ThreadRanks(ranks).run([&](RankSum& sum) {
    const auto rank = std::size_t(sum.rank());
    auto own = parameters();
    const auto part = [&](const at::Tensor& all) {
      return all.narrow(0, sum.rank() * share, share).clone();
    };
    at::Tensor input = part(x).requires_grad_();
    for (int i = 0; i < 2; ++i) own[std::size_t(i)].requires_grad_();
    const at::Tensor normal =
        norm_over_ranks(sum, input, own[0], own[1], own[2], own[3], 0.1, 1e-5);
    normal.backward(part(above));
    outs[rank] = normal.detach();
    by_x[rank] = input.grad();
    by_weight[rank] = own[0].grad();
    by_bias[rank] = own[1].grad();
    running[rank] = {own[2], own[3]};
  });
  const auto close = [](const at::Tensor& a, const at::Tensor& b) {
    return at::allclose(a, b, 1e-4, 1e-4);
  };
  QVERIFY(close(at::cat(outs), out.detach()));
  QVERIFY(close(at::cat(by_x), whole.grad()));
  QVERIFY(close(at::stack(by_weight).sum(0), expected[0].grad()));
  QVERIFY(close(at::stack(by_bias).sum(0), expected[1].grad()));
  for (const auto& [mean, variance] :
       {std::pair(running[0][0], running[0][1]), std::pair(running[2][0], running[2][1])}) {
    QVERIFY(at::allclose(mean, expected[2], 1e-6, 1e-6));
    QVERIFY(at::allclose(variance, expected[3], 1e-5, 1e-6));
  }
}

void TestSharedTraining::norms_of_one_rank_are_the_usual_ones_data() {
  QTest::addColumn<QString>("device");
  QTest::addColumn<QString>("precision");
  QTest::newRow("CPU") << "cpu"
                       << "fp32";
  QTest::newRow("GPU") << "cuda"
                       << "fp32";
  QTest::newRow("GPU, bf16") << "cuda"
                             << "bf16";
}

void TestSharedTraining::norms_of_one_rank_are_the_usual_ones() {
  QFETCH(QString, device);
  QFETCH(QString, precision);
  const auto found = parse_device(device.toStdString());
  if (device == "cuda") SKIP_WITHOUT_GPU(found, "batch normalisation over ranks by its kernels");
  const auto type = scalar_type(value(parse_precision(precision.toStdString())));
  constexpr std::int64_t channels = 24;
  at::manual_seed(8);
  const at::Tensor x = (at::randn({16, channels, 8, 8}) * 2 + 3)
                           .to(*found, type)
                           .contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor above =
      at::randn({16, channels, 8, 8}).to(*found, type).contiguous(at::MemoryFormat::ChannelsLast);
  LoneRank lone(*found);
  std::vector<std::vector<at::Tensor>> results;
  for (RankSum* sum : {static_cast<RankSum*>(nullptr), static_cast<RankSum*>(&lone)}) {
    const auto options = at::TensorOptions(*found).dtype(at::kFloat);
    at::Tensor input = x.clone().requires_grad_();
    at::Tensor weight = at::linspace(0.5, 1.5, channels, options).requires_grad_(),
               bias = at::linspace(-1, 1, channels, options).requires_grad_();
    const at::Tensor mean = at::zeros({channels}, options),
                     variance = at::ones({channels}, options);
    const at::Tensor out =
        sum != nullptr ? norm_over_ranks(*sum, input, weight, bias, mean, variance, 0.1, 1e-5)
                       : at::batch_norm(input, weight, bias, mean, variance, true, 0.1, 1e-5, true);
    QVERIFY(out.is_contiguous(at::MemoryFormat::ChannelsLast));
    out.backward(above);
    results.push_back({out.detach(), input.grad(), weight.grad(), bias.grad(), mean, variance});
  }
  const double near = type == at::kFloat ? 1e-4 : 2e-2;
  for (std::size_t i = 0; i < results[0].size(); ++i)
    QVERIFY2(at::allclose(results[0][i].to(at::kFloat), results[1][i].to(at::kFloat), near, near),
             qPrintable(QString::number(i)));
}

void TestSharedTraining::gradients_keep_their_shapes_and_strides() {
  std::vector<std::vector<at::Tensor>> own(2), summed(2);
  std::vector<at::Tensor> figures(2);
  for (int rank = 0; rank < 2; ++rank) {
    const double f = 1 + rank;
    own[std::size_t(rank)] = {
        (at::arange(48.0).view({2, 3, 4, 2}) * f).contiguous(at::MemoryFormat::ChannelsLast),
        at::full({5}, f, at::kBFloat16), at::full({}, 10 * f),
        at::arange(6.0).view({2, 3}).t() * f};
    figures[std::size_t(rank)] = at::tensor({f, 2 * f}, at::kFloat);
  }
  ThreadRanks(2).run([&](RankSum& sum) {
    const auto rank = std::size_t(sum.rank());
    summed[rank] = summed_gradients(sum, own[rank], figures[rank]);
  });
  for (std::size_t rank = 0; rank < 2; ++rank) {
    QVERIFY(at::equal(figures[rank], at::tensor({3.0, 6.0}, at::kFloat)));
    for (std::size_t i = 0; i < own[0].size(); ++i) {
      QVERIFY(summed[rank][i].scalar_type() == at::kFloat);
      QVERIFY(summed[rank][i].strides() == own[rank][i].strides());
      QVERIFY(at::equal(summed[rank][i], own[0][i].to(at::kFloat) + own[1][i].to(at::kFloat)));
    }
  }
}

void TestSharedTraining::all_ranks_stop_after_the_same_step() {
  constexpr int ranks = 3;
  std::vector<int> stopped(ranks, -1), saved(ranks, 0);
  ThreadRanks(ranks).run([&](RankSum& sum) {
    const auto rank = std::size_t(sum.rank());
    StepAgreement agreement(&sum);
    for (int step = 0; step < 5000; ++step) {
      // Each is as fast as it is; the last rank is asked to stop, and only rank 0's wish to save
      // counts.
      std::this_thread::sleep_for(std::chrono::microseconds(50 * (1 + sum.rank())));
      if (!agreement.due()) continue;
      const StepWishes agreed =
          agreement.agree({.save = rank == 0 ? step < 100 : true, .stop = rank == 2 && step > 300});
      saved[rank] += agreed.save ? 1 : 0;
      if (!agreed.stop) continue;
      stopped[rank] = step;
      break;
    }
  });
  QVERIFY2(stopped[0] > 300, qPrintable(QString::number(stopped[0])));
  QVERIFY(stopped[1] == stopped[0] && stopped[2] == stopped[0]);
  QVERIFY(saved[0] > 0 && saved[0] < 100);
  QVERIFY(saved[1] == saved[0] && saved[2] == saved[0]);
  // Alone, one's own wishes count.
  StepAgreement alone(nullptr);
  const StepWishes own = alone.agree({.save = true, .stop = false});
  QVERIFY(own.save && !own.stop);
}

void TestSharedTraining::what_ranks_cannot_share_is_refused() {
  QVERIFY(check_share(1024, 2, "--batch") && check_share(7, 1, "--batch"));
  const auto odd = check_share(1023, 2, "--batch");
  QVERIFY(!odd && odd.error().kind == ErrorKind::usage);
  QCOMPARE(to_string(odd.error()),
           std::string("--batch: a batch of 1023 cannot be divided equally among 2 ranks (1022 or "
                       "1024 can)"));
  const auto few = check_share(2, 4, "--batch");
  QVERIFY(!few && few.error().hint == "4 can, or fewer ranks");
  const std::string two = "2";
  QCOMPARE(other_ranks_note(&two, 2), std::string());
  QCOMPARE(other_ranks_note(nullptr, 1), std::string());
  QVERIFY(other_ranks_note(&two, 1).find("begun by 2 ranks and is continued by one process") !=
          std::string::npos);
  std::vector<std::string> said(2);
  ThreadRanks(2).run([&](RankSum& sum) {
    const auto same = check_same_on_ranks(&sum, 7, "images");
    const auto other = check_same_on_ranks(&sum, 5 + sum.rank(), "images");
    said[std::size_t(sum.rank())] = same && !other ? other.error().message : "";
  });
  for (const auto& message : said)
    QCOMPARE(message, std::string("the ranks do not see the same files: 5 on rank 0, 6 on rank 1"));
}

}  // namespace plumbline::test
