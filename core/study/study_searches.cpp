#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/study/planer_documents.h"
#include "core/study/study_connection.h"
#include "core/study/study_language.h"

namespace plumbline {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::int64_t most_stored_slots = 256, most_stored_points = 1'000'000;

/// A study of an earlier version that may not be written has no such tables.
bool has_searches(SQLite::Database& database) { return database.tableExists("search"); }

std::string what_of(const StudyConnection& state, std::string_view search, std::string_view part) {
  return fmt::format("{}: search '{}', {}", (state.folder / "study.sqlite").string(), search, part);
}

constexpr const char* select_search =
    "SELECT id, name, base, config, key, text, targets, settings, increments FROM search";

Result<SearchInfo> search_at(SQLite::Statement& row, const StudyConnection& state) {
  SearchInfo search;
  search.id = row.getColumn(0).getInt64();
  search.name = row.getColumn(1).getString();
  search.base = row.getColumn(2).getString();
  const auto what = [&](std::string_view part) { return what_of(state, search.name, part); };
  // Reads one column's document into `target`; the first failure stays.
  std::optional<Error> error;
  const auto take = [&](int column, std::string_view part, auto parse, auto& target) {
    if (error) return;
    const auto document = read_document(row.getColumn(column).getString(), what(part));
    if (!document) {
      error = document.error();
      return;
    }
    if (auto parsed = parse(*document, what(part)))
      target = std::move(*parsed);
    else
      error = parsed.error();
  };
  take(3, "config", parse_backbone_config, search.config);
  take(4, "key", parse_step_key, search.key);
  take(5, "text", parse_text_reference, search.text);
  take(6, "targets", parse_targets, search.targets);
  if (!row.getColumn(8).isNull()) take(8, "increments", parse_loss_increments, search.increments);
  if (error) return tl::unexpected(*error);
  auto settings = read_ordered_document(row.getColumn(7).getString(), what("settings"));
  TRY(settings);
  const auto cost = read_cost(*settings, what("settings"));
  TRY(cost);
  search.cost = *cost;
  search.settings = std::move(*settings);
  return search;
}

Result<std::int64_t> search_id(const StudyConnection& state, const std::string& name) {
  SQLite::Statement find(state.database, "SELECT id FROM search WHERE name = ?");
  find.bind(1, name);
  if (find.executeStep()) return find.getColumn(0).getInt64();
  return bad_input(fmt::format("there is no search '{}'", name), state.folder.string());
}

/// The increments' document. What cannot be read back is refused: NaN is null in JSON.
Result<std::string> increments_text(const LossIncrements& increments, const std::string& search) {
  std::string text = document_text(to_json(increments));
  const auto what = fmt::format("increments of '{}'", search);
  const auto document = read_document(text, what);
  TRY(document);
  TRY(parse_loss_increments(*document, what));
  return text;
}

/// Adds the targets that the stored search lacks.
Result<void> add_targets(SQLite::Database& database, const SearchInfo& stored,
                         const SearchInfo& given) {
  auto targets = stored.targets;
  for (const double target : given.targets)
    if (std::ranges::find(targets, target) == targets.end()) targets.push_back(target);
  SQLite::Statement change(database, "UPDATE search SET targets = ? WHERE id = ?");
  change.bind(1, document_text(targets));
  change.bind(2, stored.id);
  change.exec();
  return {};
}

Result<void> check_points(const std::vector<SearchPoint>& points, const std::string& search) {
  if (static_cast<std::int64_t>(points.size()) > most_stored_points)
    return bad_input(fmt::format("a target can have at most {} points", most_stored_points),
                     search);
  const std::size_t options = slot_options().size();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const SearchPoint& point = points[i];
    bool fine = std::isfinite(point.cost) && std::isfinite(point.loss) &&
                point.probabilities.size() <= most_stored_slots;
    for (const auto& slot : point.probabilities)
      fine = fine && slot.size() == options &&
             std::ranges::all_of(slot, [](float p) { return std::isfinite(p); });
    if (!fine)
      return bad_input(fmt::format("point {} is not finite or has another number of options", i),
                       search);
  }
  return {};
}

std::string option_names() {
  ordered_json names = ordered_json::array();
  for (const SlotOption& option : slot_options()) names.push_back(option.name);
  return document_text(names);
}

