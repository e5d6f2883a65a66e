#include "core/decision/policies/cost_matrix.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/types/json_object.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_cost_file = 64U << 20;

/// The fields of one line (RFC 4180 without line breaks in quotes).
std::vector<std::string> csv_fields(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  for (std::string& field : fields) field = std::string(trimmed(field));
  return fields;
}

Result<CostMatrix> checked(CostMatrix matrix, const std::string& where) {
  const std::size_t n = matrix.size();
  if (n == 0 || n * n != matrix.costs.size() ||
      (!matrix.classes.empty() && matrix.classes.size() != n))
    return bad_input("a cost matrix has as many rows as columns, and a name for each or none",
                     where);
  if (n > most_cost_classes)
    return bad_input(fmt::format("a cost matrix has at most {} classes", most_cost_classes), where);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      if (!std::isfinite(matrix(i, j)) || matrix(i, j) < 0 || matrix(i, j) < matrix(i, i))
        return bad_input(fmt::format("row {}, column {}: a cost must be finite and at least 0, and "
                                     "the right class must cost least",
                                     i + 1, j + 1),
                         where);
  return matrix;
}

Result<CostMatrix> read_costs_csv(std::string_view text, const std::string& where) {
  CostMatrix matrix;
  std::size_t line_number = 0;
  bool is_named = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trimmed(text.substr(begin, end - begin));
    begin = end + 1;
    ++line_number;
    if (line.empty()) continue;
    std::vector<std::string> fields = csv_fields(line);
    if (matrix.costs.empty() && !is_named && fields.front().empty()) {
      is_named = true;
      matrix.classes.assign(fields.begin() + 1, fields.end());
      continue;
    }
    const std::size_t row =
        matrix.classes.empty() ? 0 : matrix.costs.size() / matrix.classes.size();
    if (is_named && (row >= matrix.classes.size() || fields.front() != matrix.classes[row]))
      return bad_input(
          fmt::format("line {}: rows must be named like the columns, in the same order",
                      line_number),
          where);
    for (std::size_t f = is_named ? 1 : 0; f < fields.size(); ++f) {
      const auto value = parse_number(fields[f]);
      if (!value)
        return bad_input(
            fmt::format("line {}, field {}: '{}' is not a number", line_number, f + 1, fields[f]),
            where);
      matrix.costs.push_back(*value);
      if (matrix.costs.size() > most_cost_classes * most_cost_classes)
        return bad_input("the cost matrix is too large", where);
    }
  }
  return checked(std::move(matrix), where);
}

Result<CostMatrix> read_costs_json(std::string_view text, const std::string& where) {
  const auto document = parse_json(text, where);
  TRY(document);
  const nlohmann::json& rows =
      document->is_object() && document->contains("costs") ? document->at("costs") : *document;
  CostMatrix matrix;
  if (document->is_object() && document->contains("classes"))
    for (const auto& name : document->at("classes"))
      matrix.classes.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  if (!rows.is_array()) return bad_input("the costs must be a list of rows", where);
  for (const auto& row : rows) {
    if (!row.is_array() || row.size() != rows.size() || rows.size() > most_cost_classes)
      return bad_input("the costs must have as many rows as columns, at most 1,024", where);
    for (const auto& cost : row) {
      if (!cost.is_number()) return bad_input("a cost must be a number", where);
      matrix.costs.push_back(cost.get<double>());
    }
  }
  return checked(std::move(matrix), where);
}

}  // namespace

std::size_t CostMatrix::size() const {
  return static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(costs.size()))));
}

CostMatrix plain_costs(std::vector<std::string> classes) {
  const std::size_t n = classes.size();
  CostMatrix matrix{std::move(classes), std::vector<double>(n * n, 1.0)};
  for (std::size_t i = 0; i < n; ++i) matrix.costs[i * n + i] = 0;
  return matrix;
}

bool is_plain(const CostMatrix& matrix) {
  const std::size_t n = matrix.size();
  for (std::size_t i = 0; i < matrix.costs.size(); ++i)
    if (matrix.costs[i] != (i % (n + 1) == 0 ? 0 : 1)) return false;
  return true;
}

namespace {

struct CellOfMatrix {
  std::size_t truth = 0, decided = 0;
};

/// The cells that "TRUE>DECIDED" may mean: names may have the sign too.
std::vector<CellOfMatrix> cells_named(const CostMatrix& matrix, std::string_view names) {
  std::vector<CellOfMatrix> cells;
  for (std::size_t sign = names.find('>'); sign != names.npos; sign = names.find('>', sign + 1)) {
    const auto truth = std::ranges::find(matrix.classes, trimmed(names.substr(0, sign)));
    const auto decided = std::ranges::find(matrix.classes, trimmed(names.substr(sign + 1)));
    if (truth != matrix.classes.end() && decided != matrix.classes.end())
      cells.push_back({static_cast<std::size_t>(truth - matrix.classes.begin()),
                       static_cast<std::size_t>(decided - matrix.classes.begin())});
  }
  return cells;
}

}  // namespace

