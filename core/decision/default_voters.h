#pragma once
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "core/types/voter.h"

namespace plumbline {

/// The voters that decide where nobody chose any, as places in the run's list, rising: those of the
/// identity view where every model has every view and there are at least two models, else all (as
/// where member i votes on view i). Views are there to be tried one by one: voters of one model err
/// alike, and taken together by default they would outvote what tells models apart.
std::vector<std::size_t> default_voters(std::span<const Voter> voters);

/// The rule in words, for helps: "left out, those of …".
inline constexpr std::string_view default_voters_words =
    "those of the identity view where every model has every view, else all; 'all' names all";

}  // namespace plumbline
