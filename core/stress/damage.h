#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/held_split.h"
#include "core/types/error.h"
#include "core/types/voter.h"

namespace plumbline {

/// What a damaged voter gives in place of its own output.
enum class DamageKind {
  noise,     ///< its own distribution with the classes moved round by a random number of places
  constant,  ///< one class with certainty, whatever it sees
  shuffle,   ///< what it gave for another sample, drawn anew for each
};

/// How one voter is damaged. Which samples are hit, and by what, depends on the seed and the
/// sample's place alone: the same whatever else is asked, and those that are hit at one rate are
/// hit at every higher one.
struct Damage {
  Voter voter;
  DamageKind kind = DamageKind::noise;
  double rate = 0.2;  ///< of the samples, 0 to 1
  std::uint32_t seed = 0;
  ClassIndex constant_class = 0;  ///< for DamageKind::constant
  friend bool operator==(const Damage&, const Damage&) = default;
};

/// Reads `voter=MODEL:VIEW,kind=noise|constant|shuffle,rate=0.2[,seed=0][,class=NAME]`; a class is
/// a name among `classes` or a place in them. Only the voter is needed. Errors (usage) name the
/// part.
Result<Damage> parse_damage(std::string_view text, std::span<const std::string> classes);
std::string to_string(const Damage& damage);

/// A split of which a voter is damaged, with the columns that its votes refer to.
struct DamagedSplit {
  HeldSplit split;
  std::int64_t hit = 0;  ///< samples of which the voter's output was replaced
  std::shared_ptr<const void> memory;
};

/// Damages the voter in column `voter` of the split, on which the policy is then applied unchanged.
/// `classes`: of the data set; outputs for classes beyond are left as they are by `noise`. A sample
/// without an output has none afterwards either. The true class's log-probability is that of the
/// replacing distribution; where the split has no distributions it is known for `shuffle` of
/// samples of one class only, and else NaN. Nothing is shared but what is unchanged. Deterministic.
DamagedSplit damage_voter(const HeldSplit& split, std::size_t voter, const Damage& damage,
                          std::size_t classes);

}  // namespace plumbline
