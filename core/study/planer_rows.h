#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/planer/front/latency_table.h"
#include "core/study/study_connection.h"

namespace plumbline {

/// What the stores of language models write and read alike.

/// Device, batch, length, memory and precision, in five columns from `first` on.
void bind_key(SQLite::Statement& statement, int first, const LatencyKey& key);
LatencyKey key_at(SQLite::Statement& row, int first);

/// The row id of a network. Error: there is none of that name.
Result<std::int64_t> network_id(const StudyConnection& state, const std::string& name);

/// Where something is wrong: "…/study.sqlite: network 'base', config".
std::string planer_place(const StudyConnection& state, std::string_view kind, std::string_view name,
                         std::string_view part);

}  // namespace plumbline
