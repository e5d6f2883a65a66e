#include "core/review/comparison.h"

#include <cmath>
#include <map>

namespace plumbline {

namespace {

bool is_treated_well(Verdict verdict) {
  return verdict == Verdict::kept || verdict == Verdict::caught;
}

void count(ClassComparison& into, bool right_first, bool right_second, Verdict first,
           Verdict second, Change change) {
  ++into.items;
  into.right_first += right_first;
  into.right_second += right_second;
  into.only_first += right_first && !right_second;
  into.only_second += right_second && !right_first;
  into.undetected_first += first == Verdict::undetected;
  into.undetected_second += second == Verdict::undetected;
  into.gained += change == Change::gained;
  into.lost += change == Change::lost;
}

double share_of_items(std::int64_t part, std::int64_t items) {
  return items > 0 ? static_cast<double>(part) / static_cast<double>(items) : std::nan("");
}

}  // namespace

ComparedShares shares_of(const ClassComparison& entry) {
  return {share_of_items(entry.right_first, entry.items),
          share_of_items(entry.right_second, entry.items),
          wilson_interval(entry.right_first, entry.items),
          wilson_interval(entry.right_second, entry.items),
          share_of_items(entry.only_second - entry.only_first, entry.items),
          paired_difference_interval(entry.only_first, entry.only_second, entry.items)};
}

Change change_of(Verdict first, ClassIndex first_label, Verdict second, ClassIndex second_label) {
  if (first == Verdict::unjudged || second == Verdict::unjudged) return Change::unjudged;
  if (first == second && first_label == second_label) return Change::same;
  const bool before = is_treated_well(first), after = is_treated_well(second);
  if (before == after) return Change::changed;
  return after ? Change::gained : Change::lost;
}

Comparison compare(const ReviewTable& first, const ReviewTable& second) {
  Comparison result;
  const auto labels = second.truth;
  result.changes.resize(second.rows, Change::unjudged);
  result.first_rows.resize(second.rows);
  std::map<ClassIndex, ClassComparison> classes;
  // Items rise in both tables: they are walked together.
  std::size_t row = 0;
  for (std::size_t i = 0; i < second.rows; ++i) {
    const ItemRef item = second.item(i);
    for (; row < first.rows && first.item(row) < item; ++row) ++result.only_in_first;
    const bool both = row < first.rows && first.item(row) == item;
    // Without a truth, as a detection of nothing has none, there is nothing to be better at.
    const bool judged = both && labels[i] != no_class;
    const Change change =
        judged ? change_of(first.verdict[row], first.label[row], second.verdict[i], second.label[i])
               : Change::unjudged;
    result.changes[i] = change;
    ++result.counts[static_cast<std::size_t>(change)];
    if (!both) continue;
    const std::size_t before = row++;
    result.first_rows[i] = before;
    if (change == Change::unjudged) continue;
    const Verdict a = first.verdict[before], b = second.verdict[i];
    ++result.transitions[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)];
    const bool right_a = first.label[before] == labels[i], right_b = second.label[i] == labels[i];
    count(result.all, right_a, right_b, a, b, change);
    count(classes[labels[i]], right_a, right_b, a, b, change);
  }
  result.only_in_first += static_cast<std::int64_t>(first.rows - row);
  for (auto& [truth, entry] : classes) {
    entry.truth = truth;
    result.classes.push_back(entry);
  }
  return result;
}

}  // namespace plumbline
