#include "core/study/shard_text.h"

#include <sys/stat.h>

#include <fmt/format.h>

namespace plumbline {

std::optional<std::string> shard_text(const std::filesystem::path& folder,
                                      std::span<const ShardRow> rows) {
  std::string text = fmt::format("{}\n", rows.size());
  for (const ShardRow& row : rows) {
    const PredictionShard& shard = row.shard;
    struct stat status{};
    if (::stat((folder / shard.file).c_str(), &status) != 0) return std::nullopt;
    text += fmt::format("{} {} {} {} {} {}.{} {}\n", shard.file.string(), row.row, shard.first,
                        shard.count, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                        shard.state.hash);
  }
  return text;
}

}  // namespace plumbline