/// Which of today's options each column of a stored map is; an unknown one is left out.
Result<std::vector<std::optional<OptionIndex>>> parse_columns(const std::string& text,
                                                              const std::string& what) {
  const auto document = read_document(text, what);
  TRY(document);
  std::vector<std::optional<OptionIndex>> columns;
  if (!document->is_array() || document->size() > std::numeric_limits<OptionIndex>::max())
    return bad_input("must be a list of names", what);
  for (const json& name : *document) {
    if (!name.is_string()) return bad_input("must be a list of names", what);
    columns.push_back(find_option(name.get_ref<const std::string&>()));
  }
  return columns;
}

Result<std::vector<std::vector<float>>> map_in(
    const SQLite::Column& blob, std::int64_t slots,
    const std::vector<std::optional<OptionIndex>>& columns, const std::string& what) {
  std::vector<std::vector<float>> map;
  if (blob.isNull()) return map;
  const auto bytes = static_cast<std::size_t>(blob.getBytes());
  if (slots < 0 || slots > most_stored_slots ||
      bytes != static_cast<std::size_t>(slots) * columns.size() * sizeof(float))
    return bad_input(fmt::format("a probability map has {} bytes for {} slots of {} options", bytes,
                                 slots, columns.size()),
                     what);
  std::vector<float> values(bytes / sizeof(float));
  if (bytes > 0) std::memcpy(values.data(), blob.getBlob(), bytes);
  if (!std::ranges::all_of(values, [](float p) { return std::isfinite(p); }))
    return bad_input("a probability map has values that are not numbers", what);
  map.assign(static_cast<std::size_t>(slots), std::vector<float>(slot_options().size(), 0.0F));
  for (std::size_t slot = 0; slot < map.size(); ++slot)
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i]) map[slot][*columns[i]] = values[slot * columns.size() + i];
  return map;
}

}  // namespace

Result<std::vector<SearchInfo>> StudyLanguage::searches() const {
  return state_->read([&]() -> Result<std::vector<SearchInfo>> {
    std::vector<SearchInfo> searches;
    if (!has_searches(state_->database)) return searches;
    SQLite::Statement rows(state_->database, fmt::format("{} ORDER BY id", select_search));
    while (rows.executeStep()) {
      auto search = search_at(rows, *state_);
      TRY(search);
      searches.push_back(std::move(*search));
    }
    return searches;
  });
}

Result<SearchInfo> StudyLanguage::search(std::string_view name) const {
  return state_->read([&]() -> Result<SearchInfo> {
    std::vector<std::string> names;
    if (has_searches(state_->database)) {
      SQLite::Statement row(state_->database, fmt::format("{} WHERE name = ?", select_search));
      row.bind(1, std::string(name));
      if (row.executeStep()) return search_at(row, *state_);
      SQLite::Statement all(state_->database, "SELECT name FROM search ORDER BY id");
      while (all.executeStep()) names.push_back(all.getColumn(0).getString());
    }
    return bad_input(fmt::format("there is no search '{}'", name), state_->folder.string(),
                     names.empty() ? "start one: plumbline-engine planer search"
                                   : fmt::format("searches: {}", fmt::join(names, ", ")));
  });
}

Result<void> StudyLanguage::add_search(const SearchInfo& given) {
  SearchInfo search = given;
  write_cost(search.settings, search.cost);
  if (auto checked = check_planer_name("a search", search.name); !checked) return checked;
  TRY(parse_targets(json(search.targets), "targets"));
  std::string increments;
  if (search.increments) {
    auto text = increments_text(*search.increments, search.name);
    TRY(text);
    increments = std::move(*text);
  }
  return state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    SQLite::Statement find(database, fmt::format("{} WHERE name = ?", select_search));
    find.bind(1, search.name);
    if (find.executeStep()) {
      const auto stored = search_at(find, *state_);
      TRY(stored);
      if (stored->base == search.base && stored->config == search.config &&
          stored->key == search.key && stored->text == search.text &&
          stored->settings == search.settings)
        return add_targets(database, *stored, search);
      return bad_input(fmt::format("the study has another search '{}'", search.name),
                       state_->folder.string(), "give this one another name");
    }
    SQLite::Statement insert(database,
                             "INSERT INTO search(name, base, config, key, text, targets, settings, "
                             "increments) VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, search.name);
    insert.bind(2, search.base);
    insert.bind(3, document_text(to_json(search.config)));
    insert.bind(4, document_text(to_json(search.key)));
    insert.bind(5, document_text(to_json(search.text)));
    insert.bind(6, document_text(search.targets));
    insert.bind(7, document_text(search.settings));
    if (search.increments) insert.bind(8, increments);
    insert.exec();
    return {};
  });
}

