#include <QtTest>

#include <QTemporaryDir>

#include <filesystem>
#include <fstream>

#include "core/engine/inference/nvml_counter.h"
#include "tests/core/engine/energy_tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

namespace fs = std::filesystem;

/// A folder like /sys/class/powercap.
class FakePowercap {
 public:
  fs::path root() const { return fs::path(directory_.path().toStdString()); }

  void add_zone(const std::string& zone, const std::string& name, std::int64_t microjoules,
                std::int64_t range) const {
    fs::create_directories(root() / zone);
    write(zone, "name", name);
    write(zone, "max_energy_range_uj", std::to_string(range));
    count(zone, microjoules);
  }
  void count(const std::string& zone, std::int64_t microjoules) const {
    write(zone, "energy_uj", std::to_string(microjoules));
  }
  void write(const std::string& zone, const std::string& file, const std::string& text) const {
    std::ofstream(root() / zone / file) << text << '\n';
  }

 private:
  QTemporaryDir directory_;
};

/// NVML with one GPU, whose answers are set.
struct FakeNvml {
  std::string bus = "00000000:1B:00.0", uuid = "GPU-8f2c";
  unsigned long long millijoules = 5'000'000;
  int init = 0, at = 0, energy = 0, mig = 0;  ///< codes
  bool divided = false;
  int open = 0;  ///< init less shutdown

  NvmlFunctions functions() {
    NvmlFunctions nvml;
    nvml.init = [this] {
      open += init == 0;
      return init;
    };
    nvml.shutdown = [this] {
      --open;
      return 0;
    };
    nvml.error_text = [](int code) {
      return std::string(code == 15 ? "GPU is lost" : code == 6 ? "Not Found" : "some error");
    };
    nvml.device_at = [this](const std::string& wanted, void*& device) {
      if (at != 0) return at;
      if (wanted != bus) return 6;
      device = this;
      return 0;
    };
    nvml.uuid = [this](void* device, std::string& id) {
      id = uuid;
      return device == this ? 0 : 2;
    };
    nvml.divided = [this](void*, bool& is_divided) {
      is_divided = divided;
      return mig;
    };
    nvml.total_energy = [this](void* device, unsigned long long& now) {
      now = millijoules;
      return device == this ? energy : 2;
    };
    return nvml;
  }
};

}  // namespace

