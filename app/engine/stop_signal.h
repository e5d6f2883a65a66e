#pragma once
#include <array>
#include <csignal>

namespace plumbline {

/// Takes SIGINT, SIGTERM and SIGHUP while it lives, for work that is no job (core/jobs/job.h) and
/// asks now and then whether it shall stop. A second signal ends the process. One at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool asked() const;

 private:
  static constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, signals.size()> before_{};
};

}  // namespace plumbline
