#include "core/engine/inference/repeated_work.h"

#include <chrono>

#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#endif

#include "core/engine/inference/stopwatch.h"

namespace plumbline {

namespace {
constexpr int warm_ups = 3;
}

struct RepeatedWork::State {
  std::function<void()> work;
#ifdef PLUMBLINE_CUDA
  std::unique_ptr<at::cuda::CUDAGraph> graph;

  /// On a stream of its own: a capture must not be on the default one.
  void capture(c10::Device device, int first) {
    const auto stream = at::cuda::getStreamFromPool(false, device.index());
    at::cuda::getCurrentCUDAStream(device.index()).synchronize();
    const c10::cuda::CUDAStreamGuard guard(stream);
    for (int i = 0; i < first; ++i) work();
    stream.synchronize();
    graph = std::make_unique<at::cuda::CUDAGraph>();
    graph->capture_begin();
    try {
      work();
    } catch (...) {
      // Ends the capture, which may itself complain of what was wrong.
      try {
        graph->capture_end();
      } catch (const std::exception&) {
        static_cast<void>(cudaGetLastError());
      }
      graph.reset();
      throw;
    }
    graph->capture_end();
    stream.synchronize();
  }
#endif
};

RepeatedWork::RepeatedWork() : state_(std::make_unique<State>()) {}

RepeatedWork::RepeatedWork([[maybe_unused]] c10::Device device, std::function<void()> work)
    : RepeatedWork() {
  state_->work = std::move(work);
#ifdef PLUMBLINE_CUDA
  if (device.is_cuda()) {
    state_->capture(device, warm_ups);
    run();
    at::cuda::getCurrentCUDAStream(device.index()).synchronize();
    return;
  }
#endif
  for (int i = 0; i < warm_ups; ++i) state_->work();
}

RepeatedWork RepeatedWork::captured([[maybe_unused]] c10::Device device,
                                    std::function<void()> work) {
  RepeatedWork made;
  made.state_->work = std::move(work);
#ifdef PLUMBLINE_CUDA
  if (device.is_cuda()) made.state_->capture(device, 0);
#endif
  return made;
}

RepeatedWork::~RepeatedWork() = default;
RepeatedWork::RepeatedWork(RepeatedWork&&) noexcept = default;

void RepeatedWork::run() {
#ifdef PLUMBLINE_CUDA
  if (state_->graph) return state_->graph->replay();
#endif
  state_->work();
}

std::vector<MeasuredLatency> measure_interleaved(c10::Device device,
                                                 std::vector<RepeatedWork>& works,
                                                 const MeasuringTime& time,
                                                 const std::function<bool()>& stop) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::vector<double>> milliseconds(works.size());
  Stopwatch watch(device);
  const auto begin = Clock::now();
  for (int round = 0; round < time.most; ++round) {
    const double elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
    if (round >= time.fewest && elapsed > time.seconds) break;
    if (round > 0 && stop && stop()) break;
    for (RepeatedWork& work : works) {
      watch.start();
      work.run();
      watch.stop();
    }
    const auto times = watch.take();
    for (std::size_t i = 0; i < works.size(); ++i) milliseconds[i].push_back(times[i]);
  }
  std::vector<MeasuredLatency> measured;
  for (auto& of_work : milliseconds) {
    const auto repeats = static_cast<int>(of_work.size());
    const MedianSpread middle = median_spread(std::move(of_work));
    measured.push_back({middle.median, middle.spread, repeats});
  }
  return measured;
}

}  // namespace plumbline