void TestEnergyCounters::packages_are_summed() {
  const FakePowercap powercap;
  powercap.add_zone("intel-rapl:0", "package-0", 1'000'000, 262'143'328'850);
  powercap.add_zone("intel-rapl:1", "package-1", 900'000'000, 262'143'328'850);
  auto counter = value(open_rapl_counter(powercap.root()));
  QCOMPARE(counter.source, std::string("RAPL of 2 packages"));
  QCOMPARE(value(counter.joules()), 0.0);
  powercap.count("intel-rapl:0", 3'500'000);
  powercap.count("intel-rapl:1", 907'250'000);
  // 2.5 J and 7.25 J.
  QCOMPARE(value(counter.joules()), 9.75);
  QCOMPARE(value(counter.joules()), 9.75);
}

void TestEnergyCounters::a_counter_that_wraps_goes_on() {
  const FakePowercap powercap;
  powercap.add_zone("intel-rapl:0", "package-0", 64'000'000, 65'532'610);
  auto counter = value(open_rapl_counter(powercap.root()));
  QCOMPARE(counter.source, std::string("RAPL of one package"));
  powercap.count("intel-rapl:0", 467'390);
  // 1.53261 J to the end of the range, 0.46739 J from its beginning.
  QVERIFY(std::abs(value(counter.joules()) - 2.0) < 1e-9);
  powercap.count("intel-rapl:0", 65'467'390);
  QVERIFY(std::abs(value(counter.joules()) - 67.0) < 1e-9);
  powercap.count("intel-rapl:0", 467'390);
  // Once around: 0.06522 J to the end, 0.46739 J after it.
  QVERIFY(std::abs(value(counter.joules()) - 67.53261) < 1e-9);
}

void TestEnergyCounters::what_is_no_package_is_left_out() {
  const FakePowercap powercap;
  powercap.add_zone("intel-rapl:0", "package-0", 0, 1'000'000'000);
  powercap.add_zone("intel-rapl:0:0", "core", 0, 1'000'000'000);
  powercap.add_zone("intel-rapl:1", "psys", 0, 1'000'000'000);
  powercap.add_zone("intel-rapl-mmio:0", "package-0", 0, 1'000'000'000);
  powercap.add_zone("dtpm", "dtpm", 0, 1'000'000'000);
  auto counter = value(open_rapl_counter(powercap.root()));
  for (const char* zone :
       {"intel-rapl:0", "intel-rapl:0:0", "intel-rapl:1", "intel-rapl-mmio:0", "dtpm"})
    powercap.count(zone, 4'000'000);
  QCOMPARE(value(counter.joules()), 4.0);
}

void TestEnergyCounters::a_processor_that_does_not_tell_says_why_data() {
  using Change = std::function<void(const FakePowercap&)>;
  QTest::addColumn<Change>("change");
  QTest::addColumn<QString>("why");
  const auto remove = [](const char* path) {
    return [path](const FakePowercap& powercap) { fs::remove_all(powercap.root() / path); };
  };
  QTest::newRow("no powercap") << Change([](const FakePowercap& powercap) {
    fs::remove_all(powercap.root());
  }) << "Linux shows no energy counter of the processor (RAPL)";
  QTest::newRow("no package") << Change([=](const FakePowercap& powercap) {
    powercap.write("intel-rapl:0", "name", "psys");
    powercap.write("intel-rapl:1", "name", "psys");
  }) << "Linux shows no energy counter of the processor (RAPL)";
  QTest::newRow("one of two is missing")
      << Change(remove("intel-rapl:1/energy_uj"))
      << "the processor's energy counter cannot be read: No such file or directory";
  QTest::newRow("one of two cannot be read") << Change([](const FakePowercap& powercap) {
    fs::remove(powercap.root() / "intel-rapl:1/energy_uj");
    fs::create_directory(powercap.root() / "intel-rapl:1/energy_uj");
  }) << "the processor's energy counter cannot be read: Is a directory";
  QTest::newRow("no range") << Change(remove("intel-rapl:0/max_energy_range_uj"))
                            << "cannot be read: No such file or directory";
  QTest::newRow("no number") << Change([](const FakePowercap& powercap) {
    powercap.write("intel-rapl:0", "energy_uj", "12 joules");
  }) << "the processor's energy counter does not give a number";
  QTest::newRow("nothing") << Change([](const FakePowercap& powercap) {
    std::ofstream(powercap.root() / "intel-rapl:0/energy_uj", std::ios::trunc);
  }) << "cannot be read: it is empty";
  QTest::newRow("out of range") << Change([](const FakePowercap& powercap) {
    powercap.count("intel-rapl:0", 1'000'001);
  }) << "the processor's energy counter gives a value outside its own range";
}

void TestEnergyCounters::a_processor_that_does_not_tell_says_why() {
  QFETCH(std::function<void(const FakePowercap&)>, change);
  QFETCH(QString, why);
  const FakePowercap powercap;
  powercap.add_zone("intel-rapl:0", "package-0", 5, 1'000'000);
  powercap.add_zone("intel-rapl:1", "package-1", 5, 1'000'000);
  QVERIFY(open_rapl_counter(powercap.root()));
  change(powercap);
  const auto counter = open_rapl_counter(powercap.root());
  QVERIFY(!counter);
  QCOMPARE(exit_code(counter.error().kind), 4);
  QVERIFY2(counter.error().message.find(why.toStdString()) != std::string::npos,
           counter.error().message.c_str());
}

void TestEnergyCounters::a_read_that_fails_loses_nothing() {
  const FakePowercap powercap;
  powercap.add_zone("intel-rapl:0", "package-0", 0, 1'000'000'000);
  powercap.add_zone("intel-rapl:1", "package-1", 0, 1'000'000'000);
  auto counter = value(open_rapl_counter(powercap.root()));
  powercap.count("intel-rapl:0", 2'000'000);
  powercap.write("intel-rapl:1", "energy_uj", "?");
  QVERIFY(!counter.joules());
  powercap.count("intel-rapl:1", 3'000'000);
  QCOMPARE(value(counter.joules()), 5.0);
}

void TestEnergyCounters::a_gpu_counts_since_it_was_opened() {
  FakeNvml gpu;
  {
    auto counter = value(open_nvml_counter(gpu.functions(), {gpu.bus, gpu.uuid}));
    QCOMPARE(counter.source, std::string("NVML"));
    QCOMPARE(gpu.open, 1);
    QCOMPARE(value(counter.joules()), 0.0);
    gpu.millijoules += 612'500;
    QCOMPARE(value(counter.joules()), 612.5);
    // A library without the question whether a GPU is divided is older than such GPUs.
    auto old = gpu.functions();
    old.divided = {};
    QVERIFY(open_nvml_counter(old, {gpu.bus, gpu.uuid}));
    // Or the GPU does not know the question.
    gpu.mig = 3;
    QVERIFY(open_nvml_counter(gpu.functions(), {gpu.bus, gpu.uuid}));
  }
  QCOMPARE(gpu.open, 0);
}

void TestEnergyCounters::a_gpu_that_does_not_tell_says_why_data() {
  using Change = std::function<void(FakeNvml&)>;
  QTest::addColumn<Change>("change");
  QTest::addColumn<QString>("why");
  QTest::newRow("no driver") << Change([](FakeNvml& gpu) { gpu.init = 9; })
                             << "the GPU's energy counter cannot be read: some error";
  QTest::newRow("not there") << Change([](FakeNvml& gpu) { gpu.bus = "00000000:2B:00.0"; })
                             << "the GPU's energy counter cannot be read: Not Found";
  QTest::newRow("no counter") << Change([](FakeNvml& gpu) { gpu.energy = 3; })
                              << "the GPU has no energy counter";
  QTest::newRow("another") << Change([](FakeNvml& gpu) { gpu.uuid = "GPU-0000"; })
                           << "NVML and CUDA name different GPUs here: GPU-0000 and GPU-8f2c";
  QTest::newRow("divided") << Change([](FakeNvml& gpu) { gpu.divided = true; })
                           << "the GPU is partitioned (MIG)";
  QTest::newRow("lost") << Change([](FakeNvml& gpu) { gpu.at = 15; })
                        << "the GPU's energy counter cannot be read: GPU is lost";
}

void TestEnergyCounters::a_gpu_that_does_not_tell_says_why() {
  QFETCH(std::function<void(FakeNvml&)>, change);
  QFETCH(QString, why);
  FakeNvml gpu;
  const GpuPlace place{gpu.bus, gpu.uuid};
  change(gpu);
  {
    const auto counter = open_nvml_counter(gpu.functions(), place);
    QVERIFY(!counter);
    QCOMPARE(exit_code(counter.error().kind), 4);
    QVERIFY2(counter.error().message.find(why.toStdString()) != std::string::npos,
             counter.error().message.c_str());
    QCOMPARE(counter.error().where, place.bus);
  }
  QCOMPARE(gpu.open, 0);
}

void TestEnergyCounters::a_gpu_that_is_lost_is_an_error_of_the_read() {
  FakeNvml gpu;
  auto counter = value(open_nvml_counter(gpu.functions(), {gpu.bus, gpu.uuid}));
  gpu.millijoules += 1000;
  QCOMPARE(value(counter.joules()), 1.0);
  gpu.energy = 15;
  auto read = counter.joules();
  QVERIFY(!read);
  QVERIFY(read.error().message.find("GPU is lost") != std::string::npos);
  gpu.energy = 0;
  gpu.millijoules = 3;
  read = counter.joules();
  QVERIFY(!read);
  QVERIFY(read.error().message.find("went backwards") != std::string::npos);
}

}  // namespace plumbline::test
