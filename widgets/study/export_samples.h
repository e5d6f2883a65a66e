#pragma once
#include <QString>

#include <cstdint>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

class Remarks;
class RunReview;

/// Writes some samples of a run under review: file, label, predicted, verdict, the baseline's
/// confidence, agreeing voters, tags, note; in the order given. JSON where the name ends in .json,
/// else CSV. Returns the number of rows.
Result<std::int64_t> export_samples(const QString& file, const RunReview& review,
                                    const Remarks& remarks,
                                    const std::vector<std::uint32_t>& samples);

/// The files of some samples, one a line, absolute where the data set is a folder of images.
Result<QString> sample_paths(const RunReview& review, const std::vector<std::uint32_t>& samples);

}  // namespace plumbline
