#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/image.h"
#include "core/study/study_runs.h"
#include "core/types/error.h"
#include "core/types/view.h"

namespace plumbline {

/// A condition (DOMAIN 1.7) is a view of the pool that comes before every voter's own: the camera's
/// fault, not the voter's choice.

/// Reads families between semicolons, each a list between commas: views as `parse_view` reads them,
/// or numbers, which take the place of the last number of the one before: `noise=2,4,8;blur=0.5,1`,
/// `blur=1+noise=4,8` for blur=1+noise=4 and blur=1+noise=8.
/// Errors (usage): those of parse_view; one that is named twice; identity, and what needs a card
/// (`connorm`), which are no condition.
Result<std::vector<View>> parse_conditions(std::string_view text);

/// One fault at rising severities, in the order in which they were named: what a curve is drawn of.
struct ConditionFamily {
  std::string name;              ///< "noise", "blur=1+noise": all but the last number
  std::vector<View> conditions;  ///< at least one
  std::vector<double> severity;  ///< of each: its last step's first number; 0 where it has none
};

/// Conditions by family, in the order of their first member.
std::vector<ConditionFamily> condition_families(const std::vector<View>& conditions);

/// A condition's name: its view, "none" for identity.
std::string condition_name(const View& condition);

/// The condition that is meant; identity for an empty text or "none". Errors (usage): no view; none
/// of the run's, which are named.
Result<View> choose_condition(const RunInfo& run, const std::string& wanted);

/// What a camera with this fault delivers of an image: geometric steps first, then the intensities,
/// at the image's own size, limited to 0–255 and rounded to 8 bits once. Where a geometric step
/// looks outside of the image there is black. `sample`: its place in the split, on which noise
/// depends; noise of a condition and noise of a voter's view are independent. Deterministic,
/// thread-safe. Identity gives the image.
Image under_condition(Image image, const View& condition, std::int64_t sample);

}  // namespace plumbline
