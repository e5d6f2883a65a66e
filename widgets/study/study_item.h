#pragma once
#include <QString>

namespace plumbline {

/// What a row of the study's tree stands for.
enum class StudyItemKind {
  group,
  dataset,
  split,
  model,
  run,
  run_split,
  decision,
  network,
  search,
};

struct StudyItem {
  StudyItemKind kind = StudyItemKind::group;
  QString name;   ///< of the data set, model, run …
  QString split;  ///< where a split of a data set or run is meant
  friend bool operator==(const StudyItem&, const StudyItem&) = default;
};

/// What can be done with a row besides opening it.
enum class StudyTask { browse, rename, remove, show_files, show_card, show_usage };

}  // namespace plumbline
