#include "app/engine/find_libtorch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/program_output.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view wanted = "2.11.";
constexpr const char* advice =
    "pip install torch==2.11.0 for a python3 on PATH, or set PLUMBLINE_TORCH_DIR to a folder torch "
    "of site-packages or to an unpacked libtorch";

/// Says where the package torch lies, if there is one. The working folder, which Python would
/// search first, may be anybody's.
constexpr const char* question =
    "import sys\n"
    "sys.path = [folder for folder in sys.path if folder]\n"
    "import importlib.util, os\n"
    "spec = importlib.util.find_spec('torch')\n"
    "for folder in (spec and spec.submodule_search_locations) or []:\n"
    "    sys.stdout.buffer.write(os.fsencode(folder) + b'\\n')\n";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool is_file(const fs::path& path) {
  std::error_code code;
  return fs::is_regular_file(path, code);
}

/// The first 4 KiB, in which every file that names a version names it.
std::string beginning_of(const fs::path& file) {
  std::string text(4096, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return text;
}

/// The version as the package, the archive or the package's record names it; empty if none does.
std::string version_of(const fs::path& torch) {
  constexpr std::string_view assignment = "__version__ = '";
  const std::string package = beginning_of(torch / "version.py");
  if (const auto found = package.find(assignment); found != std::string::npos) {
    const auto begin = found + assignment.size();
    return package.substr(begin, package.find('\'', begin) - begin);
  }
  const std::string archive = beginning_of(torch / "build-version");
  if (!archive.empty()) return archive.substr(0, archive.find_first_of("\r\n"));
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(torch.parent_path(), code)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("torch-") && name.ends_with(".dist-info"))
      return name.substr(6, name.size() - 6 - 10);
  }
  return {};
}

/// Why the folder cannot be used; empty if it can.
std::string fault_of(const fs::path& torch) {
  if (!is_file(torch / "lib" / "libtorch_cpu.so")) return "has no lib/libtorch_cpu.so";
  const std::string version = version_of(torch);
  if (version.empty()) return "does not say its version";
  if (!version.starts_with(wanted)) return "is version " + version;
  return {};
}

fs::path on_path(std::string_view name) {
  const std::string list = variable("PATH");
  for (std::size_t begin = 0; begin <= list.size();) {
    const auto end = std::min(list.find(':', begin), list.size());
    const fs::path folder = list.substr(begin, end - begin);
    begin = end + 1;
    if (folder.is_absolute() && is_file(folder / name)) return folder / name;
  }
  return {};
}

std::vector<fs::path> interpreters() {
  std::vector<fs::path> found;
  const auto add = [&](const fs::path& program) {
    if (is_file(program) && std::ranges::find(found, program) == found.end())
      found.push_back(program);
  };
  if (const fs::path environment = variable("VIRTUAL_ENV"); environment.is_absolute())
    add(environment / "bin" / "python");
  add(on_path("python3"));
  add(on_path("python"));
  return found;
}

/// Folders named `torch`, by interpreter; nothing where the interpreter does not answer.
std::optional<std::vector<fs::path>> packages_of(const fs::path& interpreter) {
  const auto answer = program_output(interpreter, {"-c", question}, std::chrono::seconds(20));
  if (!answer) return {};
  std::vector<fs::path> folders;
  for (std::size_t begin = 0; begin < answer->size();) {
    const auto end = std::min(answer->find('\n', begin), answer->size());
    const fs::path folder = answer->substr(begin, end - begin);
    if (folder.is_absolute()) folders.push_back(folder);
    begin = end + 1;
  }
  return folders;
}

fs::path cache_folder() {
  fs::path cache = variable("XDG_CACHE_HOME");
  if (!cache.is_absolute()) cache = fs::path(variable("HOME")) / ".cache";
  return cache / "plumbline";
}

/// CACHE/env-*/lib/python3*/site-packages/torch, in the order of their names.
std::vector<fs::path> cached_packages(const fs::path& cache) {
  std::vector<fs::path> folders;
  std::error_code code;
  for (const auto& environment : fs::directory_iterator(cache, code)) {
    if (!environment.path().filename().string().starts_with("env-")) continue;
    std::error_code inner;
    for (const auto& python : fs::directory_iterator(environment.path() / "lib", inner)) {
      if (!python.path().filename().string().starts_with("python3")) continue;
      const fs::path torch = python.path() / "site-packages" / "torch";
      if (fs::is_directory(torch, inner)) folders.push_back(torch);
    }
  }
  std::ranges::sort(folders);
  return folders;
}

Result<fs::path> as_told(const std::string& told) {
  std::error_code code;
  fs::path torch = fs::absolute(told, code);
  // A folder site-packages stands for the package torch in it.
  if (!is_file(torch / "lib" / "libtorch_cpu.so") &&
      is_file(torch / "torch" / "lib" / "libtorch_cpu.so"))
    torch /= "torch";
  const std::string fault = fault_of(torch);
  if (fault.empty()) return torch;
  return fail(ErrorKind::device, "this folder " + fault + ", and LibTorch 2.11 is needed",
              "PLUMBLINE_TORCH_DIR=" + told,
              "it is a folder torch of site-packages, or an unpacked libtorch");
}

}  // namespace

Result<fs::path> find_libtorch() {
  if (const std::string told = variable("PLUMBLINE_TORCH_DIR"); !told.empty()) return as_told(told);
  std::string looked = "PLUMBLINE_TORCH_DIR is not set";
  const auto pythons = interpreters();
  if (pythons.empty()) looked += "; there is no python3 or python on PATH";
  for (const fs::path& python : pythons) {
    const auto packages = packages_of(python);
    if (!packages)
      looked += fmt::format("; {} does not answer", python.string());
    else if (packages->empty())
      looked += fmt::format("; {} has no package torch", python.string());
    else
      for (const fs::path& torch : *packages) {
        const std::string fault = fault_of(torch);
        if (fault.empty()) return torch;
        looked += fmt::format("; {} of {} {}", torch.string(), python.string(), fault);
      }
  }
  const fs::path cache = cache_folder();
  const auto cached = cached_packages(cache);
  if (cached.empty()) looked += fmt::format("; there is no {}/env-*", cache.string());
  for (const fs::path& torch : cached) {
    const std::string fault = fault_of(torch);
    if (fault.empty()) return torch;
    looked += fmt::format("; {} {}", torch.string(), fault);
  }
  return fail(ErrorKind::device, "LibTorch 2.11 is not found: " + looked, {}, advice);
}

}  // namespace plumbline
