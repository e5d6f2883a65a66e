#pragma once
#include <filesystem>
#include <string_view>
#include <vector>

#include "core/confinement/confinement.h"
#include "core/types/error.h"

namespace plumbline {

/// Confines this process to what a command on a study needs: the study is read and written, its
/// data sets' and models' files and `inputs` are read, and what stands in the folders of `outputs`
/// is written. To be called when the engine's module is loaded and before anything of it runs. Says
/// on standard error what of it this kernel cannot enforce. Errors: as of confine(), and of a study
/// that cannot be read.
/// `device` as on the command line: beside a GPU its device files are allowed too, and where CUDA
/// does not begin in a confined process nothing is confined, which is said.
/// `database`: a snapshot that says what the study holds, for a rank that may not open its own.
Result<void> confine_to_study(const std::filesystem::path& study, std::string_view device,
                              const std::vector<std::filesystem::path>& inputs = {},
                              const std::vector<std::filesystem::path>& outputs = {},
                              const std::filesystem::path& database = {});

/// The same for work that needs no study: only `inputs` are read, only `scratch` and the folders of
/// `outputs` are written.
Result<void> confine_to_folder(const std::filesystem::path& scratch, std::string_view device,
                               const std::vector<std::filesystem::path>& inputs,
                               const std::vector<std::filesystem::path>& outputs);

/// Whether CUDA begins in a process that is confined so. This one is not confined.
bool cuda_begins_in(const Reach& reach);

}  // namespace plumbline
