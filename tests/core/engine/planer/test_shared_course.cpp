#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <fstream>

#include <ATen/ATen.h>

#include "core/engine/planer/course.h"
#include "core/engine/planer/weight_trainer.h"
#include "tests/core/engine/planer/planer_fixture.h"
#include "tests/core/engine/planer/tests.h"
#include "tests/core/engine/thread_ranks.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

constexpr std::int64_t course_steps = 24;

/// A network of random weights on a text, trained alone or by a rank.
struct SharedModel {
  SharedModel(const BackboneConfig& config, const Architecture& options, const at::Tensor& text,
              double balance, RankSum* ranks)
      : architecture(options),
        model(config, options_of(options), 1, at::kCPU, at::kFloat),
        trainer(model, value(TokenLanes::make(text, {0, text.size(0)}, 4, 6, "text")),
                settings(balance), std::nullopt, ranks) {}

  static WeightTrainerSettings settings(double balance) {
    WeightTrainerSettings settings;
    settings.steps = course_steps;
    settings.warm_up = 5;
    settings.memory = 6;
    settings.learning_rate = 3e-3;
    settings.balance = balance;
    return settings;
  }
  void step() { trainer.step({architecture, {}}); }

  Architecture architecture;
  LanguageModel model;
  WeightTrainer trainer;
};

struct LossCourse {
  std::vector<double> losses, norms;
  NamedTensors weights;
};

LossCourse to_the_end(SharedModel& model) {
  LossCourse course;
  while (model.trainer.done() < model.trainer.steps()) {
    model.step();
    const auto reading = model.trainer.read();
    course.losses.push_back(reading.loss);
    course.norms.push_back(reading.gradient);
  }
  for (const auto& [name, tensor] : model.model.parameters().masters())
    course.weights.emplace_back(name, tensor.clone());
  return course;
}

double largest_difference_of(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return INFINITY;
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    most = std::max(most, std::abs(a[i] - b[i]) / std::abs(a[i]));
  return most;
}

bool same_bits(const NamedTensors& a, const NamedTensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!at::equal(a[i].second, b[i].second)) return false;
  return a.size() == b.size();
}

/// Words of three clusters, of which the rare ones are in few lanes only.
BackboneConfig with_clusters() {
  BackboneConfig config = small_backbone();
  config.vocabulary = 30;
  config.cutoffs = {10, 20};
  config.d_embed = config.d_model;
  return config;
}

at::Tensor rare_words(std::int64_t vocabulary) {
  at::manual_seed(9);
  at::Tensor text = at::randint(0, std::min<std::int64_t>(vocabulary, 10), {400}, at::kByte);
  text.narrow(0, 320, 40).fill_(vocabulary - 1);
  text.narrow(0, 30, 10).fill_(vocabulary / 2);
  return text;
}

}  // namespace

void TestSharedCourse::ranks_train_as_one_process_data() {
  QTest::addColumn<QString>("kind");
  QTest::addColumn<int>("ranks");
  for (const char* kind : {"dense", "experts", "clusters"})
    for (const int ranks : {2, 4})
      QTest::newRow(qPrintable(QString("%1 by %2").arg(kind).arg(ranks))) << kind << ranks;
}

void TestSharedCourse::ranks_train_as_one_process() {
  QFETCH(QString, kind);
  QFETCH(int, ranks);
  const BackboneConfig config = kind == "clusters" ? with_clusters() : small_backbone();
  Architecture options = baseline_architecture(config);
  if (kind == "experts") options[1] = *find_option("experts-2");
  const at::Tensor text = rare_words(config.vocabulary);
  // The balance of experts is that of each share; without its weight the course is the same.
  SharedModel one(config, options, text, 0, nullptr);
  const LossCourse alone = to_the_end(one);
  std::vector<LossCourse> courses(static_cast<std::size_t>(ranks));
  ThreadRanks(ranks).run([&](RankSum& sum) {
    SharedModel own(config, options, text, 0, &sum);
    courses[std::size_t(sum.rank())] = to_the_end(own);
  });
  for (const LossCourse& course : courses) {
    const double loss = largest_difference_of(alone.losses, course.losses),
                 norm = largest_difference_of(alone.norms, course.norms);
    QVERIFY2(loss < 1e-5 && norm < 1e-3, qPrintable(QString("%1, %2").arg(loss).arg(norm)));
    QCOMPARE(largest_difference_of(courses[0].losses, course.losses), 0.0);
    QVERIFY(same_bits(courses[0].weights, course.weights));
    for (std::size_t i = 0; i < course.weights.size(); ++i)
      QVERIFY2(at::allclose(course.weights[i].second, alone.weights[i].second, 1e-2, 1e-4),
               course.weights[i].first.c_str());
  }
}

