// bench_make_large_study FOLDER [SAMPLES [MODELS]]: the study that the workbench is measured on.
// One that is there already is left as it is.
#include <chrono>
#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "core/types/number.h"
#include "tests/bench/large_study.h"

int main(int count, char** words) {
  using namespace plumbline;
  LargeStudy request;
  if (count < 2 || count > 4) {
    fmt::print(stderr, "usage: {} FOLDER [SAMPLES [MODELS]]\n", words[0]);
    return 2;
  }
  request.folder = words[1];
  if (count > 2) request.samples = parse_integer(words[2]).value_or(0);
  if (count > 3) request.models = static_cast<int>(parse_integer(words[3]).value_or(0));
  if (request.samples < 1 || request.models < 1 || request.models > 32) {
    fmt::print(stderr, "{}: samples and models are positive numbers, models at most 32\n",
               words[0]);
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const auto made = make_large_study(request, [&](const std::string& what) {
    fmt::print("{:5.1f} s  {}\n", seconds(), what);
    std::fflush(stdout);
  });
  if (!made) {
    fmt::print(stderr, "{}: {}\n", words[0], to_string(made.error()));
    return exit_code(made.error().kind);
  }
  fmt::print("{}: {}, {} samples × {} voters\n", request.folder.string(),
             *made ? fmt::format("made in {:.0f} s", seconds()) : "is there already",
             request.samples, static_cast<std::size_t>(request.models) * request.views.size());
  return 0;
}
