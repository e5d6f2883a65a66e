#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// What stands between the braces of a .npy file's header.
struct NpyHeader {
  char kind = 0;  ///< 'f', 'i' or 'u'
  int bytes = 0;  ///< of one value: 1, 2, 4 or 8
  bool big_endian = false;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Reads the dictionary, as NumPy writes it: {'descr': '<f4', 'fortran_order': False, 'shape':
/// (3, 4), }. Each key must occur once; `where` names the file in errors.
Result<NpyHeader> parse_npy_header(std::string_view text, const std::string& where);

}  // namespace plumbline