void TestSharedCourse::a_checkpoint_has_the_memory_of_all_lanes() {
  const BackboneConfig config = small_backbone();
  const Architecture options = baseline_architecture(config);
  const at::Tensor text = rare_words(config.vocabulary);
  QTemporaryDir folder;
  const auto path = folder.filePath("c.safetensors").toStdString();
  std::vector<LossCourse> whole(2);
  ThreadRanks(2).run([&](RankSum& sum) {
    const auto rank = std::size_t(sum.rank());
    SharedModel own(config, options, text, 0.01, &sum);
    whole[rank] = to_the_end(own);
    SharedModel begun(config, options, text, 0.01, &sum);
    for (int i = 0; i < 9; ++i) {
      begun.step();
      begun.trainer.read();
    }
    const NamedTensors state = begun.trainer.state();
    if (rank == 0) static_cast<void>(save_tensors(path, begun.trainer.place(), state));
    sum.gathered(at::zeros({}));  // written
  });
  const auto saved = value(SafetensorsFile::open(path));
  QCOMPARE(saved.find("memory.0")->shape[0], 4);
  const std::vector<double> rest(whole[0].losses.begin() + 9, whole[0].losses.end());
  const auto resumed = [&](RankSum* sum) {
    SharedModel own(config, options, text, 0.01, sum);
    return own.trainer.restore(saved, "checkpoint") ? to_the_end(own) : LossCourse();
  };
  for (const int ranks : {2, 4}) {
    std::vector<LossCourse> courses(static_cast<std::size_t>(ranks));
    ThreadRanks(ranks).run([&](RankSum& sum) { courses[std::size_t(sum.rank())] = resumed(&sum); });
    for (const LossCourse& course : courses) {
      const double difference = largest_difference_of(rest, course.losses);
      QVERIFY2(ranks == 2 ? difference == 0 : difference < 1e-5,
               qPrintable(QString::number(difference)));
      if (ranks == 2) QVERIFY(same_bits(course.weights, whole[0].weights));
    }
  }
  QVERIFY(largest_difference_of(rest, resumed(nullptr).losses) < 1e-5);
}

void TestSharedCourse::one_rank_that_is_cancelled_stops_all() {
  const BackboneConfig config = small_backbone();
  const Architecture options = baseline_architecture(config);
  const at::Tensor text = rare_words(config.vocabulary);
  QTemporaryDir folder;
  const std::filesystem::path study = folder.filePath("s.plumb").toStdString();
  const std::filesystem::path checkpoint = study / "checkpoints" / "c.safetensors";
  std::vector<std::int64_t> done(2, -1);
  std::vector<ErrorKind> kinds(2, ErrorKind::usage);
  const auto course_by = [&](RankSum* sum, Job& job, SharedModel& own) {
    Course course = weight_course(
        own.trainer, "training", "", config.vocabulary,
        [&](std::int64_t) { return Mixture{options, {}}; }, job);
    course.report_every = 4;
    return run_course(course, job, checkpoint, "settings", sum);
  };
  JobOptions options_of_job;
  options_of_job.study = study;
  options_of_job.kind = "train";
  options_of_job.quiet = true;
  Job first = value(Job::begin(options_of_job)),
      second = Job::relayed({.take = [](auto&&...) {}, .control = {}});
  ThreadRanks(2).run([&](RankSum& sum) {
    const bool writes = sum.rank() == 0;
    SharedModel own(config, options, text, 0.01, &sum);
    // Asked for before the first step, heard at the first report.
    if (writes) std::ofstream(study / "jobs" / first.id() / "control") << "cancel\n";
    const auto ended = course_by(&sum, writes ? first : second, own);
    done[std::size_t(sum.rank())] = own.trainer.done();
    if (!ended) kinds[std::size_t(sum.rank())] = ended.error().kind;
  });
  QCOMPARE(done[0], 4);
  QCOMPARE(done[1], 4);
  QVERIFY(kinds[0] == ErrorKind::cancelled && kinds[1] == ErrorKind::cancelled);
  // One process goes on with it, and says that two began.
  options_of_job.kind = "next";
  Job third = value(Job::begin(options_of_job));
  SharedModel own(config, options, text, 0.01, nullptr);
  succeed(course_by(nullptr, third, own));
  QCOMPARE(own.trainer.done(), course_steps);
  std::ifstream events(study / "jobs" / third.id() / "events.jsonl");
  const std::string said((std::istreambuf_iterator<char>(events)), {});
  QVERIFY(said.find("begun by 2 ranks and is continued by one process") != std::string::npos);
}

}  // namespace plumbline::test
