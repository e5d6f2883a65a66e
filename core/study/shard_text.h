#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "core/study/study_predictions.h"

namespace plumbline {

/// What prediction files are now, as a text that changes whenever one of them does: names, rows,
/// ranges, sizes, times of the last change and hashes. What is kept of them in a cache is named by
/// it. Nothing where one of them cannot be looked at. `folder`: the study's predictions/.
std::optional<std::string> shard_text(const std::filesystem::path& folder,
                                      std::span<const ShardRow> rows);

}  // namespace plumbline
