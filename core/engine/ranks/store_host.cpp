#include "core/engine/ranks/store_host.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "core/engine/error_cause.h"

namespace plumbline {

namespace {

constexpr std::string_view open_word = "open";

/// What the process that holds the store does until its owner's end of `life` is closed.
[[noreturn]] void hold_store(int port, int life, int answer) {
  // Who interrupts the ranks from a terminal interrupts this process too; it ends with its owner,
  // whose last words go through it.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_IGN);
  const auto say = [&](std::string_view text) {
    (void)!::write(answer, text.data(), text.size());
    ::close(answer);
  };
  try {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(port);
    options.isServer = true;
    options.waitWorkers = false;
    const auto store = c10::make_intrusive<c10d::TCPStore>("localhost", options);
    say(open_word);
    char byte = 0;
    while (::read(life, &byte, 1) < 0 && errno == EINTR) {
    }
  } catch (const std::exception& exception) {
    say(error_cause(exception));
  }
  ::_exit(0);
}

std::string read_to_end(int descriptor) {
  std::string text;
  std::array<char, 512> bytes{};
  while (true) {
    const ssize_t count = ::read(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

Result<StoreHost> StoreHost::begin(int port) {
  const auto failed = [&](const std::string& why) {
    return fail(ErrorKind::device, "the ranks' store cannot be started here: " + why,
                fmt::format("port {}", port), "set MASTER_PORT to a port that is free");
  };
  std::array<int, 2> life{}, answer{};
  if (::pipe2(life.data(), O_CLOEXEC) != 0) return failed(std::strerror(errno));
  if (::pipe2(answer.data(), O_CLOEXEC) != 0) {
    const int number = errno;
    for (const int end : life) ::close(end);
    return failed(std::strerror(number));
  }
  const pid_t process = ::fork();
  if (process == 0) {
    ::close(life[1]);
    ::close(answer[0]);
    hold_store(port, life[0], answer[1]);
  }
  const int number = errno;
  ::close(life[0]);
  ::close(answer[1]);
  StoreHost host(process, life[1]);
  const std::string said = process > 0 ? read_to_end(answer[0]) : std::strerror(number);
  ::close(answer[0]);
  if (said != open_word) return failed(said.empty() ? "its process ended" : said);
  return host;
}

StoreHost::StoreHost(StoreHost&& other) noexcept
    : process_(std::exchange(other.process_, -1)), life_(std::exchange(other.life_, -1)) {}

StoreHost& StoreHost::operator=(StoreHost&& other) noexcept {
  std::swap(process_, other.process_);
  std::swap(life_, other.life_);
  return *this;
}

StoreHost::~StoreHost() {
  if (life_ >= 0) ::close(life_);
  int status = 0;
  while (process_ > 0 && ::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace plumbline
