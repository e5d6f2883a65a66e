#pragma once
#include <string>
#include <vector>

namespace plumbline::fuzz {

/// A small study that has something in every table, as bytes.
struct StudyTemplate {
  std::vector<char> database;
  /// What it names in predictions/: of a run of classes, and of one of boxes.
  struct File {
    std::string name;
    std::vector<char> content;
  };
  std::vector<File> predictions;
};
StudyTemplate study_template();

}  // namespace plumbline::fuzz
