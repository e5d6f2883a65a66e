#include "core/engine/ranks/rank_store.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <c10/util/Logging.h>
#include <fmt/format.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "core/engine/error_cause.h"
#include "core/engine/ranks/store_host.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Between two looks at a key that is waited for, at first and at most.
constexpr milliseconds shortest_wait(2), longest_wait(100);
/// Between two signs of life.
constexpr milliseconds beat_interval(1000);
constexpr std::size_t longest_host = 255, longest_reason = 2000;

/// What a rank that gives up waits for the others to hear of it.
constexpr milliseconds last_words(5000);

constexpr const char* go_on_hint = "what is written is kept; go on with --resume";

constexpr const char* failure_key = "failure";
constexpr const char* met_key = "met";
constexpr const char* left_word = "left";
std::string beat_key(int rank) { return fmt::format("beat/{}", rank); }
std::string host_key(int rank) { return fmt::format("host/{}", rank); }

std::string host_name() {
  std::array<char, longest_host + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string seconds_text(milliseconds time) {
  return shortest(std::chrono::duration<double>(time).count()) + " s";
}

/// The store's own warnings are stacks of addresses; what they mean is in the errors.
void calm_log() {
  ::setenv("TORCH_CPP_LOG_LEVEL", "ERROR", 0);
  c10::initLogging();
}

Result<void> read_seconds(const ReadVariable& read, const char* name, milliseconds& limit) {
  const auto text = read(name);
  if (!text) return {};
  const auto seconds = parse_number(*text);
  if (!seconds || *seconds <= 0 || *seconds > 1e6)
    return usage_error(fmt::format("'{}' is not a number of seconds", *text), name);
  limit = milliseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(*seconds * 1000)));
  return {};
}

/// What a call returns, made in a thread of its own; nothing where it takes longer than the limit.
/// The thread is left behind then, with what the call holds.
template <class Call>
auto answer_within(milliseconds limit, Call call) -> std::optional<decltype(call())> {
  std::packaged_task<decltype(call())()> task(std::move(call));
  auto answer = task.get_future();
  std::thread asking(std::move(task));
  if (answer.wait_for(limit) != std::future_status::ready) {
    asking.detach();
    return std::nullopt;
  }
  asking.join();
  return answer.get();
}

}  // namespace

Result<RankLimits> RankLimits::of_environment(const ReadVariable& read) {
  RankLimits limits;
  TRY(read_seconds(read, "PLUMBLINE_RANKS_MEET", limits.meet));
  TRY(read_seconds(read, "PLUMBLINE_RANKS_SILENCE", limits.silence));
  return limits;
}

/// Shared with the thread of the watch, which may be left behind where the store does not answer.
struct RankStore::State {
  RankEnvironment ranks;
  RankLimits limits;
  std::string where;  ///< the store's address
  std::optional<StoreHost> host;
  c10::intrusive_ptr<c10d::Store> store;

  mutable std::mutex mutex;  ///< of what follows
  std::condition_variable wake;
  bool watching = false, ending = false, ended = false, left = false;
  bool silent = false;            ///< it did not answer a question in time
  int lost_rank = -1;             ///< of which nothing was heard
  Clock::time_point last_answer;  ///< of the store, to the watch
  std::optional<Error> trouble;
  std::thread watch;

  Error lost(const std::string& why) const {
    return {ErrorKind::device, "the connection to the ranks' store was lost: " + why, where,
            go_on_hint};
  }

  /// What the store throws is an error.
  template <class Call>
  auto tried(Call call) -> Result<decltype(call())> {
    try {
      return call();
    } catch (const std::exception& exception) {
      return tl::unexpected(lost(error_cause(exception)));
    }
  }

  Result<std::optional<std::string>> find(const std::string& key) {
    return tried([&]() -> std::optional<std::string> {
      if (!store->check({key})) return {};
      return store->get_to_str(key);
    });
  }

  void note_trouble(Error error) {
    const std::lock_guard lock(mutex);
    if (!trouble) trouble = std::move(error);
  }

  /// Whether the store is known to answer, or nobody has asked for long. Under the mutex.
  bool answers() const {
    return !silent && (!watching || ended || Clock::now() - last_answer < limits.silence);
  }
  Error no_answer() const {
    return lost(fmt::format("it did not answer for {}", seconds_text(limits.silence)));
  }

  /// What a call of the store gives, within the limit of silence: a machine that is gone says
  /// nothing at all, and a question to it would have no end. The call holds what it uses.
  template <class Call>
  static auto asked(const std::shared_ptr<State>& state, Call call) -> Result<decltype(call())> {
    {
      const std::lock_guard lock(state->mutex);
      if (state->silent) return tl::unexpected(state->trouble.value_or(state->no_answer()));
    }
    auto answer =
        state->tried([&] { return answer_within(state->limits.silence, std::move(call)); });
    TRY(answer);
    if (*answer) return std::move(**answer);
    const std::lock_guard lock(state->mutex);
    state->silent = true;
    return tl::unexpected(state->trouble.value_or(state->no_answer()));
  }

