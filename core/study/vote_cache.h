#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/decision/votes.h"
#include "core/predictions/further_classes.h"
#include "core/study/study.h"

namespace plumbline {

/// One voter's votes on a split, with the memory that they lie in.
struct OwnedVotes {
  VoterVotes votes;
  std::shared_ptr<const void> memory;
  /// How many of its classes are the data set's, as it was then, and what those behind them are
  /// called; empty where nothing lies behind, or it has no names.
  std::size_t own = 0;
  FurtherClasses further = {};
};

/// The names of a data set's classes; empty where there is no such data set.
Result<std::vector<std::string>> classes_of(const Study& study, std::int64_t dataset);

/// Reads voters' votes on one split: each from its segment in cache/ where its predictions are
/// complete (made first if it is absent and the study is writable), else from the prediction files,
/// with no_class for the samples that are still to come. A prediction file is opened once for all
/// voters, on all cores. Errors name the file.
///
/// A segment is 32 bytes of header (magic "PLVOTES3", samples, 1 where confidences were given in
/// double and 0 else, and in two words of 32 bits `own` and the bytes at the end), then those as
/// float64, float32 confidence, float32 log_prob_label and uint16 class, each `samples` long, and
/// at the end the names of further classes (further_text). One of another magic is made anew. It is
/// never changed after its rename, so that mapping it is safe; its name holds the last shard, so
/// that other predictions get another segment.
Result<std::vector<OwnedVotes>> read_votes(const Study& study, std::span<const PredictionSet> sets,
                                           std::int64_t samples);

}  // namespace plumbline
