#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/decision/verdicts.h"
#include "core/decision/votes.h"

namespace plumbline {

/// What a gallery is ordered by.
enum class SortKey {
  confidence,    ///< of the baseline (the run's first voter)
  disagreement,  ///< share of the run's voters whose class is not the policy's label
  loss,          ///< mean over the policy's voters of −ln p(true class), in nats
  score,         ///< the policy's own ranking score
};
inline constexpr std::array sort_keys = {SortKey::confidence, SortKey::disagreement, SortKey::loss,
                                         SortKey::score};

/// Whether the run's voters give a sample the same class.
enum class Agreement { any, disagree, agree };

/// What is asked of the samples: which are shown and in what order. A value; knows no widget.
struct FailureQuery {
  std::array<bool, verdict_kinds> verdicts{};  ///< by Verdict; default: none
  std::optional<ClassIndex> true_class;
  std::optional<ClassIndex> predicted_class;  ///< the policy's label
  float lowest_confidence = 0;                ///< of the baseline; inclusive
  float highest_confidence = 1;               ///< inclusive
  Agreement agreement = Agreement::any;       ///< of all of the run's voters
  std::optional<std::size_t> dissenter;       ///< a voter whose class is not the policy's label
  SortKey sort = SortKey::confidence;
  bool descending = true;

  bool shows(Verdict verdict) const { return verdicts[static_cast<std::size_t>(verdict)]; }
  friend bool operator==(const FailureQuery&, const FailureQuery&) = default;
};

/// The view that a failure browser opens with: undetected mispredictions, most confident first.
FailureQuery default_failure_query();

/// What a query is asked of. Nothing is owned.
struct FailureColumns {
  const VoteTable* votes = nullptr;            ///< all of the run's voters, the baseline first
  std::span<const std::size_t> policy_voters;  ///< indices into votes->voters
  const Decisions* decisions = nullptr;
  /// Per sample 1 where the text filter matches its file name; empty: no text filter.
  std::span<const std::uint8_t> name_matches;
  /// The same of the tag filter.
  std::span<const std::uint8_t> tag_matches;
};

/// The value that `key` sorts a sample by; NaN where it has none (no label, no output).
float sort_value(const FailureColumns& columns, SortKey key, std::size_t sample);

/// The samples that the query shows, in its order. Equal values: by rising index; NaN: at the end,
/// whichever the direction. Deterministic. Memory: 4 bytes a sample shown, 16 while it works.
std::vector<std::uint32_t> matching_samples(const FailureColumns& columns,
                                            const FailureQuery& query);

/// How many samples the query shows.
std::int64_t count_matching(const FailureColumns& columns, const FailureQuery& query);

}  // namespace plumbline