Result<CostMatrix> with_changed_costs(CostMatrix matrix, std::span<const std::string> changes,
                                      const std::string& where) {
  const std::size_t n = matrix.size();
  // By the cell's place: what it costs now.
  std::map<std::size_t, double> given;
  for (const std::string& change : changes) {
    const std::size_t equals = change.rfind('=');
    const auto cost = equals == change.npos
                          ? std::optional<double>()
                          : parse_number(trimmed(std::string_view(change).substr(equals + 1)));
    if (!cost)
      return usage_error(fmt::format("'{}': a change is written TRUE>DECIDED=COST", change), where,
                         "for example 'cat>dog=5'");
    const auto cells = cells_named(matrix, std::string_view(change).substr(0, equals));
    if (cells.empty())
      return usage_error(
          fmt::format("'{}': two classes of the data set are needed, separated by >", change),
          where);
    if (cells.size() > 1)
      return usage_error(
          fmt::format("'{}': the names of the classes can be read in two ways", change), where,
          "write the costs into a file");
    const std::size_t place = cells.front().truth * n + cells.front().decided;
    const auto [before, is_new] = given.try_emplace(place, *cost);
    if (!is_new && before->second != *cost)
      return usage_error(fmt::format("'{}': these classes cost {} by a change before", change,
                                     shortest(before->second)),
                         where, "give each pair of classes one cost");
    matrix.costs[place] = *cost;
  }
  auto changed = checked(std::move(matrix), where);
  // They are words of a command line, and no file's.
  if (!changed) return usage_error(changed.error().message, where);
  return changed;
}

std::vector<ChangedCost> changed_costs(const CostMatrix& matrix) {
  const std::size_t n = matrix.size();
  std::vector<ChangedCost> changes;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      if (const double cost = matrix(i, j); cost != (i == j ? 0 : 1))
        changes.push_back({i, j, cost});
  return changes;
}

std::optional<std::vector<std::string>> as_changes(const CostMatrix& matrix, std::size_t most) {
  const auto cells = changed_costs(matrix);
  if (cells.size() > most || matrix.classes.size() != matrix.size()) return std::nullopt;
  std::vector<std::string> changes;
  for (const auto& [truth, decided, cost] : cells)
    changes.push_back(matrix.classes[truth] + '>' + matrix.classes[decided] + '=' + shortest(cost));
  const auto read = with_changed_costs(plain_costs(matrix.classes), changes, "");
  if (!read || *read != matrix) return std::nullopt;
  return changes;
}

Result<CostMatrix> read_cost_matrix(std::string_view text, const std::string& where) {
  const std::string_view begin = trimmed(text);
  return begin.starts_with('{') || begin.starts_with('[') ? read_costs_json(text, where)
                                                          : read_costs_csv(text, where);
}

Result<CostMatrix> load_cost_matrix(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return bad_input("the file cannot be read", file);
  std::string text;
  char part[65'536];
  while (stream.read(part, sizeof part) || stream.gcount() > 0) {
    text.append(part, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > longest_cost_file) return bad_input("the cost matrix is too large", file);
  }
  return read_cost_matrix(text, file);
}

Result<CostMatrix> in_order_of(const CostMatrix& matrix, std::span<const std::string> classes,
                               const std::string& where) {
  if (matrix.size() != classes.size())
    return bad_input(fmt::format("the cost matrix has {} classes, but the data set has {}",
                                 matrix.size(), classes.size()),
                     where);
  if (matrix.classes.empty()) return CostMatrix{{classes.begin(), classes.end()}, matrix.costs};
  std::vector<std::size_t> places;
  for (const std::string& name : classes) {
    const auto found = std::ranges::find(matrix.classes, name);
    if (found == matrix.classes.end())
      return bad_input(fmt::format("the cost matrix lacks the class '{}'", name), where);
    places.push_back(static_cast<std::size_t>(found - matrix.classes.begin()));
  }
  CostMatrix ordered{{classes.begin(), classes.end()}, {}};
  for (const std::size_t i : places)
    for (const std::size_t j : places) ordered.costs.push_back(matrix(i, j));
  return ordered;
}

std::string to_csv(const CostMatrix& matrix) {
  const auto quoted = [](const std::string& name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
    return text + '"';
  };
  std::string csv;
  for (const std::string& name : matrix.classes) csv += "," + quoted(name);
  if (!csv.empty()) csv += '\n';
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    std::string row = matrix.classes.empty() ? "" : quoted(matrix.classes[i]) + ",";
    for (std::size_t j = 0; j < matrix.size(); ++j)
      row += (j == 0 ? "" : ",") + shortest(matrix(i, j));
    csv += row + '\n';
  }
  return csv;
}

}  // namespace plumbline
