#pragma once
#include <QString>

#include <vector>

#include "core/review/review_table.h"

namespace plumbline {

/// What a table's column says of one item, in words.
struct ItemFact {
  QString name, value;
};

/// What the named columns say of a row, in their order: numbers, words, and of members how many
/// there are of how many. Numbers that the row does not have are left out.
std::vector<ItemFact> item_facts(const ReviewTable& table, std::size_t row);

}  // namespace plumbline
