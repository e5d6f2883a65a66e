#include "core/study/schema.h"

#include <array>

namespace plumbline {

namespace {

// Entry i brings version i to i + 1. Never edited once released: a change is a further entry.
constexpr std::array<const char*, schema_version> migrations = {
    R"sql(
CREATE TABLE dataset(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  format TEXT NOT NULL);
CREATE TABLE class(
  dataset INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY(dataset, position)) WITHOUT ROWID;
CREATE TABLE source(
  id INTEGER PRIMARY KEY,
  dataset INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
  path TEXT NOT NULL,
  size INTEGER NOT NULL,
  hash TEXT NOT NULL,
  UNIQUE(dataset, path));
-- labels: one unsigned little-endian 16-bit class a sample, 65535 for none. A column of its own,
-- since a million labels are read at once whenever a run is opened.
CREATE TABLE split(
  id INTEGER PRIMARY KEY,
  dataset INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
  name TEXT NOT NULL,
  labels BLOB NOT NULL,
  UNIQUE(dataset, name));
CREATE TABLE sample(
  split INTEGER NOT NULL REFERENCES split ON DELETE CASCADE,
  position INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES source,
  record INTEGER NOT NULL,
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY(split, position)) WITHOUT ROWID;
-- file is empty for predictions that were computed elsewhere
CREATE TABLE model(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  file TEXT NOT NULL,
  hash TEXT NOT NULL,
  card TEXT NOT NULL);
CREATE TABLE prediction_set(
  id INTEGER PRIMARY KEY,
  split INTEGER NOT NULL REFERENCES split,
  model INTEGER NOT NULL REFERENCES model,
  view TEXT NOT NULL,
  precision TEXT NOT NULL,
  decoder TEXT NOT NULL,
  device_kind TEXT NOT NULL,
  UNIQUE(split, model, view, precision, decoder, device_kind));
CREATE TABLE shard(
  id INTEGER PRIMARY KEY,
  file TEXT NOT NULL UNIQUE,
  first INTEGER NOT NULL,
  count INTEGER NOT NULL);
CREATE TABLE shard_row(
  prediction_set INTEGER NOT NULL REFERENCES prediction_set ON DELETE CASCADE,
  first INTEGER NOT NULL,
  shard INTEGER NOT NULL REFERENCES shard,
  row INTEGER NOT NULL,
  PRIMARY KEY(prediction_set, first)) WITHOUT ROWID;
CREATE TABLE latency(
  prediction_set INTEGER PRIMARY KEY REFERENCES prediction_set ON DELETE CASCADE,
  device TEXT NOT NULL,
  batch INTEGER NOT NULL,
  batches INTEGER NOT NULL,
  median_ms REAL NOT NULL,
  spread_ms REAL NOT NULL);
CREATE TABLE run(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  dataset INTEGER NOT NULL REFERENCES dataset,
  precision TEXT NOT NULL,
  decoder TEXT NOT NULL,
  device_kind TEXT NOT NULL,
  batch INTEGER NOT NULL);
CREATE TABLE run_split(
  run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  position INTEGER NOT NULL,
  split TEXT NOT NULL,
  PRIMARY KEY(run, position)) WITHOUT ROWID;
CREATE TABLE run_voter(
  run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  position INTEGER NOT NULL,
  model TEXT NOT NULL,
  view TEXT NOT NULL,
  PRIMARY KEY(run, position)) WITHOUT ROWID;
CREATE TABLE warning(
  run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  code TEXT NOT NULL,
  place TEXT NOT NULL,
  message TEXT NOT NULL,
  UNIQUE(run, code, place));
)sql",
    // What a user says about samples.
    R"sql(
CREATE TABLE tag(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE);
CREATE TABLE sample_tag(
  split INTEGER NOT NULL REFERENCES split ON DELETE CASCADE,
  tag INTEGER NOT NULL REFERENCES tag ON DELETE CASCADE,
  position INTEGER NOT NULL,
  PRIMARY KEY(split, tag, position)) WITHOUT ROWID;
CREATE TABLE note(
  split INTEGER NOT NULL REFERENCES split ON DELETE CASCADE,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY(split, position)) WITHOUT ROWID;
)sql",
    // Language models, what was measured of them, and searches. Columns config, architecture, text,
    // training, document, targets, settings, increments and options are JSON.
    R"sql(
CREATE TABLE network(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL,
  config TEXT NOT NULL,
  architecture TEXT NOT NULL,
  file TEXT NOT NULL,
  hash TEXT NOT NULL,
  base TEXT NOT NULL,
  search TEXT NOT NULL,
  target REAL NOT NULL,
  text TEXT,
  loss REAL,
  loss_error REAL,
  loss_tokens INTEGER,
  training TEXT NOT NULL,
  made_at TEXT NOT NULL);
CREATE TABLE network_latency(
  network INTEGER NOT NULL REFERENCES network ON DELETE CASCADE,
  device TEXT NOT NULL,
  batch INTEGER NOT NULL,
  length INTEGER NOT NULL,
  memory INTEGER NOT NULL,
  precision TEXT NOT NULL,
  median_ms REAL NOT NULL,
  spread_ms REAL NOT NULL,
  repeats INTEGER NOT NULL,
  baseline TEXT NOT NULL,
  baseline_median_ms REAL NOT NULL,
  baseline_spread_ms REAL NOT NULL,
  baseline_repeats INTEGER NOT NULL,
  PRIMARY KEY(network, device, batch, length, memory, precision)) WITHOUT ROWID;
CREATE TABLE latency_table(
  id INTEGER PRIMARY KEY,
  device TEXT NOT NULL,
  batch INTEGER NOT NULL,
  length INTEGER NOT NULL,
  memory INTEGER NOT NULL,
  precision TEXT NOT NULL,
  document TEXT NOT NULL);
CREATE TABLE search(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  base TEXT NOT NULL,
  config TEXT NOT NULL,
  key TEXT NOT NULL,
  text TEXT NOT NULL,
  targets TEXT NOT NULL,
  settings TEXT NOT NULL,
  increments TEXT);
-- The course of a search towards one target. options: names of a probability map's columns.
CREATE TABLE search_course(
  id INTEGER PRIMARY KEY,
  search INTEGER NOT NULL REFERENCES search ON DELETE CASCADE,
  target REAL NOT NULL,
  options TEXT NOT NULL,
  UNIQUE(search, target));
-- probabilities: slots x options, float32, little-endian; null where a step has none.
CREATE TABLE search_point(
  course INTEGER NOT NULL REFERENCES search_course ON DELETE CASCADE,
  position INTEGER NOT NULL,
  step INTEGER NOT NULL,
  latency_ms REAL NOT NULL,
  loss REAL NOT NULL,
  slots INTEGER NOT NULL,
  probabilities BLOB,
  PRIMARY KEY(course, position)) WITHOUT ROWID;
)sql",
    // How many samples a split has is its own; what is true of them is a table each task. labels:
    // as before, one class a sample; a split without a row there has no labels.
    R"sql(
