#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/data/box_dataset.h"
#include "core/types/error.h"

namespace plumbline {

/// The table box_truth: what is true of the samples of a split whose truth is boxes. All throw
/// SQLite::Exception. A box's image is its sample's position within the split.

/// `places`: the data set's class of each of the boxes' categories. Errors: segmentations that
/// cannot be read.
Result<void> write_boxes(SQLite::Database& database, std::int64_t split, const BoxDataset& data,
                         std::span<const std::int32_t> places);

/// Ordered by sample, then as they were imported, without segmentations; categories are the data
/// set's classes. A box of a sample or class that there is none of, or that is not finite, is
/// damage.
std::vector<TruthBox> read_boxes(SQLite::Database& database, std::int64_t split);

/// What each of them says of its outline, in the same order; empty where it says nothing.
void read_segmentations(SQLite::Database& database, std::int64_t split,
                        const std::function<void(std::string_view)>& take);

/// boxes_mark, of a data set's split.
std::string mark_of_boxes(SQLite::Database& database, std::int64_t dataset,
                          const std::string& name);

/// Whether what is kept is what was scanned, a row after the other. Errors: segmentations that
/// cannot be read.
Result<bool> same_boxes(SQLite::Database& database, std::int64_t split, const BoxDataset& scanned,
                        std::span<const std::int32_t> places);

}  // namespace plumbline
