#include "app/engine/confine_to_study.h"

#include <cstdlib>

#include <fmt/format.h>

#include "core/confinement/confinement.h"
#include "core/study/study.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// Files of models and data sets, wherever they lie.
Result<void> add_inputs(const Study& study, std::vector<fs::path>& read) {
  const auto models = study.models();
  TRY(models);
  for (const ModelInfo& model : *models)
    if (!model.file.empty()) read.push_back(model.file);
  const auto datasets = study.datasets();
  TRY(datasets);
  for (const DatasetInfo& dataset : *datasets) {
    const auto reader = study.reader(dataset.id);
    TRY(reader);
    for (const DataSource& source : reader->sources()) read.push_back(source.path);
  }
  return {};
}

}  // namespace

Result<void> confine_to_study(const fs::path& folder, const std::vector<fs::path>& inputs,
                              const std::vector<fs::path>& outputs) {
  Reach reach{inputs, {}, true};
  {
    const auto study = Study::open(folder, Access::read_only);
    TRY(study);
    TRY(add_inputs(*study, reach.read));
    reach.write.push_back(study->folder());
    // Libraries that need a temporary file make it there.
    std::error_code code;
    const fs::path temporary = fs::absolute(study->folder() / "cache", code);
    fs::create_directories(temporary, code);
    for (const char* name : {"TMPDIR", "SQLITE_TMPDIR"}) ::setenv(name, temporary.c_str(), 1);
  }
  // A file is written beside its final place and renamed.
  for (const fs::path& output : outputs)
    reach.write.push_back(output.has_parent_path() ? output.parent_path() : fs::path("."));
  const auto state = confine(reach);
  TRY(state);
  if (!state->missing.empty())
    fmt::print(stderr, "plumbline-engine: warning: models are not wholly confined: {}\n",
               state->missing);
  return {};
}

}  // namespace plumbline
