#pragma once
#include <functional>
#include <memory>

#include "core/engine/engine.h"

namespace plumbline {

/// Does this process's part of a command that several ranks may do together. With several it meets
/// the others first, hands over their store, and says to them how `body` ended: an error ends them
/// too. With one, `body` gets null. To be called before the process is confined. The errors of a
/// rank other than 0 say which one.
Result<void> with_ranks(const EngineModule& engine, const RankEnvironment& ranks,
                        const std::function<Result<void>(std::shared_ptr<RankStore>)>& body);

}  // namespace plumbline
