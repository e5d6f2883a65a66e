#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/detection/accepted_matches.h"
#include "core/detection/tide.h"

namespace plumbline {

/// As many voters as a ledger has bits for.
inline constexpr std::size_t most_voters = 64;

/// What became of one object that counts.
struct ObjectRecord {
  std::int32_t object = 0;     ///< index into BoxDataset::boxes
  std::uint64_t found_by = 0;  ///< bit v: voter v has an accepted detection that is matched to it
  bool found = false;          ///< by the judged result
  double best_overlap = 0;     ///< with any detection of its class, of any score and voter
  double best_score = 0;       ///< of those that overlap it by the threshold; 0 for none
  std::int32_t recovered_by = -1;  ///< of an object that the result missed: the voter that found it
                                   ///< with the greatest score; −1 for none
  /// Of a missed one: what was nearest (wrong_class, wrong_place; background: nothing was); `right`
  /// where it was found, or found with a score below the threshold.
  TideVerdict nearest = TideVerdict::background;
};

/// What one detection of the result is.
struct DetectionRecord {
  bool accepted = false;
  DetectionMatch match;
  TideVerdict verdict = TideVerdict::not_counted;
};

struct Ledger {
  std::vector<ObjectRecord> objects;        ///< of counted objects, in the data set's order
  std::vector<DetectionRecord> detections;  ///< of the result, in its order
  std::vector<std::int64_t> found_by_k;     ///< how many objects were found by k voters, k from 0
  std::int64_t undetected = 0;              ///< by the result
};

struct LedgerOptions {
  double score = 0.25;  ///< accepted are detections of at least this score
  double overlap = 0.5;
};

/// Holds `result` and every voter against the objects. Where one voter is judged alone it is both.
/// At most 64 voters.
Ledger make_ledger(const BoxDataset& truth, const DetectionSet& result,
                   std::span<const DetectionSet> voters, const TideResult& errors,
                   const LedgerOptions& options = {});

}  // namespace plumbline
