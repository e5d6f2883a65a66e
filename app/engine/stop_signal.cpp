#include "app/engine/stop_signal.h"

#include <atomic>

namespace plumbline {

namespace {

std::atomic<bool> stop_is_asked = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set in a signal handler");

void note_stop_signal(int signal) {
  stop_is_asked = true;
  ::signal(signal, SIG_DFL);
}

}  // namespace

StopSignal::StopSignal() {
  stop_is_asked = false;
  struct sigaction action{};
  action.sa_handler = note_stop_signal;
  for (std::size_t i = 0; i < signals.size(); ++i) {
    ::sigaction(signals[i], nullptr, &before_[i]);
    // Who asked for the work to go on without a terminal (nohup) has SIGHUP ignored, which stays
    // so.
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(signals[i], &action, nullptr);
  }
}

StopSignal::~StopSignal() {
  for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
}

bool StopSignal::asked() const { return stop_is_asked; }

}  // namespace plumbline
