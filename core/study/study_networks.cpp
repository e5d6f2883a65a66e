#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/study/planer_documents.h"
#include "core/study/planer_rows.h"
#include "core/study/study_connection.h"
#include "core/study/study_language.h"

namespace plumbline {

namespace {

/// A study of an earlier version that may not be written has no such tables.
bool has_networks(SQLite::Database& database) { return database.tableExists("network"); }

/// The path within the study's folder; an error for any other, so that a damaged or hostile study
/// names no file outside.
Result<std::filesystem::path> file_within(const std::filesystem::path& folder,
                                          const std::filesystem::path& file,
                                          const std::string& what) {
  const auto relative =
      (file.is_absolute() ? file.lexically_relative(folder) : file).lexically_normal();
  if (relative.empty() || relative.is_absolute() || *relative.begin() == ".." || relative == ".")
    return bad_input("the file of weights must lie in the study's folder", what);
  return relative;
}

void bind_measured(SQLite::Statement& statement, int first, const MeasuredLatency& latency) {
  statement.bind(first, latency.median_ms);
  statement.bind(first + 1, latency.spread_ms);
  statement.bind(first + 2, latency.repeats);
}

MeasuredLatency measured_at(SQLite::Statement& row, int first) {
  return {row.getColumn(first).getDouble(), row.getColumn(first + 1).getDouble(),
          row.getColumn(first + 2).getInt()};
}

bool is_fine(const MeasuredLatency& latency) {
  return std::isfinite(latency.median_ms) && latency.median_ms >= 0 &&
         std::isfinite(latency.spread_ms) && latency.spread_ms >= 0 && latency.repeats >= 0;
}

Result<NetworkInfo> network_at(SQLite::Statement& row, const StudyConnection& state) {
  NetworkInfo network;
  network.id = row.getColumn(0).getInt64();
  network.name = row.getColumn(1).getString();
  const auto what = [&](std::string_view part) {
    return planer_place(state, "network", network.name, part);
  };
  const auto origin = parse_origin(row.getColumn(2).getString(), what("origin"));
  TRY(origin);
  network.origin = *origin;
  auto config = read_config_document(row.getColumn(3).getString(), what("config"));
  TRY(config);
  network.config = std::move(*config);
  const auto slots = read_document(row.getColumn(4).getString(), what("architecture"));
  TRY(slots);
  auto architecture = parse_architecture(*slots, network.config, what("architecture"));
  TRY(architecture);
  network.architecture = std::move(*architecture);
  auto file = file_within(state.folder, row.getColumn(5).getString(), what("file"));
  TRY(file);
  network.file = std::move(*file);
  network.hash = row.getColumn(6).getString();
  network.base = row.getColumn(7).getString();
  network.search = row.getColumn(8).getString();
  network.target = row.getColumn(9).getDouble();
  if (!row.getColumn(10).isNull()) {
    const auto document = read_document(row.getColumn(10).getString(), what("text"));
    TRY(document);
    auto text = parse_text_reference(*document, what("text"));
    TRY(text);
    network.text = std::move(*text);
  }
  if (!row.getColumn(11).isNull())
    network.validation = MeasuredLoss{row.getColumn(11).getDouble(), row.getColumn(12).getDouble(),
                                      row.getColumn(13).getInt64()};
  auto training = read_ordered_document(row.getColumn(14).getString(), what("training"));
  TRY(training);
  const auto cost = read_cost(*training, what("training"));
  TRY(cost);
  network.target_cost = *cost;
  network.training = std::move(*training);
  network.made_at = row.getColumn(15).getString();
  return network;
}

constexpr const char* select_network =
    "SELECT id, name, origin, config, architecture, file, hash, base, search, target, text, loss, "
    "loss_error, loss_tokens, training, made_at FROM network";

/// Whether both say the same but for the time of their making.
bool is_same(const NetworkInfo& a, const NetworkInfo& b) {
  const auto loss = [](const NetworkInfo& n) {
    return n.validation
               ? std::tuple(true, n.validation->nats, n.validation->error, n.validation->tokens)
               : std::tuple(false, 0.0, 0.0, std::int64_t{0});
  };
  return a.name == b.name && a.origin == b.origin && a.config == b.config &&
         a.architecture == b.architecture && a.file == b.file && a.hash == b.hash &&
         a.base == b.base && a.search == b.search && a.target == b.target && a.text == b.text &&
         loss(a) == loss(b) && a.training == b.training;
}

void bind_loss(SQLite::Statement& statement, int first, const std::optional<MeasuredLoss>& loss) {
  if (!loss) return;  // unbound is null
  statement.bind(first, loss->nats);
  statement.bind(first + 1, loss->error);
  statement.bind(first + 2, loss->tokens);
}

Result<void> check_loss(const std::optional<MeasuredLoss>& loss, const std::string& name) {
  if (!loss || (std::isfinite(loss->nats) && std::isfinite(loss->error) && loss->tokens >= 0))
    return {};
  return bad_input("the validation loss is not a finite number", name);
}

}  // namespace

Result<std::vector<NetworkInfo>> StudyLanguage::networks() const {
  return state_->read([&]() -> Result<std::vector<NetworkInfo>> {
    std::vector<NetworkInfo> networks;
    if (!has_networks(state_->database)) return networks;
    SQLite::Statement rows(state_->database, fmt::format("{} ORDER BY id", select_network));
    while (rows.executeStep()) {
      auto network = network_at(rows, *state_);
      TRY(network);
      networks.push_back(std::move(*network));
    }
    return networks;
  });
}

Result<NetworkInfo> StudyLanguage::network(std::string_view name) const {
  return state_->read([&]() -> Result<NetworkInfo> {
    std::vector<std::string> names;
    if (has_networks(state_->database)) {
      SQLite::Statement row(state_->database, fmt::format("{} WHERE name = ?", select_network));
      row.bind(1, std::string(name));
      if (row.executeStep()) return network_at(row, *state_);
      SQLite::Statement all(state_->database, "SELECT name FROM network ORDER BY id");
      while (all.executeStep()) names.push_back(all.getColumn(0).getString());
    }
    return bad_input(fmt::format("there is no network '{}'", name), state_->folder.string(),
                     names.empty() ? "import or train one: plumbline-engine planer"
                                   : fmt::format("networks: {}", fmt::join(names, ", ")));
  });
}

Result<void> StudyLanguage::add_network(const NetworkInfo& given) {
  if (auto checked = check_planer_name("a network", given.name); !checked) return checked;
  if (auto checked = check_loss(given.validation, given.name); !checked) return checked;
  if (!std::isfinite(given.target))
    return bad_input("the target is not a finite number", given.name);
  NetworkInfo network = given;
  auto file = file_within(state_->folder, given.file, given.name);
  TRY(file);
  network.file = std::move(*file);
  write_cost(network.training, network.target_cost);
  return state_->write([&]() -> Result<void> {
    SQLite::Statement find(state_->database, fmt::format("{} WHERE name = ?", select_network));
    find.bind(1, network.name);
    if (find.executeStep()) {
      const auto other = network_at(find, *state_);
      TRY(other);
      if (is_same(*other, network)) return {};
      return bad_input(fmt::format("the study has another network '{}'", network.name),
                       state_->folder.string(), "give this one another name");
    }
    SQLite::Statement insert(
        state_->database,
        "INSERT INTO network(name, origin, config, architecture, file, hash, base, search, target, "
        "text, loss, loss_error, loss_tokens, training, made_at) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, network.name);
    insert.bind(2, std::string(origin_name(network.origin)));
    insert.bind(3, document_text(to_json(network.config)));
    insert.bind(4, document_text(to_json(network.architecture)));
    insert.bind(5, network.file.string());
    insert.bind(6, network.hash);
    insert.bind(7, network.base);
    insert.bind(8, network.search);
    insert.bind(9, network.target);
    if (network.text) insert.bind(10, document_text(to_json(*network.text)));
    bind_loss(insert, 11, network.validation);
    insert.bind(14, document_text(network.training));
    insert.bind(15, network.made_at);
    insert.exec();
    return {};
  });
}

Result<void> StudyLanguage::set_validation(const std::string& network, const TextReference& text,
                                           const MeasuredLoss& loss) {
  if (auto checked = check_loss(loss, network); !checked) return checked;
  return state_->write([&]() -> Result<void> {
    const auto id = network_id(*state_, network);
    TRY(id);
    SQLite::Statement change(
        state_->database,
        "UPDATE network SET text = ?, loss = ?, loss_error = ?, loss_tokens = ? WHERE id = ?");
    change.bind(1, document_text(to_json(text)));
    bind_loss(change, 2, loss);
    change.bind(5, *id);
    change.exec();
    return {};
  });
}

Result<void> StudyLanguage::set_network_latency(const NetworkLatency& latency) {
  if (!is_fine(latency.measured) || !is_fine(latency.baseline_measured))
    return bad_input("the latency is not a finite number", latency.network);
  return state_->write([&]() -> Result<void> {
    const auto id = network_id(*state_, latency.network);
    TRY(id);
    SQLite::Statement replace(state_->database,
                              "INSERT OR REPLACE INTO network_latency "
                              "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    replace.bind(1, *id);
    bind_key(replace, 2, latency.key);
    bind_measured(replace, 7, latency.measured);
    replace.bind(10, latency.baseline);
    bind_measured(replace, 11, latency.baseline_measured);
    replace.exec();
    return {};
  });
}

Result<std::string> StudyLanguage::keep_network_latency(const NetworkLatency& latency,
                                                        KeptSitting which) {
  if (which == KeptSitting::quieter) {
    const auto existing = existing_network_of(*this, latency.network);
    TRY(existing);
    if (std::string why = why_other_stays(network_latencies(), latency, *existing); !why.empty())
      return why;
  }
  TRY(set_network_latency(latency));
  return std::string();
}

Result<std::vector<NetworkLatency>> StudyLanguage::network_latencies() const {
  return state_->read([&]() -> Result<std::vector<NetworkLatency>> {
    std::vector<NetworkLatency> latencies;
    if (!has_networks(state_->database)) return latencies;
    SQLite::Statement rows(
        state_->database,
        "SELECT n.name, l.device, l.batch, l.length, l.memory, l.precision, l.median_ms, "
        "l.spread_ms, l.repeats, l.baseline, l.baseline_median_ms, l.baseline_spread_ms, "
        "l.baseline_repeats FROM network_latency l JOIN network n ON n.id = l.network "
        "ORDER BY n.id, l.device, l.batch, l.length, l.memory, l.precision");
    while (rows.executeStep()) {
      latencies.push_back({rows.getColumn(0).getString(), key_at(rows, 1), measured_at(rows, 6),
                           rows.getColumn(9).getString(), measured_at(rows, 10)});
      if (!is_fine(latencies.back().measured) || !is_fine(latencies.back().baseline_measured))
        return bad_input("is damaged",
                         planer_place(*state_, "network", latencies.back().network, "latency"),
                         "measure it again: plumbline-engine planer evaluate");
    }
    return latencies;
  });
}

Result<void> StudyLanguage::set_latency_table(const LatencyTable& table) {
  return keep_option_table(*state_, "latency", table, parse_latency_table);
}

Result<std::string> StudyLanguage::keep_latency_table(const LatencyTable& table,
                                                      KeptSitting which) {
  if (which == KeptSitting::quieter)
    if (std::string why = why_other_table_stays(latency_tables(), table); !why.empty()) return why;
  TRY(set_latency_table(table));
  return std::string();
}

Result<std::vector<LatencyTable>> StudyLanguage::latency_tables() const {
  return kept_option_tables<LatencyTable>(*state_, "latency", parse_latency_table);
}

}  // namespace plumbline