CREATE TABLE class_truth(
  split INTEGER PRIMARY KEY REFERENCES split ON DELETE CASCADE,
  labels BLOB NOT NULL);
INSERT INTO class_truth SELECT id, labels FROM split;
ALTER TABLE split ADD COLUMN samples INTEGER NOT NULL DEFAULT 0;
UPDATE split SET samples = length(labels) / 2;
ALTER TABLE split DROP COLUMN labels;
)sql",
    // Tags and notes are of items. object: its number within the sample, -1 for the whole sample (a
    // key cannot hold null).
    R"sql(
CREATE TABLE item_tag(
  split INTEGER NOT NULL REFERENCES split ON DELETE CASCADE,
  tag INTEGER NOT NULL REFERENCES tag ON DELETE CASCADE,
  position INTEGER NOT NULL,
  object INTEGER NOT NULL,
  PRIMARY KEY(split, tag, position, object)) WITHOUT ROWID;
INSERT INTO item_tag SELECT split, tag, position, -1 FROM sample_tag;
DROP TABLE sample_tag;
CREATE TABLE item_note(
  split INTEGER NOT NULL REFERENCES split ON DELETE CASCADE,
  position INTEGER NOT NULL,
  object INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY(split, position, object)) WITHOUT ROWID;
INSERT INTO item_note SELECT split, position, -1, text FROM note;
DROP TABLE note;
)sql",
    // What a prediction file was when it was committed, and which of its samples could not be read.
    // A file of an earlier version has no row. time: of its last change, nanoseconds since 1970.
    R"sql(
