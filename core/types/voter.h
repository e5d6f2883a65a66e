#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"
#include "core/types/view.h"

namespace plumbline {

/// One (model, view) pair.
struct Voter {
  std::string model;
  View view;
  friend bool operator==(const Voter&, const Voter&) = default;
};

/// `model:view`, as `--voters` reads it.
std::string to_string(const Voter& voter);

/// Reads `A:identity,B:flip_x`. A model's name alone stands for its identity view. A
/// voter that is named twice is an error.
Result<std::vector<Voter>> parse_voters(std::string_view text);

/// All pairs, models outer, views inner: the first is the baseline.
std::vector<Voter> cross(const std::vector<std::string>& models, const std::vector<View>& views);

}  // namespace plumbline
