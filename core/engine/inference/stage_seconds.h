#pragma once
#include <chrono>

namespace plumbline {

/// Where a run's time goes. Stages of the device lie beside those of the threads that wait for
/// them, so that the sum of all is no whole.
struct StageSeconds {
  // Of the thread that gives the device its work:
  double waiting_for_images = 0;  ///< the loader has none ready
  double queueing = 0;            ///< launches, and copies that are asked for
  double waiting_for_device = 0;  ///< for the end of a range
  double finishing = 0;           ///< its predictions, on the host
  double waiting_for_writer = 0;  ///< the file before is not written yet
  // Of the thread that writes: the file itself, and the figures that are counted and reported.
  double writing = 0, counting = 0;
  // Of the device:
  double uploads = 0, views = 0, networks = 0, downloads = 0;
};

/// Adds the seconds that it lives to a sum.
class Seconds {
 public:
  explicit Seconds(double& sum) : sum_(sum), begin_(Clock::now()) {}
  ~Seconds() { sum_ += std::chrono::duration<double>(Clock::now() - begin_).count(); }
  Seconds(const Seconds&) = delete;
  Seconds& operator=(const Seconds&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double& sum_;
  Clock::time_point begin_;
};

}  // namespace plumbline
