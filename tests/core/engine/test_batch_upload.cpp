#include <QtTest>

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <c10/core/InferenceMode.h>

#include "core/engine/inference/batch_upload.h"
#include "core/engine/inference/device.h"
#include "tests/core/engine/inference_tests.h"
#include "tests/support/gpu_required.h"

namespace plumbline::test {

namespace {

at::Tensor batch_of(int number, bool pinned) {
  return at::full({16, 8, 8, 3}, number % 251, at::TensorOptions(at::kByte).pinned_memory(pinned));
}

}  // namespace

void TestBatchUpload::a_cpu_has_its_images_already() {
  BatchUpload upload(at::kCPU);
  const at::Tensor images = batch_of(7, false);
  QVERIFY(upload.to_device(images).is_same(images));
  upload.used();
  QCOMPARE(upload.seconds(), 0.0);
}

void TestBatchUpload::batches_come_whole_and_are_timed() {
  SKIP_WITHOUT_GPU(at::hasCUDA() && at::detail::getCUDAHooks().deviceCount() > 0,
                   "copies on a stream of their own are not run");
  const c10::InferenceMode inference;
  const at::Device device(at::kCUDA, 0);
  constexpr int batches = 1000;
  BatchUpload upload(device);
  at::Tensor sums = at::zeros({batches}, at::TensorOptions(device).dtype(at::kLong));
  for (int i = 0; i < batches; ++i) {
    // The images go at once, and their memory is used again.
    const at::Tensor there = upload.to_device(batch_of(i, true));
    sums[i].copy_(there.sum(at::kLong));
    upload.used();
  }
  wait_for_stream(device);
  // Far fewer bytes than it may be ahead by: their times are known all the same.
  QVERIFY(upload.seconds() > 0);
  const at::Tensor expected = at::arange(batches, at::kLong).remainder(251) * (16 * 8 * 8 * 3);
  QVERIFY(at::equal(sums.to(at::kCPU), expected));
}

}  // namespace plumbline::test
