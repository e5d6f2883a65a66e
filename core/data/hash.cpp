#include "core/data/hash.h"

#include <fmt/format.h>
#include <xxhash.h>
#include <algorithm>
#include <new>
#include <vector>

#include "core/data/file_handle.h"

namespace plumbline {

namespace {

std::string hex(XXH128_hash_t hash) {
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

struct Hasher::State {
  XXH3_state_t* xxh = XXH3_createState();
  State() {
    if (xxh == nullptr) throw std::bad_alloc();
    XXH3_128bits_reset(xxh);
  }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::add(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size());
}

std::string Hasher::digest() const { return hex(XXH3_128bits_digest(state_->xxh)); }

std::string hash_bytes(std::span<const std::byte> bytes) {
  return hex(XXH3_128bits(bytes.data(), bytes.size()));
}

Result<std::string> hash_file(const std::filesystem::path& path) {
  auto file = FileHandle::open(path);
  TRY(file);
  Hasher hasher;
  std::vector<std::byte> buffer(std::min<std::uint64_t>(file->size(), 1 << 20));
  for (std::uint64_t done = 0; done < file->size();) {
    const auto piece =
        std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), file->size() - done));
    if (auto read = file->read_at(done, piece); !read) {
      return tl::unexpected(std::move(read.error()));
    }
    hasher.add(piece);
    done += piece.size();
  }
  return hasher.digest();
}

}  // namespace plumbline
