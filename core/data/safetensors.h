#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/data/mapped_file.h"
#include "core/types/error.h"

namespace plumbline {

/// The types of values of safetensors 0.8, all of which a file may hold: F64, F32, … BOOL.
enum class Dtype {
  f64,
  f32,
  f16,
  bf16,
  i64,
  i32,
  i16,
  u16,
  u8,
  boolean,
  // Read by nobody here: a file that holds them beside others can be opened all the same.
  i8,
  u32,
  u64,
  c64,
  f8_e4m3,
  f8_e5m2,
  f8_e8m0,
  f8_e4m3_fnuz,
  f8_e5m2_fnuz,
  f6_e2m3,
  f6_e3m2,
  f4
};

std::string_view to_string(Dtype dtype);   ///< as in the file: "F32", "BOOL"
std::size_t bytes_per_value(Dtype dtype);  ///< 1, 2, 4 or 8; of 4 and 6 bits: 1

/// A named array in C order, little-endian. The bytes belong to somebody else.
struct TensorView {
  std::string name;
  Dtype dtype = Dtype::f32;
  std::vector<std::int64_t> shape;  ///< no dimension: one value
  /// Aligned to bytes_per_value in files that write_safetensors wrote; in others perhaps not.
  std::span<const std::byte> data;
};

/// Keys and values of the file's "__metadata__", in their order.
using SafetensorsMetadata = std::vector<std::pair<std::string, std::string>>;

/// The header's longest length, as in the reference implementation.
inline constexpr std::uint64_t max_safetensors_header = 100'000'000;

/// A safetensors file, memory-mapped. Everything that the header claims is checked when it is
/// opened: types, shapes against lengths, and that the tensors cover the data without gap, overlap
/// or remainder. The views live as long as the object (or the one that it was moved to).
class SafetensorsFile {
 public:
  /// Errors name the file, the tensor and what is wrong with it.
  static Result<SafetensorsFile> open(const std::filesystem::path& path);

  const SafetensorsMetadata& metadata() const { return metadata_; }
  /// In the header's order.
  const std::vector<TensorView>& tensors() const { return tensors_; }
  /// By name; null where there is none.
  const TensorView* find(std::string_view name) const;
  /// A value of the metadata; null where there is none.
  const std::string* find_metadata(std::string_view key) const;

 private:
  explicit SafetensorsFile(MappedFile file) : file_(std::move(file)) {}
  MappedFile file_;
  SafetensorsMetadata metadata_;
  std::vector<TensorView> tensors_;
  std::vector<std::size_t> by_name_;  ///< indices of tensors_, ordered by name
};

/// Writes a file atomically (core/data/atomic_file.h). Equal input gives equal bytes: the header
/// has the given order, the data lie by falling size of their values, so that all are aligned.
/// Errors: a name twice or not UTF-8, data that do not fit their shape, and those of writing.
Result<void> write_safetensors(const std::filesystem::path& path,
                               const SafetensorsMetadata& metadata,
                               std::span<const TensorView> tensors);

/// The same to a file that a user has named (OutputFile).
Result<void> write_safetensors_output(const std::filesystem::path& path,
                                      const SafetensorsMetadata& metadata,
                                      std::span<const TensorView> tensors);

}  // namespace plumbline
