#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/types/class_index.h"
#include "core/types/error.h"

namespace plumbline {

/// The connection that a study's stores share; only their implementations see it.
struct StudyConnection {
  std::filesystem::path folder;
  bool writable;
  mutable SQLite::Database database;

  /// The labels of the split that was asked for last, as long as nobody has written since: they are
  /// one blob of two megabytes for a million samples, and a gallery asks for one sample at a time.
  struct Labels {
    std::int64_t split = 0, version = -1;
    int changes = 0;  ///< of this connection
    std::vector<ClassIndex> values;
  };
  mutable Labels last_labels;
  const std::vector<ClassIndex>& labels_of(std::int64_t split) const;
  /// As many as the split has samples: no_class for those whose class is not known.
  std::vector<ClassIndex> read_labels(std::int64_t split) const;

  /// How many samples a split says that it has; SQLite's exception of a damaged database where
  /// that is more than its file can hold, so that nobody takes memory for them.
  std::int64_t possible_samples(std::int64_t claimed) const;

  /// Replaces the labels of a split.
  void write_labels(std::int64_t split, const std::vector<ClassIndex>& labels);

  Error translate(const SQLite::Exception& exception) const;

  /// Runs `body`, which returns a Result, and turns SQLite's exceptions into errors.
  template <class Body>
  auto read(Body body) const -> decltype(body()) {
    try {
      return body();
    } catch (const SQLite::Exception& exception) {
      return tl::unexpected(translate(exception));
    }
  }

  /// The same inside one transaction, which is committed only if `body` succeeds.
  template <class Body>
  auto write(Body body) const -> decltype(body()) {
    if (!writable)
      return bad_input("the study is open for reading only", folder.string(),
                       "its folder or the medium may be write-protected");
    try {
      SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
      auto result = body();
      if (result) transaction.commit();
      return result;
    } catch (const SQLite::Exception& exception) {
      return tl::unexpected(translate(exception));
    }
  }

  /// The row id of a split; an error that names the splits there are.
  Result<std::int64_t> split_id(std::int64_t dataset, const std::string& split) const;
  Result<std::int64_t> model_id(const std::string& name) const;
};

}  // namespace plumbline
