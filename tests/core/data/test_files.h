#pragma once
#include <QTemporaryDir>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/image.h"
#include "core/types/error.h"

/// A folder that is removed at the end of the test.
class TestFolder {
 public:
  // Qt leaves files whose names are not UTF-8.
  ~TestFolder() { std::filesystem::remove_all(path()); }
  std::filesystem::path path() const { return folder_.path().toStdString(); }
  std::filesystem::path operator/(std::string_view name) const { return path() / name; }

 private:
  QTemporaryDir folder_;
};

using Bytes = std::vector<std::uint8_t>;

/// Writes a file, and the folders that it needs.
std::filesystem::path write_file(const std::filesystem::path& path, std::span<const std::uint8_t>);
std::filesystem::path write_file(const std::filesystem::path& path, std::string_view text);
Bytes file_bytes(const std::filesystem::path& path);

inline std::span<const std::byte> as_bytes(const Bytes& bytes) {
  return std::as_bytes(std::span(bytes));
}
inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// MNIST's format: the magic number, the lengths, then the values.
Bytes idx_bytes(std::uint32_t magic, std::initializer_list<std::uint32_t> lengths,
                std::span<const std::uint8_t> values);
Bytes gzip(std::span<const std::uint8_t> bytes);

Bytes random_values(std::size_t count, unsigned seed);

/// A copy with a few bytes changed, removed or repeated; the same for the same generator.
Bytes mutated(const Bytes& bytes, std::mt19937& generator);

/// The error's text, or "no error".
template <class T>
std::string problem(const plumbline::Result<T>& result) {
  return result ? "no error" : plumbline::to_string(result.error());
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}
