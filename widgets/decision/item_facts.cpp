#include "widgets/decision/item_facts.h"

#include <QObject>

#include <cmath>

#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

std::vector<ItemFact> item_facts(const ReviewTable& table, std::size_t row) {
  std::vector<ItemFact> facts;
  for (const NumberColumn& column : table.numbers)
    if (const double value = column.values[row]; std::isfinite(value))
      facts.push_back({text_of(column.key), decimal(value, 3)});
  for (const WordColumn& column : table.words) {
    const std::size_t word = column.values[row];
    facts.push_back({text_of(column.key), word < column.words.size() ? text_of(column.words[word])
                                                                     : QString::number(word)});
  }
  for (const MemberColumn& column : table.members) {
    std::size_t count = 0;
    for (std::size_t member = 0; member < column.members; ++member)
      count += column.has(row, member);
    facts.push_back({text_of(column.key), QObject::tr("%1 of %2").arg(count).arg(column.members)});
  }
  return facts;
}

}  // namespace plumbline