  Result<void> await_all();
  Result<void> check_failure();
  void say_failure(ErrorKind kind, const std::string& message);
  void watch_others();
  void end_watch();
  Result<void> look(std::int64_t beat, std::vector<std::string>& beats,
                    std::vector<Clock::time_point>& heard);
  std::string name_of(int rank);
};

std::string RankStore::State::name_of(int rank) {
  std::string name = fmt::format("rank {}", rank);
  if (const auto machine = find(host_key(rank)); machine && *machine && !(*machine)->empty())
    name += " on " + (*machine)->substr(0, longest_host);
  return name;
}

/// Returns when every rank has come, so that whatever one has to say from then on all will hear.
Result<void> RankStore::State::await_all() {
  const auto begin = Clock::now();
  std::int64_t came = store->add(met_key, 1);
  while (came < ranks.world) {
    if (Clock::now() - begin > limits.meet)
      return fail(ErrorKind::device,
                  fmt::format("only {} of {} ranks connected within {}", came, ranks.world,
                              seconds_text(limits.meet)),
                  where, "start all of them at once, with the same MASTER_ADDR and MASTER_PORT");
    std::this_thread::sleep_for(longest_wait / 4);
    came = store->add(met_key, 0);
  }
  return {};
}

/// What another rank gave up for.
Result<void> RankStore::State::check_failure() {
  const auto failure = find(failure_key);
  TRY(failure);
  if (!*failure) return {};
  std::string_view text = **failure;
  const auto space = std::min(text.find(' '), text.size());
  const auto code = parse_integer(text.substr(0, space));
  text.remove_prefix(std::min(space + 1, text.size()));
  return fail(kind_of_exit(code.value_or(0)), std::string(text.substr(0, longest_reason)), where,
              go_on_hint);
}

/// For all to hear; only the first failure is kept.
void RankStore::State::say_failure(ErrorKind kind, const std::string& message) {
  (void)tried([&] {
    store->compareSet(failure_key, "",
                      fmt::format("{} {}", exit_code(kind), message.substr(0, longest_reason)));
    return true;
  });
}

/// One sign of life, and a look for those of the others.
Result<void> RankStore::State::look(std::int64_t beat, std::vector<std::string>& beats,
                                    std::vector<Clock::time_point>& heard) {
  const auto said = tried([&] {
    store->set(beat_key(ranks.rank), std::to_string(beat));
    return true;
  });
  TRY(said);
  TRY(check_failure());
  for (int rank = 0; rank < static_cast<int>(beats.size()); ++rank) {
    if (rank == ranks.rank) continue;
    const auto index = static_cast<std::size_t>(rank);
    auto now = find(beat_key(rank));
    TRY(now);
    const bool came = now->has_value();
    if (came && **now != beats[index]) {
      beats[index] = std::move(**now);
      heard[index] = Clock::now();
    }
    if (beats[index] == left_word) continue;
    const milliseconds limit = came ? limits.silence : std::max(limits.silence, limits.meet);
    if (Clock::now() - heard[index] < limit) continue;
    {
      const std::lock_guard lock(mutex);
      lost_rank = rank;
    }
    const std::string name = name_of(rank), time = seconds_text(limit);
    const std::string message = came ? fmt::format("nothing was heard from {} for {}", name, time)
                                     : fmt::format("{} did not connect within {}", name, time);
    say_failure(ErrorKind::device, message);
    return fail(ErrorKind::device, message, where, go_on_hint);
  }
  return {};
}

void RankStore::State::watch_others() {
  // Rank 0 hears everybody; the others hear it, and of each other through it.
  std::vector<std::string> beats(ranks.rank == 0 ? static_cast<std::size_t>(ranks.world) : 1);
  std::vector<Clock::time_point> heard(beats.size(), Clock::now());
  for (std::int64_t beat = 1;; ++beat) {
    auto looked = look(beat, beats, heard);
    std::unique_lock lock(mutex);
    if (!looked && !ending && !trouble) trouble = std::move(looked.error());
    last_answer = Clock::now();
    if (!trouble)
      wake.wait_for(lock, std::min(beat_interval, limits.silence / 4), [&] { return ending; });
    if (ending || trouble) {
      ended = true;
      return;
    }
  }
}

void RankStore::State::end_watch() {
  std::unique_lock lock(mutex);
  ending = true;
  wake.notify_all();
  if (!watch.joinable()) return;
  const bool can_join = answers();
  lock.unlock();
  if (can_join) {
    watch.join();
  } else {
    // It waits for a machine that is gone. What it uses it keeps.
    watch.detach();
  }
}

RankStore::RankStore(std::shared_ptr<State> state) : state_(std::move(state)) {}

RankStore::~RankStore() { state_->end_watch(); }

