#pragma once
#include <memory>
#include <vector>

#include <c10/core/Device.h>

namespace plumbline {

/// Times pieces of work on a device without waiting for them: on a GPU by events on the current
/// stream, read once all is done.
class Stopwatch {
 public:
  explicit Stopwatch(c10::Device device);
  ~Stopwatch();

  void start();  ///< a piece begins
  void stop();   ///< it ends

  /// Milliseconds of every piece since the last call, in order. Waits for the device.
  std::vector<double> take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The middle of some values and the width of their middle half (linear interpolation).
struct MedianSpread {
  double median = 0, spread = 0;
};
MedianSpread median_spread(std::vector<double> values);

}  // namespace plumbline
