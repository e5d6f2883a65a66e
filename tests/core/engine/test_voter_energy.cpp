#include <QtTest>

#include <ATen/ATen.h>

#include <fstream>

#include "core/engine/inference/voter_energy.h"
#include "tests/core/engine/energy_tests.h"
#include "tests/core/engine/image_study.h"
#include "tests/core/engine/known_device.h"

namespace plumbline::test {

namespace {

/// A network that takes a hundredth of a second an image, at a draw of its own.
class DrawingNetwork final : public Network {
 public:
  DrawingNetwork(KnownDevice& device, double watts, std::int64_t limit)
      : device_(device), watts_(watts), network_(mean_network(limit)) {}
  NetworkOutput forward(const at::Tensor& input) override {
    auto output = network_->forward(input);
    device_.draw(0.01 * static_cast<double>(input.size(0)), watts_);
    return output;
  }

 private:
  KnownDevice& device_;
  double watts_;
  std::unique_ptr<Network> network_;
};

/// A study of some images with the voters a:identity, a:flip_x and b:identity, planned with batches
/// of 32 on the CPU.
struct Metered {
  ImageStudy images{20};
  KnownDevice device;
  RunPlan plan;
  std::optional<Job> job;

  Metered() {
    for (const std::string name : {"a", "b"}) {
      const auto file = images.file(name + ".pt");
      save_script(file, "  return torch.mean(x, [2, 3]).matmul(self.weight)");
      images.add_model(name, images.card(name), file.string());
    }
    RunRequest request = images.request("a:identity,a:flip_x,b:identity");
    request.batch = 32;
    plan = value(plan_run(images.study, request));
    job.emplace(value(Job::begin(request.job)));
  }

  /// `make`: each model's network, by its name.
  Result<RunEnergies> measure(
      const std::function<Result<std::unique_ptr<Network>>(const std::string&)>& make) {
    const EnergyMeter meter{device.counter(), device.windows()};
    const auto idle = measure_idle_draw(meter.counter, meter.windows);
    TRY(idle);
    return measure_voter_energies(
        images.study, plan, meter, idle->median, *job,
        [&](const ModelInfo& model, const ComputerSettings&) { return make(model.name); });
  }

  Result<std::unique_ptr<Network>> drawing(double watts, std::int64_t limit = 1 << 20) {
    return std::make_unique<DrawingNetwork>(device, watts, limit);
  }

  std::string events() const {
    std::ifstream file(images.study.folder() / "jobs" / job->id() / "events.jsonl");
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

}  // namespace

void TestVoterEnergy::each_voter_has_its_joules() {
  Metered metered;
  int loaded = 0;
  const auto energies = value(metered.measure([&](const std::string& name) {
    ++loaded;
    return metered.drawing(name == "a" ? 200 : 350);
  }));
  QCOMPARE(loaded, 2);
  QCOMPARE(energies.source, std::string("a known device"));
  QVERIFY(std::abs(energies.idle_watts - 50) < 1e-6);
  QCOMPARE(energies.voters.size(), std::size_t{3});
  // 1,000 images take ten seconds: 2,000 J or 3,500 J, of which the device at rest had 500 J.
  for (std::size_t v = 0; v < 3; ++v) {
    QVERIFY(energies.voters[v]);
    const VoterEnergy& energy = *energies.voters[v];
    QVERIFY(std::abs(energy.joules - (v < 2 ? 2000 : 3500)) < 1e-6);
    QVERIFY(std::abs(energy.idle_joules - 500) < 1e-6);
    QVERIFY(std::abs(energy.seconds - 10) < 1e-9);
    QVERIFY(energy.spread < 1e-6);
    QCOMPARE(energy.batch, 32);  // of the twenty images, some twice
    QCOMPARE(energy.repeats, 5);
  }
}

void TestVoterEnergy::a_batch_that_does_not_fit_is_halved_and_said() {
  Metered metered;
  const auto energies = value(metered.measure(
      [&](const std::string& name) { return metered.drawing(200, name == "a" ? 11 : 32); }));
  QCOMPARE(energies.voters[0]->batch, 8);
  QCOMPARE(energies.voters[2]->batch, 32);
  QVERIFY(std::abs(energies.voters[0]->joules - 2000) < 1e-6);
  const std::string events = metered.events();
  QVERIFY2(events.find("does not suffice for batches of 32; energy is measured with 16") !=
               std::string::npos,
           events.c_str());
  QVERIFY(events.find("batches of 16; energy is measured with 8") != std::string::npos);
}

void TestVoterEnergy::a_voter_that_fails_has_a_reason() {
  class Failing final : public Network {
   public:
    NetworkOutput forward(const at::Tensor&) override { TORCH_CHECK(false, "no such layer"); }
  };
  Metered metered;
  metered.plan.imported[1] = true;
  const auto energies =
      value(metered.measure([&](const std::string& name) -> Result<std::unique_ptr<Network>> {
        if (name == "b") return std::make_unique<Failing>();
        return metered.drawing(200);
      }));
  QVERIFY(energies.voters[0] && !energies.voters[1] && !energies.voters[2]);
  QVERIFY(energies.reasons[0].empty());
  QCOMPARE(energies.reasons[1], std::string("its predictions were computed elsewhere"));
  QCOMPARE(energies.reasons[2], std::string("no such layer"));
  QVERIFY(metered.events().find("it was not measured: no such layer") != std::string::npos);
  // Kept and read back, it says the same.
  Study& study = metered.images.study;
  succeed(study.add_run(metered.plan.run));
  const auto run = value(study.run("r"));
  succeed(write_run_energies(study, run, energies));
  const auto read = value(read_run_energies(study, run));
  QVERIFY(read);
  QCOMPARE(read->voters[0]->joules, energies.voters[0]->joules);
  QCOMPARE(read->reasons, energies.reasons);
}

void TestVoterEnergy::a_device_that_is_lost_ends_it() {
  class Lost final : public Network {
   public:
    NetworkOutput forward(const at::Tensor&) override {
      throw c10::AcceleratorError({__func__, __FILE__, __LINE__}, 719,
                                  "CUDA error: unspecified launch failure");
    }
  };
  Metered metered;
  const auto energies =
      metered.measure([&](const std::string&) -> Result<std::unique_ptr<Network>> {
        return std::make_unique<Lost>();
      });
  QVERIFY(!energies);
  QCOMPARE(exit_code(energies.error().kind), 4);
  QVERIFY(energies.error().message.starts_with("the device is lost"));
}

}  // namespace plumbline::test
