#include "widgets/planer/latency_rows.h"

#include <QCoreApplication>

#include <algorithm>

#include "widgets/planer/option_look.h"
#include "widgets/planer/planer_words.h"
#include "widgets/style/colours.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

QString row_text(const char* text) { return QCoreApplication::translate("latency_rows", text); }

LatencyRow by_kind(const LatencyShares& shares) {
  const Colours& c = colours();
  LatencyRow row;
  row.parts = {
      {row_text("attention"), shares.attention, c.attention[3]},
      {row_text("feed-forward"), shares.feed_forward, c.feed_forward},
      {row_text("MoE"), shares.experts, c.experts[0]},
      {row_text("norm, residual"), shares.norm, c.norm},
      {row_text("embedding, softmax"), shares.embedding + shares.softmax, c.embedding, false}};
  row.estimated = true;
  return row;
}

LatencyRow by_block(const LatencyTable& table, const Architecture& architecture) {
  const Colours& c = colours();
  LatencyRow row;
  row.parts.push_back({row_text("embedding"), table.embedding.median_ms, c.embedding, false});
  for (std::size_t slot = 0; slot < architecture.size(); ++slot) {
    const OptionIndex option = architecture[slot];
    double ms = 0;
    if (option < table.options.size() && table.options[option])
      ms = table.options[option]->median_ms;
    if (slot_option(option).kind == OptionKind::skip) continue;
    const std::string_view title = slot_option(option).title;
    row.parts.push_back({row_text("block %1, %2").arg(slot + 1).arg(text_of(title)), ms,
                         option_colour(option), false});
  }
  row.parts.push_back({row_text("softmax"), table.softmax.median_ms, c.embedding, false});
  row.estimated = true;
  return row;
}

/// "found 0.60×"
QString short_title(const PlanerEntry& entry) {
  QString title = entry_title(entry).toLower();
  return title.remove(u',');
}

}  // namespace

double LatencyRow::total() const {
  double sum = 0;
  for (const Part& part : parts) sum += part.ms;
  return sum;
}

std::vector<LatencyRow> latency_rows_by_kind(const PlanerReview& review) {
  std::vector<LatencyRow> rows;
  const SearchCurve* curve = review.curve();
  if (curve == nullptr) return rows;
  const StepKey& key = curve->subject.key;
  std::vector<const LatencyTable*> tables;
  for (const LatencyTable& table : review.catalogue().tables)
    if (same_costs(table.config, curve->config) && table.key.device == key.device &&
        table.key.precision == key.precision)
      tables.push_back(&table);
  std::ranges::sort(tables, {}, [](const LatencyTable* table) { return table->key; });
  const bool lengths = std::ranges::any_of(tables, [&](const LatencyTable* table) {
    return table->key.length != key.length || table->key.memory != key.memory;
  });
  for (const LatencyTable* table : tables) {
    const auto shares = latency_shares(*table, baseline_architecture(curve->config));
    if (!shares) continue;
    LatencyRow row = by_kind(*shares);
    row.label = lengths
                    ? row_text("batch %1, length %2").arg(table->key.batch).arg(table->key.length)
                    : row_text("baseline, batch %1").arg(table->key.batch);
    row.note = key_text(table->key);
    rows.push_back(std::move(row));
  }
  const PlanerEntry* described = review.described();
  if (described != nullptr && described->role != PlanerEntry::Role::baseline && curve->table)
    if (const auto shares = latency_shares(*curve->table, described->architecture);
        shares && !described->architecture.empty()) {
      LatencyRow row = by_kind(*shares);
      row.label = row_text("%1, batch %2").arg(short_title(*described)).arg(key.batch);
      row.note = key_text(key);
      rows.push_back(std::move(row));
    }
  return rows;
}

std::vector<LatencyRow> latency_rows_by_block(const PlanerReview& review) {
  std::vector<LatencyRow> rows;
  const SearchCurve* curve = review.curve();
  if (curve == nullptr || !curve->table) return rows;
  const auto add = [&](const PlanerEntry& entry) {
    if (entry.architecture.empty()) return;
    LatencyRow row = by_block(*curve->table, entry.architecture);
    row.label = short_title(entry);
    row.note = key_text(curve->subject.key);
    rows.push_back(std::move(row));
  };
  for (const PlanerEntry& entry : review.strips())
    if (entry.role == PlanerEntry::Role::baseline) add(entry);
  const auto& selected = review.selected();
  if (selected.size() == 2) {
    for (const std::string& key : selected)
      if (const PlanerEntry* entry = review.entry(key);
          entry != nullptr && entry->role != PlanerEntry::Role::baseline)
        add(*entry);
  } else if (const PlanerEntry* entry = review.described();
             entry != nullptr && entry->role != PlanerEntry::Role::baseline) {
    add(*entry);
  }
  return rows;
}

}  // namespace plumbline
