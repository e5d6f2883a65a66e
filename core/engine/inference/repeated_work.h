#pragma once
#include <functional>
#include <memory>
#include <vector>

#include <c10/core/Device.h>

#include "core/planer/front/latency_table.h"

namespace plumbline {

/// Work without arguments that is done again and again: on a GPU captured in a CUDA graph and
/// replayed, so that what is timed is the device and not its launches. Reads and writes tensors
/// that stay where they are. Warmed up when it is made. On a GPU the work must not wait for the
/// device.
class RepeatedWork {
 public:
  RepeatedWork(c10::Device device, std::function<void()> work);
  /// On a GPU only captures: the work, which has been done before in this process, is not done.
  /// Elsewhere nothing happens.
  static RepeatedWork captured(c10::Device device, std::function<void()> work);
  ~RepeatedWork();
  RepeatedWork(RepeatedWork&&) noexcept;

  void run();

 private:
  RepeatedWork();
  struct State;
  std::unique_ptr<State> state_;
};

struct MeasuringTime {
  int fewest = 15, most = 200;  ///< rounds
  double seconds = 5;           ///< after which no further round begins, the fewest done
};

/// Times all works in turn, round by round, so that what disturbs the machine disturbs all alike.
/// `stop` is asked between rounds; true ends early with what there is.
std::vector<MeasuredLatency> measure_interleaved(c10::Device device,
                                                 std::vector<RepeatedWork>& works,
                                                 const MeasuringTime& time,
                                                 const std::function<bool()>& stop = {});

}  // namespace plumbline
