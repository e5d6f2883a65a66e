#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/types/error.h"

namespace plumbline {

/// The rows of a study that its reader can do without. Where they cannot be read there are none,
/// and `damaged` has one entry more that says which are left out ("the energy tables"), why, and
/// what to do: a sentence without a full stop, to be shown.
template <class Row>
std::vector<Row> readable_rows(Result<std::vector<Row>> rows, std::string_view which,
                               std::vector<std::string>& damaged) {
  if (rows) return std::move(*rows);
  damaged.push_back(fmt::format("{} are left out: {}", which, to_string(rows.error())));
  return {};
}

}  // namespace plumbline