CREATE TABLE shard_state(
  shard INTEGER PRIMARY KEY REFERENCES shard ON DELETE CASCADE,
  size INTEGER NOT NULL,
  time INTEGER NOT NULL,
  hash TEXT NOT NULL,
  unread TEXT NOT NULL);
)sql",
    // What is true of the samples of a split of boxes, a row an object. class: a position in the
    // data set's classes; a box in pixels of the upright image; id: the file's own; segmentation:
    // JSON.
    R"sql(
CREATE TABLE box_truth(
  split INTEGER NOT NULL REFERENCES split ON DELETE CASCADE,
  position INTEGER NOT NULL,
  object INTEGER NOT NULL,
  class INTEGER NOT NULL,
  x REAL NOT NULL,
  y REAL NOT NULL,
  width REAL NOT NULL,
  height REAL NOT NULL,
  area REAL NOT NULL,
  crowd INTEGER NOT NULL,
  ignored INTEGER NOT NULL,
  id NOT NULL,
  segmentation TEXT NOT NULL,
  PRIMARY KEY(split, position, object)) WITHOUT ROWID;
)sql",
    // Decisions with names. voters: MODEL:VIEW,… of the run; policy and certificate are JSON.
    R"sql(
CREATE TABLE decision(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  voters TEXT NOT NULL,
  policy TEXT NOT NULL,
  selected_on TEXT NOT NULL,
  rule TEXT NOT NULL,
  certificate TEXT NOT NULL);
)sql",
    // Predictions are of a condition, too: a view before the voter's own, empty for none. It
    // belongs to the key, so that the table is made anew, its children first: to drop it while they
    // refer to it would delete their rows.
    R"sql(
CREATE TABLE conditioned_set(
  id INTEGER PRIMARY KEY,
  split INTEGER NOT NULL REFERENCES split,
  model INTEGER NOT NULL REFERENCES model,
  view TEXT NOT NULL,
  precision TEXT NOT NULL,
  decoder TEXT NOT NULL,
  device_kind TEXT NOT NULL,
  condition TEXT NOT NULL DEFAULT '',
  UNIQUE(split, model, view, precision, decoder, device_kind, condition));
INSERT INTO conditioned_set
  SELECT id, split, model, view, precision, decoder, device_kind, '' FROM prediction_set;
CREATE TABLE conditioned_row(
  prediction_set INTEGER NOT NULL REFERENCES conditioned_set ON DELETE CASCADE,
  first INTEGER NOT NULL,
  shard INTEGER NOT NULL REFERENCES shard,
  row INTEGER NOT NULL,
  PRIMARY KEY(prediction_set, first)) WITHOUT ROWID;
INSERT INTO conditioned_row SELECT prediction_set, first, shard, row FROM shard_row;
CREATE TABLE conditioned_latency(
  prediction_set INTEGER PRIMARY KEY REFERENCES conditioned_set ON DELETE CASCADE,
  device TEXT NOT NULL,
  batch INTEGER NOT NULL,
  batches INTEGER NOT NULL,
  median_ms REAL NOT NULL,
  spread_ms REAL NOT NULL);
INSERT INTO conditioned_latency
  SELECT prediction_set, device, batch, batches, median_ms, spread_ms FROM latency;
DROP TABLE shard_row;
DROP TABLE latency;
DROP TABLE prediction_set;
ALTER TABLE conditioned_set RENAME TO prediction_set;
ALTER TABLE conditioned_row RENAME TO shard_row;
ALTER TABLE conditioned_latency RENAME TO latency;
CREATE TABLE run_condition(
  run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  position INTEGER NOT NULL,
  condition TEXT NOT NULL,
  PRIMARY KEY(run, position)) WITHOUT ROWID;
)sql",
    // Times of batches smaller than the run's, of which the cost of stages is made.
    R"sql(
