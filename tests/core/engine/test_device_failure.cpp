#include <QtTest>

#include <ATen/ATen.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>

#include "core/engine/inference/device_failure.h"
#include "core/engine/inference/run_pipeline.h"
#include "tests/core/engine/energy_tests.h"
#include "tests/core/engine/image_study.h"

namespace plumbline::test {

namespace {

c10::AcceleratorError accelerator_error(int code, const std::string& words) {
  return {{__func__, __FILE__, static_cast<uint32_t>(__LINE__)}, code, words};
}

}  // namespace

void TestDeviceFailure::a_lost_device_is_told_from_a_model_that_fails_data() {
  using Throw = std::function<void()>;
  QTest::addColumn<Throw>("thrown");
  QTest::addColumn<bool>("lost");
  QTest::addColumn<bool>("memory");
  const auto row = [](const char* name, Throw thrown, bool lost, bool memory) {
    QTest::newRow(name) << std::move(thrown) << lost << memory;
  };
  const auto cuda = [](int code, const char* words) {
    return [=] { throw accelerator_error(code, words); };
  };
  row("astray", cuda(700, "CUDA error: an illegal memory access was encountered"), true, false);
  row("off the bus", cuda(100, "CUDA error: no CUDA-capable device is detected"), true, false);
  row("its memory failed", cuda(214, "CUDA error: uncorrectable ECC error encountered"), true,
      false);
  row("an argument", cuda(1, "CUDA error: invalid argument"), false, false);
  row("no memory, by its number", cuda(2, "CUDA error: out of memory"), false, true);
  row(
      "no memory, by its class",
      [] { TORCH_CHECK_WITH(OutOfMemoryError, false, "it is too much"); }, false, true);
  row(
      "no memory in a script",
      [] {
        throw std::runtime_error(
            "The following operation failed in the TorchScript interpreter.\nTraceback of "
            "TorchScript (most recent call last):\n  File \"net.py\", line 1, in "
            "forward\nRuntimeError: "
            "CUDA out of memory. Tried to allocate 4.00 GiB.");
      },
      false, true);
  row("no memory of the machine", [] { throw std::bad_alloc(); }, false, true);
  row("a model's own error", [] { TORCH_CHECK(false, "mat1 and mat2 shapes"); }, false, false);
}

void TestDeviceFailure::a_lost_device_is_told_from_a_model_that_fails() {
  QFETCH(std::function<void()>, thrown);
  QFETCH(bool, lost);
  QFETCH(bool, memory);
  try {
    thrown();
    QFAIL("nothing was thrown");
  } catch (const std::exception& exception) {
    const auto error = lost_device(c10::kCPU, exception);
    QCOMPARE(error.has_value(), lost);
    QCOMPARE(is_out_of_memory(exception), memory);
    if (!error) return;
    QCOMPARE(exit_code(error->kind), 4);
    QVERIFY2(error->message.starts_with("the device is lost to this process: CUDA error: "),
             error->message.c_str());
    QVERIFY(error->hint.find("--resume") != std::string::npos);
  }
}

void TestDeviceFailure::a_lost_device_ends_the_job() {
  // The second of two models meets it in its third batch; the first is not blamed and not gone on
  // with.
  class Losing final : public Network {
   public:
    NetworkOutput forward(const at::Tensor& input) override {
      if (++calls_ == 4) throw accelerator_error(719, "CUDA error: unspecified launch failure");
      return mean_network()->forward(input);
    }

   private:
    int calls_ = 0;
  };
  ImageStudy images(40);
  const RunInfo run = images.run("a:identity,b:identity", 4);
  std::vector<ModelInfo> models;
  std::vector<StoredWarning> warnings;
  const std::shared_ptr<OutputHead> head = head_kinds().find("classes")->make();
  for (const std::string name : {"a", "b"}) {
    models.push_back(images.add_model(name, StudyFixture::card(name, 10), name + ".pt"));
    models.back().card.classes = images.dataset.classes;
    succeed(head->add_model(models.back(), images.dataset, warnings));
  }
  auto computer = value(ShardComputer::make(
      {{run.voters[0], &models[0]}, {run.voters[1], &models[1]}}, head,
      {run, at::kCPU, Precision::fp32},
      [&](const ModelInfo& model, const ComputerSettings&) -> Result<std::unique_ptr<Network>> {
        if (model.name == "b") return std::make_unique<Losing>();
        return mean_network();
      }));
  const auto output =
      computer.compute({0, 40, {0, 1}}, value(images.study.reader(images.dataset.id)),
                       images.samples(), [](std::int64_t) {});
  QVERIFY(!output);
  QVERIFY2(output.error().message.starts_with("the device is lost"),
           output.error().message.c_str());
  QVERIFY(computer.failed().empty());
}

void TestDeviceFailure::a_script_without_memory_halves_the_batch_and_says_so() {
  // As of a network whose layers need more memory than there is, where a batch is too large.
  ImageStudy images(70);
  const auto file = images.file("hungry.pt");
  save_script(file,
              "  large = torch.empty([x.size(0) // 9 * 1152921504606846976 // 4])\n"
              "  return torch.mean(x, [2, 3]).matmul(self.weight) + 0.0 * float(large.numel())");
  images.add_model("hungry", images.card("hungry"), file.string());
  RunRequest request = images.request("hungry:identity");
  request.batch = 32;
  const auto summary = value(run_voters(request));
  QCOMPARE(summary["voters"][0]["batch"].get<int>(), 8);
  const double expected =
      at::log_softmax(images.inputs().mean({2, 3}).matmul(mean_weights().to(at::kDouble)), 1)
          .argmax(1)
          .eq(at::tensor([&] {
            std::vector<std::int64_t> labels;
            for (const SampleInfo& sample : images.samples()) labels.push_back(sample.label);
            return labels;
          }()))
          .to(at::kDouble)
          .mean()
          .item<double>();
  QCOMPARE(summary["voters"][0]["accuracy"].get<double>(), expected);
  // The job says both steps.
  std::string events;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(images.study.folder() / "jobs"))
    if (entry.path().filename() == "events.jsonl") {
      std::ifstream stream(entry.path());
      events.assign(std::istreambuf_iterator<char>(stream), {});
    }
  QVERIFY2(events.find("does not suffice for batches of 32; going on with 8") != std::string::npos,
           events.c_str());
}

}  // namespace plumbline::test