Result<std::shared_ptr<RankStore>> RankStore::meet(const RankEnvironment& ranks,
                                                   const RankLimits& limits) {
  auto state = std::make_shared<State>();
  state->ranks = ranks;
  state->limits = limits;
  state->where = fmt::format("{}:{}", ranks.address, ranks.port);
  calm_log();
  if (ranks.rank == 0 && !ranks.store_is_hosted) {
    auto host = StoreHost::begin(ranks.port);
    TRY(host);
    state->host = std::move(*host);
  }
  try {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(ranks.port);
    options.timeout = limits.meet;
    auto store = c10::make_intrusive<c10d::TCPStore>(ranks.address, options);
    state->store = c10::make_intrusive<c10d::PrefixStore>("plumbline/" + ranks.attempt, store);
    state->store->set(host_key(ranks.rank), host_name());
    TRY(state->await_all());
  } catch (const std::exception& exception) {
    return fail(ErrorKind::device,
                fmt::format("the ranks' store does not answer rank {}: {}", ranks.rank,
                            error_cause(exception)),
                state->where,
                "MASTER_ADDR and MASTER_PORT must name the machine of rank 0 and a port that all "
                "ranks can reach");
  }
  return std::shared_ptr<RankStore>(new RankStore(std::move(state)));
}

const RankEnvironment& RankStore::ranks() const { return state_->ranks; }

Result<void> RankStore::set(const std::string& key, const std::string& value) {
  TRY(State::asked(state_, [state = state_, key, value] {
    state->store->set(key, value);
    return true;
  }));
  return {};
}

Result<std::optional<std::string>> RankStore::find(const std::string& key) {
  auto found = State::asked(state_, [state = state_, key] { return state->find(key); });
  TRY(found);
  return std::move(*found);
}

Result<std::string> RankStore::get(const std::string& key, milliseconds limit,
                                   const std::function<bool()>& stop) {
  const auto begin = Clock::now();
  // Looked for again and again rather than waited for at the store: a wait would keep the
  // connection from the watch, and could not be ended.
  for (milliseconds pause = shortest_wait;; pause = std::min(pause * 2, longest_wait)) {
    auto look = State::asked(state_, [state = state_, key] {
      auto value = state->find(key);
      const bool is_there = value && *value;
      return std::pair(std::move(value), is_there ? Result<void>() : state->check_failure());
    });
    TRY(look);
    auto& [value, failure] = *look;
    if (value && *value) return std::move(**value);
    if (auto error = trouble()) return tl::unexpected(std::move(*error));
    TRY(value);
    TRY(failure);
    if (stop && stop())
      return fail(ErrorKind::cancelled, "cancelled; what was finished is kept", {},
                  "go on with --resume");
    if (limit.count() > 0 && Clock::now() - begin > limit)
      return fail(ErrorKind::device,
                  fmt::format("the other ranks did not answer within {}", seconds_text(limit)),
                  state_->where, "go on with --resume");
    std::this_thread::sleep_for(pause);
  }
}

Result<std::int64_t> RankStore::add(const std::string& key, std::int64_t amount) {
  return State::asked(state_,
                      [state = state_, key, amount] { return state->store->add(key, amount); });
}

Result<void> RankStore::barrier(const std::string& name, const std::function<bool()>& stop) {
  const auto came = add("barrier/" + name, 1);
  TRY(came);
  if (*came == state_->ranks.world) return set("barrier/" + name + "/open", "1");
  TRY(get("barrier/" + name + "/open", {}, stop));
  return {};
}

void RankStore::begin_watch() {
  const std::lock_guard lock(state_->mutex);
  if (state_->watching) return;
  state_->watching = true;
  state_->last_answer = Clock::now();
  state_->watch = std::thread([state = state_] { state->watch_others(); });
}

std::optional<Error> RankStore::trouble() const {
  const State& state = *state_;
  const std::lock_guard lock(state.mutex);
  if (state.trouble) return state.trouble;
  if (!state.answers()) return state.no_answer();
  return {};
}

void RankStore::give_up(const Error& error) {
  bool answers = true;
  {
    const std::lock_guard lock(state_->mutex);
    answers = state_->answers();
  }
  // A store that does not answer would be waited for without end.
  if (answers) {
    const std::string name = name_of(state_->ranks.rank);
    state_->say_failure(error.kind, error.kind == ErrorKind::cancelled
                                        ? name + " was cancelled"
                                        : fmt::format("{} gave up: {}", name, to_string(error)));
  }
  state_->note_trouble(error);
  leave();
}

void RankStore::leave() {
  State& state = *state_;
  bool answers = true;
  {
    const std::lock_guard lock(state.mutex);
    if (state.left) return;
    state.left = true;
    answers = state.answers();
  }
  state.end_watch();
  if (!answers || !set(beat_key(state.ranks.rank), left_word)) return;
  if (state.ranks.rank != 0) return;
  const auto begin = Clock::now();
  for (int rank = 1; rank < state.ranks.world; ++rank) {
    if (rank == state.lost_rank) continue;
    const milliseconds limit =
        trouble() ? std::min(last_words, state.limits.silence) : state.limits.silence;
    while (Clock::now() - begin < limit) {
      const auto said = find(beat_key(rank));
      if (!said || (*said && **said == left_word)) break;
      std::this_thread::sleep_for(longest_wait / 4);
    }
  }
}

std::string RankStore::name_of(int rank) { return state_->name_of(rank); }

c10::intrusive_ptr<c10d::Store> RankStore::store() const { return state_->store; }

}  // namespace plumbline