CREATE TABLE batch_latency(
  prediction_set INTEGER NOT NULL REFERENCES prediction_set ON DELETE CASCADE,
  device TEXT NOT NULL,
  batch INTEGER NOT NULL,
  batches INTEGER NOT NULL,
  median_ms REAL NOT NULL,
  spread_ms REAL NOT NULL,
  PRIMARY KEY(prediction_set, device, batch)) WITHOUT ROWID;
)sql",
    // What language models draw, in joules of 1,000 tokens. document: JSON.
    R"sql(
CREATE TABLE energy_table(
  id INTEGER PRIMARY KEY,
  device TEXT NOT NULL,
  batch INTEGER NOT NULL,
  length INTEGER NOT NULL,
  memory INTEGER NOT NULL,
  precision TEXT NOT NULL,
  document TEXT NOT NULL);
CREATE TABLE network_energy(
  network INTEGER NOT NULL REFERENCES network ON DELETE CASCADE,
  device TEXT NOT NULL,
  batch INTEGER NOT NULL,
  length INTEGER NOT NULL,
  memory INTEGER NOT NULL,
  precision TEXT NOT NULL,
  joules REAL NOT NULL,
  joules_spread REAL NOT NULL,
  joules_idle REAL NOT NULL,
  repeats INTEGER NOT NULL,
  baseline TEXT NOT NULL,
  baseline_joules REAL NOT NULL,
  baseline_joules_spread REAL NOT NULL,
  baseline_joules_idle REAL NOT NULL,
  baseline_repeats INTEGER NOT NULL,
  idle_watts REAL NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY(network, device, batch, length, memory, precision)) WITHOUT ROWID;
)sql"};

/// The first versions that have tags and notes; splits with `samples`, and labels elsewhere; tags
/// and notes of items; shard_state; boxes; conditions; times of smaller batches.
constexpr int version_of_remarks = 2, version_of_truth_tables = 4, version_of_items = 5,
              version_of_shard_states = 6, version_of_boxes = 7, version_of_conditions = 9,
              version_of_batch_latencies = 10;

}  // namespace

void migrate(SQLite::Database& database) {
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  // Read inside the transaction: another program may have migrated in the meantime.
  const int from = database.execAndGet("PRAGMA user_version").getInt();
  for (int version = from; version < schema_version; ++version)
    database.exec(migrations[static_cast<std::size_t>(version)]);
  database.exec("PRAGMA user_version = " + std::to_string(schema_version));
  transaction.commit();
}

void view_as_current(SQLite::Database& database) {
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (version >= schema_version) return;
  // In memory, since there may be no place that can be written.
  database.exec("PRAGMA temp_store = MEMORY");
  if (version < version_of_truth_tables)
    database.exec(
        "CREATE TEMP VIEW class_truth AS SELECT id AS split, labels FROM main.split;"
        "CREATE TEMP VIEW split AS SELECT id, dataset, name, length(labels) / 2 AS samples "
        "FROM main.split");
  if (version >= version_of_remarks && version < version_of_items)
    database.exec(
        "CREATE TEMP VIEW item_tag AS SELECT split, tag, position, -1 AS object "
        "FROM main.sample_tag;"
        "CREATE TEMP VIEW item_note AS SELECT split, position, -1 AS object, text FROM main.note");
  if (version < version_of_shard_states)
    database.exec(
        "CREATE TEMP TABLE shard_state(shard INTEGER PRIMARY KEY, size INTEGER, time INTEGER, "
        "hash TEXT, unread TEXT)");
  if (version < version_of_boxes)
    database.exec(
        "CREATE TEMP TABLE box_truth(split INTEGER, position INTEGER, object INTEGER, "
        "class INTEGER, x REAL, y REAL, width REAL, height REAL, area REAL, crowd INTEGER, "
        "ignored INTEGER, id, segmentation TEXT)");
  if (version < version_of_conditions)
    database.exec(
        "CREATE TEMP VIEW prediction_set AS SELECT *, '' AS condition FROM main.prediction_set;"
        "CREATE TEMP TABLE run_condition(run INTEGER, position INTEGER, condition TEXT)");
  if (version < version_of_batch_latencies)
    database.exec(
        "CREATE TEMP TABLE batch_latency(prediction_set INTEGER, device TEXT, batch INTEGER, "
        "batches INTEGER, median_ms REAL, spread_ms REAL)");
}

}  // namespace plumbline
