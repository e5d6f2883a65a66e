#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// A numeric array from NumPy's .npy format.
struct NpyArray {
  std::vector<std::int64_t> shape;
  std::vector<double> values;  ///< C order, as they were given: double holds them all but int64s
};

/// Reads versions 1 to 3, C or Fortran order, little- or big-endian f2, f4, f8, i1 to i8, u1 to u8.
/// Pickled objects, other types, a shape that overflows or does not fit the file's length are
/// errors that name the file; nothing is allocated before the length has been checked.
Result<NpyArray> read_npy(const std::filesystem::path& file);

/// The bytes of a .npy file (version 1, little-endian f4, C order) before the values themselves.
std::string npy_header(const std::vector<std::int64_t>& shape);

}  // namespace plumbline