Result<void> StudyLanguage::set_loss_increments(const std::string& search,
                                                const LossIncrements& increments) {
  const auto text = increments_text(increments, search);
  TRY(text);
  return state_->write([&]() -> Result<void> {
    const auto id = search_id(*state_, search);
    TRY(id);
    SQLite::Statement change(state_->database, "UPDATE search SET increments = ? WHERE id = ?");
    change.bind(1, *text);
    change.bind(2, *id);
    change.exec();
    return {};
  });
}

Result<void> StudyLanguage::set_search_points(const std::string& search, double target,
                                              const std::vector<SearchPoint>& points) {
  if (!std::isfinite(target)) return bad_input("the target is not a finite number", search);
  if (auto checked = check_points(points, search); !checked) return checked;
  return state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    const auto id = search_id(*state_, search);
    TRY(id);
    SQLite::Statement course(database,
                             "INSERT INTO search_course(search, target, options) VALUES(?, ?, ?) "
                             "ON CONFLICT(search, target) DO UPDATE SET options = excluded.options "
                             "RETURNING id");
    course.bind(1, *id);
    course.bind(2, target);
    course.bind(3, option_names());
    course.executeStep();
    const auto course_id = course.getColumn(0).getInt64();
    course.reset();
    SQLite::Statement clear(database, "DELETE FROM search_point WHERE course = ?");
    clear.bind(1, course_id);
    clear.exec();
    SQLite::Statement insert(database, "INSERT INTO search_point VALUES(?, ?, ?, ?, ?, ?, ?)");
    std::vector<float> values;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const SearchPoint& point = points[i];
      insert.bind(1, course_id);
      insert.bind(2, static_cast<std::int64_t>(i));
      insert.bind(3, point.step);
      insert.bind(4, point.cost);
      insert.bind(5, point.loss);
      insert.bind(6, static_cast<std::int64_t>(point.probabilities.size()));
      values.clear();
      for (const auto& slot : point.probabilities)
        values.insert(values.end(), slot.begin(), slot.end());
      if (!values.empty())
        insert.bind(7, values.data(), static_cast<int>(values.size() * sizeof(float)));
      insert.exec();
      insert.reset();
      insert.clearBindings();
    }
    return {};
  });
}

Result<std::vector<SearchPoint>> StudyLanguage::search_points(const std::string& search) const {
  return state_->read([&]() -> Result<std::vector<SearchPoint>> {
    auto& database = state_->database;
    std::vector<SearchPoint> points;
    if (!has_searches(database)) return points;
    const auto id = search_id(*state_, search);
    TRY(id);
    SQLite::Statement courses(database,
                              "SELECT id, target, options FROM search_course WHERE search = ? "
                              "ORDER BY id");
    courses.bind(1, *id);
    while (courses.executeStep()) {
      const auto what = what_of(*state_, search, "points");
      const double target = courses.getColumn(1).getDouble();
      const auto columns = parse_columns(courses.getColumn(2).getString(), what);
      TRY(columns);
      SQLite::Statement rows(database,
                             "SELECT step, latency_ms, loss, slots, probabilities FROM "
                             "search_point WHERE course = ? ORDER BY position LIMIT ?");
      rows.bind(1, courses.getColumn(0).getInt64());
      rows.bind(2, most_stored_points);
      while (rows.executeStep()) {
        auto map = map_in(rows.getColumn(4), rows.getColumn(3).getInt64(), *columns, what);
        TRY(map);
        points.push_back({target, rows.getColumn(0).getInt64(), rows.getColumn(1).getDouble(),
                          rows.getColumn(2).getDouble(), std::move(*map)});
      }
    }
    return points;
  });
}

}  // namespace plumbline
