#include "app/engine/with_ranks.h"

#include <fmt/format.h>

#include "core/engine/ranks/rank_environment.h"

namespace plumbline {

Result<void> with_ranks(const EngineModule& engine, const RankEnvironment& ranks,
                        const std::function<Result<void>(std::shared_ptr<RankStore>)>& body) {
  if (!ranks.several()) return body(nullptr);
  const auto store = engine.meet(ranks);
  TRY(store);
  auto result = body(*store);
  engine.leave(**store, result ? nullptr : &result.error());
  if (!result && ranks.rank > 0) {
    Error& error = result.error();
    error.where =
        fmt::format("rank {}{}{}", ranks.rank, error.where.empty() ? "" : ": ", error.where);
  }
  return result;
}

}  // namespace plumbline
