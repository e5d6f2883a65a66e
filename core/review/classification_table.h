#pragma once
#include <array>
#include <span>

#include "core/decision/verdicts.h"
#include "core/decision/votes.h"
#include "core/review/review_table.h"

namespace plumbline {

/// Whether a run's voters give a sample the same class: the words of column::agreement.
enum class Agreement : std::uint8_t { agree, disagree };

/// The numbers that a classification's failures are sorted by, in the order in which they are
/// offered.
inline constexpr std::array sort_columns = {column::confidence, column::disagreement, column::loss,
                                            column::score};

/// A run's samples under a policy. Nothing is copied: what is given, in its place, outlives the
/// table, and a new decision of as many samples is seen through it.
/// - confidence: of the first voter; none where it has no output;
/// - disagreement: share of the run's voters with an output whose class is not the label;
/// - loss: mean over the policy's voters (indices into votes.voters) of −ln p(true class), in nats;
/// - score: the policy's own;
/// - agreement (words): of all of the run's voters;
/// - dissent (members: the run's voters): has an output, and another class than the label.
ReviewTable classification_table(const VoteTable& votes, std::span<const std::size_t> policy_voters,
                                 const Decisions& decisions);

}  // namespace plumbline
