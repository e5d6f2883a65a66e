#pragma once
#include <filesystem>
#include <span>
#include <string>

#include "core/detection/ledger.h"
#include "core/types/error.h"

namespace plumbline {

/// Detections as COCO's results JSON, one a line; numbers as the shortest decimals that read back
/// the same.
std::string coco_results_text(const BoxDataset& truth, const DetectionSet& detections);

/// Images and classes that files of detections name, where there is no ground truth: sizes are not
/// known. Errors as read_coco_results's.
Result<BoxDataset> images_of_results(std::span<const std::filesystem::path> files);

enum class LedgerFormat { csv, json, coco };

/// The ledger's objects, by the data set's order: image, class, box, found by which voters, best
/// overlap and score, who recovers it, what was nearest. As CSV (cells that a spreadsheet would run
/// are quoted), as JSON (with a record for every detection, too), or as COCO's instances JSON of
/// the undetected objects alone.
std::string ledger_text(const BoxDataset& truth, const DetectionSet& result,
                        std::span<const DetectionSet> voters, const Ledger& ledger,
                        LedgerFormat format);

}  // namespace plumbline
