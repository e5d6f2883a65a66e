#include "app/engine/confine_to_study.h"

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "app/engine/scratch_folder.h"
#include "core/confinement/confinement.h"
#include "core/data/atomic_file.h"
#include "core/study/study.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// Files of models and data sets, wherever they lie.
Result<void> add_inputs(const StudyData& study, std::vector<fs::path>& read) {
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

/// Tries it in a process of its own: drivers differ in what they need, and a confinement cannot be
/// undone.
bool cuda_begins_in(const Reach& reach) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!confine(reach)) ::_exit(1);
    void* driver = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    using Begin = int (*)(unsigned);
    const auto begin = driver ? reinterpret_cast<Begin>(::dlsym(driver, "cuInit")) : nullptr;
    ::_exit(begin && begin(0) == 0 ? 0 : 1);
  }
  int status = 1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

namespace {

/// Confines to what is reached and to where outputs are written.
Result<void> confine_with_outputs(Reach reach, const std::vector<fs::path>& outputs) {
  // A file is written beside its final place and renamed; a pipe or a device is written itself.
  for (const fs::path& output : outputs) {
    const fs::path target = output_target(output);
    if (is_regular_output(output))
      reach.write.push_back(target.has_parent_path() ? target.parent_path() : fs::path("."));
    else if (target.has_parent_path())
      reach.write.push_back(target);
  }
  if (reach.accelerators && !cuda_begins_in(reach)) {
    fmt::print(stderr,
               "plumbline-engine: warning: models are not confined: CUDA does not begin in a "
               "confined process on this machine\n");
    return {};
  }
  const auto state = confine(reach);
  TRY(state);
  if (!state->missing.empty())
    fmt::print(stderr, "plumbline-engine: warning: models are not wholly confined: {}\n",
               state->missing);
  return {};
}

bool may_use_gpus(std::string_view device) {
  return device != "cpu" && fs::exists("/dev/nvidiactl");
}

}  // namespace

Result<void> confine_to_study(const fs::path& folder, std::string_view device,
                              const std::vector<fs::path>& inputs,
                              const std::vector<fs::path>& outputs, const fs::path& database) {
  Reach reach{inputs, {}, may_use_gpus(device)};
  {
    const auto study = database.empty() ? Study::open(folder, Access::read_only)
                                        : Study::open_snapshot(folder, database);
    TRY(study);
    TRY(add_inputs(*study, reach.read));
    reach.write.push_back(study->folder());
    use_as_temporary(study->folder() / "cache");
  }
  return confine_with_outputs(std::move(reach), outputs);
}

Result<void> confine_to_folder(const fs::path& scratch, std::string_view device,
                               const std::vector<fs::path>& inputs,
                               const std::vector<fs::path>& outputs) {
  use_as_temporary(scratch);
  return confine_with_outputs({inputs, {scratch}, may_use_gpus(device)}, outputs);
}

}  // namespace plumbline
