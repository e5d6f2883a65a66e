#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/data/box_dataset.h"

namespace plumbline {

/// The table box_truth: what is true of the samples of a split whose truth is boxes. All throw
/// SQLite::Exception. A box's image is its sample's position within the split.

/// `places`: the data set's class of each of the boxes' categories.
void write_boxes(SQLite::Database& database, std::int64_t split, const std::vector<TruthBox>& boxes,
                 std::span<const std::int32_t> places);

/// Ordered by sample, then as they were imported; categories are the data set's classes. A box of a
/// sample or class that there is none of, or that is not finite, is damage.
std::vector<TruthBox> read_boxes(SQLite::Database& database, std::int64_t split,
                                 Segmentations segmentations);

/// boxes_mark, of a data set's split.
std::string mark_of_boxes(SQLite::Database& database, std::int64_t dataset,
                          const std::string& name);

/// Whether what is kept is what was scanned.
bool same_boxes(std::vector<TruthBox> kept, std::vector<TruthBox> scanned,
                std::span<const std::int32_t> places);

}  // namespace plumbline
