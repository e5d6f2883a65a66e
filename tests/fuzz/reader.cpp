#include "tests/fuzz/reader.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace plumbline::fuzz {

namespace fs = std::filesystem;

namespace {

struct ScratchFolder {
  fs::path path = fs::temp_directory_path() / ("plumbline-fuzz-" + std::to_string(::getpid()));
  ScratchFolder() { fs::create_directories(path); }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

void expect(bool holds, std::string_view sentence) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  std::abort();
}

void expect_error(const Error& error) {
  expect(!error.message.empty(), "an error says what is wrong");
  expect(error.kind != ErrorKind::device, "no input takes all of the memory: " + to_string(error));
}

std::string_view text_of(Content content) {
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

void touch(Content bytes) {
  std::byte all{};
  for (const std::byte byte : bytes) all |= byte;
  // Where the compiler cannot see it, so that the loop is not left out.
  volatile std::byte seen = all;
  static_cast<void>(seen);
}

const fs::path& scratch_folder() {
  static const ScratchFolder folder;
  return folder.path;
}

fs::path scratch_file(std::string_view name, Content content) {
  fs::path file = scratch_folder() / name;
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
  stream.close();
  expect(!stream.fail(), "the scratch folder can be written");
  return file;
}

std::uint64_t Feed::number(int bytes) {
  std::uint64_t value = 0;
  const Content taken = this->bytes(static_cast<std::size_t>(bytes));
  for (std::size_t i = taken.size(); i-- > 0;)
    value = value << 8 | std::to_integer<std::uint64_t>(taken[i]);
  return value;
}

Content Feed::bytes(std::size_t count) {
  const Content taken = rest_.first(std::min(count, rest_.size()));
  rest_ = rest_.subspan(taken.size());
  return taken;
}

}  // namespace plumbline::fuzz
