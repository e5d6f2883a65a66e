#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/reader.h"

/// What libFuzzer calls: the reader of the option --reader=NAME, which it leaves to us.
namespace {
const plumbline::fuzz::Reader* chosen = nullptr;
}

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view option = "--reader=";
  bool named = false;
  for (int i = 1; i < *argc; ++i) {
    const std::string_view word = (*argv)[i];
    if (!word.starts_with(option)) continue;
    named = true;
    for (const auto& reader : plumbline::fuzz::readers())
      if (reader.name == word.substr(option.size())) chosen = &reader;
  }
  if (chosen) return 0;
  // A line each, the longest input behind the name, as ./dev fuzz reads them.
  for (const auto& reader : plumbline::fuzz::readers())
    std::printf("%.*s %zu\n", static_cast<int>(reader.name.size()), reader.name.data(),
                reader.longest);
  std::exit(named ? 2 : 0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->read({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
