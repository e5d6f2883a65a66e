#include "core/study/study_boxes.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include <fmt/format.h>
#include <sqlite3.h>

#include "core/data/hash.h"

namespace plumbline {

namespace {

// The segmentation is last in its row: SQLite reads none of its pages where nobody asks for it.
constexpr const char* columns_of_boxes =
    "position, object, class, x, y, width, height, area, crowd, ignored, id, segmentation";

/// As many samples as a mark looks at.
constexpr std::int64_t samples_of_a_mark = 256;

TruthBox box_of_row(SQLite::Statement& row) {
  TruthBox box;
  box.image = row.getColumn(0).getInt();
  box.category = row.getColumn(2).getInt();
  box.box = {row.getColumn(3).getDouble(), row.getColumn(4).getDouble(),
             row.getColumn(5).getDouble(), row.getColumn(6).getDouble()};
  box.area = row.getColumn(7).getDouble();
  box.crowd = row.getColumn(8).getInt() != 0;
  box.ignored = row.getColumn(9).getInt() != 0;
  // A number is kept as one, so that whoever reads the study elsewhere has COCO's ids.
  if (row.getColumn(10).isInteger())
    box.id.number = row.getColumn(10).getInt64();
  else
    box.id.text = row.getColumn(10).getString();
  return box;
}

/// A study may be anybody's, and whoever reads boxes takes their samples and classes for places.
void check_place(const TruthBox& box, std::int64_t samples, std::int64_t classes) {
  if (box.image < 0 || box.image >= samples || box.category < 0 || box.category >= classes)
    throw SQLite::Exception("a box names sample " + std::to_string(box.image) + " of " +
                                std::to_string(samples) + " and class " +
                                std::to_string(box.category) + " of " + std::to_string(classes),
                            SQLITE_CORRUPT);
  for (const double value : {box.box.x, box.box.y, box.box.width, box.box.height, box.area})
    if (!std::isfinite(value))
      throw SQLite::Exception("a box of sample " + std::to_string(box.image) + " is not finite",
                              SQLITE_CORRUPT);
}

/// Rows of a split in their order, until `take(row, box)` returns false.
template <class Take>
void each_box(SQLite::Database& database, std::int64_t split, const Take& take) {
  SQLite::Statement rows(database, std::string("SELECT ") + columns_of_boxes +
                                       " FROM box_truth WHERE split = ? ORDER BY position, object");
  rows.bind(1, split);
  SQLite::Statement sizes(database,
                          "SELECT s.samples, (SELECT count(*) FROM class c WHERE c.dataset = "
                          "s.dataset) FROM split s WHERE s.id = ?");
  sizes.bind(1, split);
  if (!sizes.executeStep()) return;
  const std::int64_t samples = sizes.getColumn(0).getInt64(),
                     classes = sizes.getColumn(1).getInt64();
  while (rows.executeStep()) {
    TruthBox box = box_of_row(rows);
    check_place(box, samples, classes);
    if (!take(rows, std::move(box))) return;
  }
}

}  // namespace

Result<void> write_boxes(SQLite::Database& database, std::int64_t split, const BoxDataset& data,
                         std::span<const std::int32_t> places) {
  SQLite::Statement insert(database,
                           "INSERT INTO box_truth VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  std::vector<std::int32_t> objects;  // how many each sample has so far
  for (const TruthBox& box : data.boxes) {
    const auto position = static_cast<std::size_t>(box.image);
    if (position >= objects.size()) objects.resize(position + 1);
    insert.bind(1, split);
    insert.bind(2, box.image);
    insert.bind(3, objects[position]++);
    insert.bind(4, places[static_cast<std::size_t>(box.category)]);
    insert.bind(5, box.box.x);
    insert.bind(6, box.box.y);
    insert.bind(7, box.box.width);
    insert.bind(8, box.box.height);
    insert.bind(9, box.area);
    insert.bind(10, box.crowd ? 1 : 0);
    insert.bind(11, box.ignored ? 1 : 0);
    if (box.id.text.empty())
      insert.bind(12, box.id.number);
    else
      insert.bindNoCopy(12, box.id.text);
    const auto segmentation = segmentation_of(data, box);
    TRY(segmentation);
    insert.bindNoCopy(13, *segmentation);
    insert.exec();
    insert.reset();
  }
  return {};
}

std::vector<TruthBox> read_boxes(SQLite::Database& database, std::int64_t split) {
  std::vector<TruthBox> boxes;
  each_box(database, split, [&](SQLite::Statement&, TruthBox box) {
    boxes.push_back(std::move(box));
    return true;
  });
  return boxes;
}

void read_segmentations(SQLite::Database& database, std::int64_t split,
                        const std::function<void(std::string_view)>& take) {
  each_box(database, split, [&](SQLite::Statement& row, const TruthBox&) {
    take(row.getColumn(11).getString());
    return true;
  });
}

std::string mark_of_boxes(SQLite::Database& database, std::int64_t dataset,
                          const std::string& name) {
  SQLite::Statement found(database, "SELECT id, samples FROM split WHERE dataset = ? AND name = ?");
  found.bind(1, dataset);
  found.bind(2, name);
  if (!found.executeStep()) return {};
  const std::int64_t split = found.getColumn(0).getInt64(), samples = found.getColumn(1).getInt64();
  std::string text = fmt::format("{} {}\n", split, samples);
  SQLite::Statement rows(database, std::string("SELECT ") + columns_of_boxes +
                                       " FROM box_truth WHERE split = ? AND position = ?");
  const std::int64_t looked_at = std::min<std::int64_t>(samples, samples_of_a_mark);
  for (std::int64_t i = 0; i < looked_at; ++i) {
    // The first and the last are among them. In double, since the product may be any number.
    const double share =
        looked_at > 1 ? static_cast<double>(i) / static_cast<double>(looked_at - 1) : 0;
    rows.bind(1, split);
    const auto position =
        static_cast<std::int64_t>(std::llround(share * static_cast<double>(samples - 1)));
    rows.bind(2, position);
    while (rows.executeStep()) {
      for (int column = 0; column < rows.getColumnCount(); ++column)
        text += rows.getColumn(column).getString() + ' ';
      text += '\n';
    }
    rows.reset();
  }
  return hash_bytes(std::as_bytes(std::span(text)));
}

Result<bool> same_boxes(SQLite::Database& database, std::int64_t split, const BoxDataset& scanned,
                        std::span<const std::int32_t> places) {
  std::vector<std::uint32_t> order(scanned.boxes.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return scanned.boxes[i].image; });
  std::size_t seen = 0;
  Result<bool> same = true;
  each_box(database, split, [&](SQLite::Statement& row, const TruthBox& kept) {
    same = seen < order.size();
    if (!*same) return false;
    const TruthBox& box = scanned.boxes[order[seen++]];
    same = kept.image == box.image &&
           kept.category == places[static_cast<std::size_t>(box.category)] && kept.box == box.box &&
           kept.area == box.area && kept.crowd == box.crowd && kept.ignored == box.ignored &&
           kept.id == box.id;
    if (!*same) return false;
    auto segmentation = segmentation_of(scanned, box);
    if (!segmentation)
      same = tl::unexpected(std::move(segmentation.error()));
    else
      same = row.getColumn(11).getString() == *segmentation;
    return same && *same;
  });
  TRY(same);
  return *same && seen == order.size();
}

}  // namespace plumbline
