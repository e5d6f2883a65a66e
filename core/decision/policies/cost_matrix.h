#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

inline constexpr std::size_t most_cost_classes = 1024;

/// What it costs to take one class for another. Rows are true classes, columns what is decided.
struct CostMatrix {
  std::vector<std::string> classes;  ///< empty where the file names none
  std::vector<double> costs;         ///< classes × classes, row-major

  std::size_t size() const;
  double operator()(std::size_t truth, std::size_t decided) const {
    return costs[truth * size() + decided];
  }
  friend bool operator==(const CostMatrix&, const CostMatrix&) = default;
};

/// 0 for the right class, 1 for any other.
CostMatrix plain_costs(std::vector<std::string> classes);
bool is_plain(const CostMatrix& matrix);

/// A matrix in which some costs are others: each change is written "TRUE>DECIDED=COST", by the
/// classes' names, which may have these signs themselves. Errors name `where` and the change: one
/// that is not so, a class that there is not, a text that can be read in two ways, a cell that is
/// named again with a different cost, what read_cost_matrix() refuses.
Result<CostMatrix> with_changed_costs(CostMatrix matrix, std::span<const std::string> changes,
                                      const std::string& where);

/// A cell of a matrix that is not plain.
struct ChangedCost {
  std::size_t truth = 0, decided = 0;
  double cost = 0;
};

/// Every cell that costs other than in plain_costs(), by row.
std::vector<ChangedCost> changed_costs(const CostMatrix& matrix);

/// The matrix as changes of the plain one of its classes; nothing where it has more than `most` of
/// them, or where the names of its classes leave it open which is meant.
std::optional<std::vector<std::string>> as_changes(const CostMatrix& matrix, std::size_t most);

/// Reads CSV (a row of class names with an empty first field, then a row a true class: its name and
/// its costs; or rows of numbers alone) or JSON ({"classes": […], "costs": [[…], …]} or the rows
/// alone). Costs are finite and at least 0, the diagonal is below every other cost of its row or
/// equal to it; at most 1,024 classes. Errors name `where`, line and field.
Result<CostMatrix> read_cost_matrix(std::string_view text, const std::string& where);
Result<CostMatrix> load_cost_matrix(const std::string& file);

/// The same matrix in the order of `classes`, matched by name; by order where the file has none.
/// Errors: another number of classes, a name that is missing.
Result<CostMatrix> in_order_of(const CostMatrix& matrix, std::span<const std::string> classes,
                               const std::string& where);

/// As CSV with names, which `read_cost_matrix` reads back.
std::string to_csv(const CostMatrix& matrix);

}  // namespace plumbline
