#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "core/study/study.h"

namespace plumbline {

/// The study that an import opens or makes; one that it made is removed where the import fails.
class ImportTarget {
 public:
  static Result<ImportTarget> open(const std::string& folder) {
    std::error_code code;
    const bool existed = std::filesystem::exists(folder, code);
    auto study = Study::open(folder, Access::create);
    TRY(study);
    return ImportTarget(std::move(*study), existed);
  }

  Study& study() { return *study_; }
  void keep() { existed_ = true; }

  ImportTarget(ImportTarget&& other) noexcept
      : study_(std::move(other.study_)), existed_(std::exchange(other.existed_, true)) {}
  ~ImportTarget() {
    if (existed_ || !study_) return;
    const auto folder = study_->folder();
    study_.reset();
    std::error_code code;
    std::filesystem::remove_all(folder, code);
  }

 private:
  ImportTarget(Study study, bool existed) : study_(std::move(study)), existed_(existed) {}
  std::optional<Study> study_;
  bool existed_;
};

}  // namespace plumbline
