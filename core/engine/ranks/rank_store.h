#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <c10/util/intrusive_ptr.h>

#include "core/engine/ranks/rank_environment.h"
#include "core/types/error.h"

namespace c10d {
class Store;
}

namespace plumbline {

/// How long ranks wait for each other.
struct RankLimits {
  /// For all of them to come to the store. PLUMBLINE_RANKS_MEET, in seconds.
  std::chrono::milliseconds meet = std::chrono::minutes(5);
  /// For a sign of life of a rank that was there. PLUMBLINE_RANKS_SILENCE, in seconds.
  std::chrono::milliseconds silence = std::chrono::seconds(30);

  /// Errors (usage) name the variable that is no number of seconds.
  static Result<RankLimits> of_environment(const ReadVariable& read = read_variable);
};

/// What the ranks of one piece of work have in common: words by their keys, at c10d's TCPStore.
/// torchrun holds that store itself; otherwise rank 0 does, in a process of its own that ends with
/// it, so that rank 0 has one thread when it is confined and needs no socket afterwards. What comes
/// from the store was written by whoever reached its port: read it as a file of a stranger.
/// Thread-safe. Errors are of kind device and name the address, or the rank that is missing; one
/// for which another rank gave up has the kind that it had there.
class RankStore {
 public:
  /// Holds the store (rank 0) or waits for it, connects, and waits for all others: to be called
  /// before the process is confined, while it has one thread. Requires ranks.several().
  static Result<std::shared_ptr<RankStore>> meet(const RankEnvironment& ranks,
                                                 const RankLimits& limits = {});
  ~RankStore();
  RankStore(const RankStore&) = delete;
  RankStore& operator=(const RankStore&) = delete;

  const RankEnvironment& ranks() const;

  // Each question has to be answered within RankLimits::silence, with or without a watch.
  Result<void> set(const std::string& key, const std::string& value);
  /// The value, or nothing where the key has none (yet).
  Result<std::optional<std::string>> find(const std::string& key);
  /// Waits for the key. Errors: another rank gave up; as of trouble(); a limit that is over
  /// (zero: none); `stop` returned true (cancelled).
  Result<std::string> get(const std::string& key, std::chrono::milliseconds limit = {},
                          const std::function<bool()>& stop = {});
  /// The sum after adding; a key that is absent is 0.
  Result<std::int64_t> add(const std::string& key, std::int64_t amount);
  /// Returns once all ranks have called it with this name, which is used once. Errors: as of get().
  Result<void> barrier(const std::string& name, const std::function<bool()>& stop = {});

  /// Begins to give signs of life from a thread of its own, and to look for those of the others:
  /// rank 0 for everybody's, the others for rank 0's. To be called after the process was confined.
  void begin_watch();
  /// Why the ranks cannot go on together: one is silent, gave up, or the store does not answer.
  std::optional<Error> trouble() const;
  /// Says to all others that this rank gives up, and why, and leaves. Only the first who says so is
  /// heard.
  void give_up(const Error& error);
  /// This rank has done all that it has to: that nothing is heard of it from now on is no trouble.
  /// Rank 0 waits for the others to leave before it, since the store goes with it. To be called
  /// last, in the thread that made the store.
  void leave();

  /// "rank 2 on node7", as far as is known.
  std::string name_of(int rank);

  /// The store for those who need more of it (NCCL); keys of this attempt alone.
  c10::intrusive_ptr<c10d::Store> store() const;

 private:
  struct State;
  explicit RankStore(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace plumbline
