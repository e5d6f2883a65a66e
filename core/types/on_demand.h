#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace plumbline {

/// A value that takes long to make and that not everybody looks at: made by whoever looks first,
/// once. Copies share it, and are equal where they do. May be looked at by several threads; `make`
/// must not throw, nor look at its own value.
template <class T>
class OnDemand {
 public:
  OnDemand() = default;  ///< nothing, which nobody may look at
  explicit OnDemand(std::function<T()> make) : state_(std::make_shared<State>(std::move(make))) {}
  explicit OnDemand(T value) : state_(std::make_shared<State>(std::move(value))) {}

  const T& operator*() const {
    // Asked for every row of a table: once it is there, this is one load.
    if (const T* ready = state_->ready.load(std::memory_order_acquire)) return *ready;
    std::call_once(state_->once, [state = state_.get()] {
      if (!state->value) state->value.emplace(std::exchange(state->make, nullptr)());
      state->ready.store(&*state->value, std::memory_order_release);
    });
    return *state_->value;
  }
  const T* operator->() const { return &**this; }
  explicit operator bool() const { return state_ != nullptr; }
  friend bool operator==(const OnDemand&, const OnDemand&) = default;

 private:
  struct State {
    explicit State(std::function<T()> made_by) : make(std::move(made_by)) {}
    explicit State(T made) : value(std::move(made)) {}
    std::once_flag once;
    std::function<T()> make;
    std::optional<T> value;
    std::atomic<const T*> ready = nullptr;
  };
  std::shared_ptr<State> state_;
};

}  // namespace plumbline
