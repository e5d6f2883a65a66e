#include "core/study/study_decisions.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/decision/bound_policy_json.h"
#include "core/study/study_connection.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_decision_name = 64;
constexpr int version_of_decisions = 8;

bool has_decisions(const SQLite::Database& database) {
  auto& readable = const_cast<SQLite::Database&>(database);
  return readable.execAndGet("PRAGMA user_version").getInt() >= version_of_decisions;
}

std::string voters_text(const std::vector<Voter>& voters) {
  std::string text;
  for (const Voter& voter : voters) text += (text.empty() ? "" : ",") + to_string(voter);
  return text;
}

Result<std::vector<StoredDecision>> read_decisions(const StudyConnection& state) {
  std::vector<StoredDecision> decisions;
  if (!has_decisions(state.database)) return decisions;
  SQLite::Statement rows(state.database,
                         "SELECT d.name, r.name, d.voters, d.policy, d.selected_on, d.rule, "
                         "d.certificate FROM decision d JOIN run r ON r.id = d.run ORDER BY d.id");
  while (rows.executeStep()) {
    const std::string name = rows.getColumn(0).getString();
    const std::string where = fmt::format("{}: the decision '{}'", state.folder.string(), name);
    auto voters = parse_voters(rows.getColumn(2).getString());
    TRY(voters);
    auto policy = read_bound_policy(rows.getColumn(3).getString(), where);
    TRY(policy);
    if (policy->policy.voters() != voters->size())
      return bad_input("the policy's number of voters is not that of the names given", where);
    decisions.push_back({name, rows.getColumn(1).getString(), std::move(*voters),
                         std::move(*policy), rows.getColumn(4).getString(),
                         rows.getColumn(5).getString(), rows.getColumn(6).getString()});
  }
  return decisions;
}

}  // namespace

Result<std::vector<StoredDecision>> StudyDecisions::decisions() const {
  return state_->read([&] { return read_decisions(*state_); });
}

Result<StoredDecision> StudyDecisions::decision(std::string_view name) const {
  auto all = decisions();
  TRY(all);
  const auto found = std::ranges::find(*all, name, &StoredDecision::name);
  if (found != all->end()) return std::move(*found);
  std::vector<std::string> names;
  for (const StoredDecision& decision : *all) names.push_back(decision.name);
  return usage_error(fmt::format("there is no decision '{}'", name), "--decision",
                     names.empty() ? "save one: plumbline-engine decide … --save NAME"
                                   : fmt::format("decisions: {}", fmt::join(names, ", ")));
}

Result<void> StudyDecisions::save_decision(const StoredDecision& decision, bool replace) {
  if (trimmed(decision.name).empty() || trimmed(decision.name) != decision.name ||
      decision.name.size() > longest_decision_name)
    return usage_error("a decision's name must have 1 to 64 bytes, without spaces around it",
                       "--save");
  return state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    SQLite::Statement run(database, "SELECT id FROM run WHERE name = ?");
    run.bind(1, decision.run);
    if (!run.executeStep())
      return bad_input(fmt::format("there is no run '{}'", decision.run), state_->folder.string());
    if (replace) {
      SQLite::Statement remove(database, "DELETE FROM decision WHERE name = ?");
      remove.bind(1, decision.name);
      remove.exec();
    }
    SQLite::Statement taken(database, "SELECT 1 FROM decision WHERE name = ?");
    taken.bind(1, decision.name);
    if (taken.executeStep())
      return usage_error(fmt::format("there is a decision '{}' already", decision.name), "--save",
                         "choose another name, or --replace");
    SQLite::Statement insert(database,
                             "INSERT INTO decision(name, run, voters, policy, selected_on, rule, "
                             "certificate) VALUES(?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, decision.name);
    insert.bind(2, run.getColumn(0).getInt64());
    insert.bind(3, voters_text(decision.voters));
    insert.bind(4, to_json(decision.policy));
    insert.bind(5, decision.selected_on);
    insert.bind(6, decision.rule);
    insert.bind(7, decision.certificate);
    insert.exec();
    return {};
  });
}

Result<void> StudyDecisions::remove_decision(std::string_view name) {
  TRY(decision(name));
  return state_->write([&]() -> Result<void> {
    SQLite::Statement remove(state_->database, "DELETE FROM decision WHERE name = ?");
    remove.bind(1, std::string(name));
    remove.exec();
    return {};
  });
}

}  // namespace plumbline
