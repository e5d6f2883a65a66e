#include "app/engine/check_apart.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/types/json_object.h"

namespace plumbline {

namespace {

volatile std::sig_atomic_t asked_to_stop = 0;
void note_signal(int /*signal*/) { asked_to_stop = 1; }

/// Takes SIGINT, SIGTERM and SIGHUP while it lives.
class StopSignals {
 public:
  StopSignals() {
    asked_to_stop = 0;
    struct sigaction action{};
    action.sa_handler = note_signal;  // without SA_RESTART, so that poll() returns
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &action, &before_[i]);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() {
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 3> before_{};
};

std::string encode(const Result<void>& result) {
  if (result) return "{}";
  const Error& error = result.error();
  // What a model's own message holds may be no UTF-8.
  return nlohmann::json{{"kind", static_cast<int>(error.kind)},
                        {"message", error.message},
                        {"where", error.where},
                        {"hint", error.hint}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

[[noreturn]] void be_the_child(int pipe, const Reach& reach,
                               const std::function<Result<void>()>& check) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
  const auto confined = confine(reach);
  const std::string text =
      encode(confined ? check() : Result<void>(tl::unexpected(confined.error())));
  for (std::size_t written = 0; written < text.size();) {
    const auto more = ::write(pipe, text.data() + written, text.size() - written);
    if (more <= 0) break;
    written += static_cast<std::size_t>(more);
  }
  // Without destructors of static objects: LibTorch's threads may be at work.
  std::fflush(nullptr);
  ::_exit(0);
}

/// What the child says until it closes the pipe. Nothing where the time is over or a stop was asked
/// for.
std::optional<std::string> listen(int pipe, std::chrono::seconds limit) {
  constexpr std::size_t longest = 1 << 20;
  const auto end = std::chrono::steady_clock::now() + limit;
  std::string text;
  std::array<char, 4096> buffer{};
  while (!asked_to_stop) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return {};
    // Short waits: a signal may arrive between the test above and the call.
    pollfd waiting{pipe, POLLIN, 0};
    const int ready =
        ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 200)));
    if (ready <= 0) continue;
    const auto got = ::read(pipe, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || text.size() > longest) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return {};
}

Result<void> decode(const std::string& text, const std::string& died) {
  const auto said = parse_json(text, "");
  if (!said || !said->is_object()) return fail(ErrorKind::device, died);
  if (said->empty()) return {};
  // The other process has loaded the model: what it says is not trusted either.
  JsonErrors errors;
  JsonObject object(*said, "", errors);
  const auto kind = object.integer("kind", 0, 3, 1);
  return fail(static_cast<ErrorKind>(kind), object.text("message", text.size(), ""),
              object.text("where", text.size(), ""), object.text("hint", text.size(), ""));
}

}  // namespace

Result<void> check_apart(const Reach& reach, std::chrono::seconds limit, std::string_view what,
                         const std::filesystem::path& where,
                         const std::function<Result<void>()>& check) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return fail(ErrorKind::device, "no pipe could be made");
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return fail(ErrorKind::device, "no process could be started");
  if (child == 0) {
    ::close(ends[0]);
    be_the_child(ends[1], reach, check);
  }
  ::close(ends[1]);
  const StopSignals signals;
  const auto said = listen(ends[0], limit);
  ::close(ends[0]);
  if (!said) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (asked_to_stop) return fail(ErrorKind::cancelled, "cancelled", where.string());
  if (!said)
    return bad_input(fmt::format("{} did not end its check within {} s", what, limit.count()),
                     where.string(), "--limit SECONDS gives it more time");
  if (WIFSIGNALED(status))
    return bad_input(
        fmt::format("{} ended the process that checked it by signal {}{}", what, WTERMSIG(status),
                    WTERMSIG(status) == SIGKILL ? ": out of memory, probably" : ""),
        where.string());
  return decode(*said, fmt::format("{} ended the process that checked it", what));
}

}  // namespace plumbline
