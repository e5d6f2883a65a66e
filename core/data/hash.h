#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/types/error.h"

namespace plumbline {

/// XXH3's 128 bits, piece by piece. Not cryptographic: it finds changed files, not forged ones.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void add(std::span<const std::byte> bytes);
  /// The hash of everything added so far, as 32 hex digits (as `xxh128sum` prints it).
  std::string digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// XXH3-128 as 32 hex digits.
std::string hash_bytes(std::span<const std::byte> bytes);

/// The hash of a file's content, which is read in pieces.
Result<std::string> hash_file(const std::filesystem::path& path);

}  // namespace plumbline
