#include "core/engine/inference/package_network.h"

#include <dlfcn.h>
#include <stdlib.h>

#include <algorithm>
#include <optional>

#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <torch/csrc/inductor/aoti_runner/model_container_runner.h>

#include "core/engine/error_cause.h"
#include "core/engine/inference/libtorch_place.h"
#include "core/jobs/file_lock.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using PackageRunner = torch::inductor::AOTIModelContainerRunner;

// --- where it is unpacked

constexpr const char* unpacked_prefix = "pt2-";
constexpr const char* unpacked_lock = "lock";

/// A package's files while its network lives. Locked, so that another process knows that they are
/// in use.
class UnpackedPackage {
 public:
  static Result<UnpackedPackage> make(const fs::path& file) {
    std::error_code code;
    const fs::path temporary = fs::temp_directory_path(code);
    remove_forgotten(temporary);
    std::string pattern = (temporary / (std::string(unpacked_prefix) + "XXXXXX")).string();
    if (code || ::mkdtemp(pattern.data()) == nullptr)
      return fail(ErrorKind::device, "no temporary folder can be made for the package", pattern,
                  "set TMPDIR to a folder that can be written");
    UnpackedPackage unpacked(pattern);
    auto lock = FileLock::try_lock(unpacked.folder_ / unpacked_lock);
    TRY(lock);
    // Whoever looks for forgotten folders just now has taken it for one, and removes it.
    if (!*lock || !fs::exists(unpacked.folder_ / unpacked_lock, code)) return make(file);
    unpacked.lock_ = std::move(*lock);
    auto libraries = unpack_compiled_package(file, unpacked.folder_);
    TRY(libraries);
    unpacked.libraries_ = std::move(*libraries);
    return unpacked;
  }

  UnpackedPackage(UnpackedPackage&& other) noexcept
      : folder_(std::move(other.folder_)),
        libraries_(std::move(other.libraries_)),
        lock_(std::move(other.lock_)) {
    other.folder_.clear();
  }
  UnpackedPackage& operator=(UnpackedPackage&&) = delete;
  ~UnpackedPackage() {
    std::error_code code;
    if (!folder_.empty()) fs::remove_all(folder_, code);
  }

  /// Of the package's models, each beside what belongs to it.
  const std::vector<fs::path>& libraries() const { return libraries_; }

 private:
  explicit UnpackedPackage(fs::path folder) : folder_(std::move(folder)) {}

  /// Folders of processes that were killed: nobody holds their locks.
  static void remove_forgotten(const fs::path& temporary) {
    std::error_code code;
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(temporary, code))
      if (entry.path().filename().string().starts_with(unpacked_prefix) &&
          fs::is_regular_file(entry.path() / unpacked_lock, code))
        found.push_back(entry.path());
    for (const fs::path& folder : found)
      if (const auto lock = FileLock::try_lock(folder / unpacked_lock); lock && *lock)
        fs::remove_all(folder, code);
  }

  fs::path folder_;
  std::vector<fs::path> libraries_;
  std::optional<FileLock> lock_;
};

// --- whom it was compiled for

/// What of a processor's instructions a package needs and this one lacks.
std::string missing_instructions([[maybe_unused]] const std::string& instructions) {
#if defined(__x86_64__)
  const auto needs = [&](std::string_view word) {
    return instructions.find(word) != std::string::npos;
  };
  if (needs("AVX512") &&
      !(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")))
    return "AVX-512";
  if (needs("AVX512_VNNI") && !__builtin_cpu_supports("avx512vnni")) return "AVX-512 VNNI";
  if (needs("AVX2") && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")))
    return "AVX2";
#endif
  return {};
}

std::string_view this_machine() {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "";
#endif
}

/// "a GPU (sm_90)"
std::string compiled_for(const CompiledPackage& package) {
  return package.device == "cuda" ? fmt::format("a GPU (sm_{})", package.capability)
                                  : std::string("a CPU");
}

constexpr std::string_view export_again =
    "export it again there, by resources/export/export_model.py --format pt2 --device ";

Result<void> check_device(const CompiledPackage& package, c10::Device device,
                          const fs::path& file) {
  const std::string kind = device_kind(device);
  if (package.device != kind)
    return bad_input(
        fmt::format("the package was compiled for {}, but this run is on {}", compiled_for(package),
                    kind == "cuda" ? "a GPU" : "a CPU"),
        file.string(),
        fmt::format("run it with --device {}, or {}{}", package.device, export_again, kind));
  if (!package.machine.empty() && package.machine != this_machine())
    return bad_input(fmt::format("the package was compiled for {}, but this machine is {}",
                                 package.machine, this_machine()),
                     file.string(), std::string(export_again) + kind);
  if (device.is_cuda()) {
    // What was compiled for one generation runs on its later members, on no other.
    const int here = compute_capability(device);
    if (package.capability / 10 != here / 10 || package.capability > here)
      return bad_input(fmt::format("the package was compiled for {}, but this GPU is sm_{}",
                                   compiled_for(package), here),
                       file.string(), std::string(export_again) + kind);
  }
  if (const auto missing = missing_instructions(package.instructions); !missing.empty())
    return bad_input(
        fmt::format("the package needs a processor with {}, which this one lacks", missing),
        file.string(), std::string(export_again) + kind);
  return {};
}

/// A package's numbers are compiled into it.
Result<void> check_precision(const CompiledPackage& package, Precision precision,
                             const fs::path& file) {
  if (package.precision == to_string(precision)) return {};
  return bad_input(fmt::format("the package was compiled to compute in {}, but {} is asked for",
                               package.precision, to_string(precision)),
                   file.string(),
                   fmt::format("run it with --precision {}, or export it with --precision {}",
                               package.precision, to_string(precision)));
}

/// Weights of fewer digits than the precision has would make its name a lie.
Result<void> check_weights(const PackageRunner& runner, Precision precision, const fs::path& file) {
  const c10::ScalarType wanted = scalar_type(precision);
  for (const auto& [name, number] : runner.getConstantNamesToDtypes()) {
    const auto type = static_cast<c10::ScalarType>(number);
    const bool wide = type == c10::kFloat || type == c10::kDouble;
    if (!c10::isFloatingType(type) || wide || type == wanted) continue;
    return bad_input(
        fmt::format("the package says that it computes in {}, but its weight '{}' is {}",
                    to_string(precision), name, c10::toString(type)),
        file.string(), "export it again in a single precision");
  }
  return {};
}

// --- loading

fs::path beside_libtorch(const char* name) {
  const fs::path library = libtorch_library();
  if (library.empty()) return {};
  std::error_code code;
  return fs::weakly_canonical(library, code).parent_path() / name;
}

/// A package's library finds LibTorch's functions among those of the whole process.
void open_libtorch_to_packages() {
  for (const char* name : {"libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so"})
    ::dlopen(beside_libtorch(name).c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
}

/// Packages are linked with the library that holds all of LibTorch by name, unless they are told
/// not to be. Why it cannot be loaded; empty where it can.
const std::string& whole_libtorch() {
  static const std::string missing = [] {
    if (::dlopen(beside_libtorch("libtorch.so").c_str(), RTLD_NOW | RTLD_GLOBAL))
      return std::string();
    const char* why = ::dlerror();
    return std::string(why ? why : "it cannot be loaded");
  }();
  return missing;
}

std::unique_ptr<PackageRunner> make_runner(torch::inductor::CreateAOTIModelRunnerFunc make,
                                           const fs::path& library, c10::Device device) {
  open_libtorch_to_packages();
  const std::string where =
      device.is_cuda() ? fmt::format("cuda:{}", int{device.index()}) : std::string("cpu");
  // For one thread at a time, without events of its own between launches, so that its work can be
  // captured.
  const auto load = [&] {
    return make(library.string(), 1, where, library.parent_path().string(),
                /*run_single_threaded=*/true);
  };
  try {
    return load();
  } catch (const std::exception& exception) {
    const bool whole = std::string_view(exception.what()).find("libtorch.so") != std::string::npos;
    if (!whole || !whole_libtorch().empty()) throw;
  }
  return load();
}

class PackageNetwork final : public Network {
 public:
  PackageNetwork(UnpackedPackage unpacked, CompiledPackage package,
                 std::vector<std::unique_ptr<PackageRunner>> runners, Precision precision)
      : unpacked_(std::move(unpacked)),
        package_(std::move(package)),
        runners_(std::move(runners)),
        type_(scalar_type(precision)) {}

  NetworkOutput forward(const at::Tensor& input) override {
    TORCH_CHECK(input.scalar_type() == type_ && input.dim() == 4 && input.size(0) > 0,
                "the package takes images of ", type_, " in four dimensions");
    const std::int64_t count = input.size(0);
    std::vector<std::vector<at::Tensor>> parts;
    for (std::int64_t first = 0; first < count;) {
      const std::size_t model = package_.model_for(count - first);
      const std::int64_t taken = std::min(package_.models[model].most_batch, count - first);
      parts.push_back(part(model, input.narrow(0, first, taken)));
      first += taken;
    }
    std::vector<OutputTensor> outputs;
    for (std::size_t i = 0; i < parts.front().size(); ++i) {
      std::vector<at::Tensor> rows;
      for (const auto& each : parts) rows.push_back(each[i]);
      outputs.push_back({std::to_string(i), rows.size() == 1 ? rows.front() : at::cat(rows)});
    }
    if (outputs.size() == 1) return outputs.front().tensor;
    return NetworkOutput(std::move(outputs));
  }

 private:
  /// At most as many images as the model takes; fewer than it takes are filled up with zeros, whose
  /// rows are dropped.
  std::vector<at::Tensor> part(std::size_t model, const at::Tensor& images) {
    const std::int64_t count = images.size(0);
    const std::int64_t filled = std::max(count, package_.models[model].least_batch);
    at::Tensor whole = images;
    if (filled > count) {
      auto sizes = images.sizes().vec();
      sizes[0] = filled - count;
      whole = at::cat({images, at::zeros(sizes, images.options())});
    }
    whole = whole.contiguous(package_.channels_last ? at::MemoryFormat::ChannelsLast
                                                    : at::MemoryFormat::Contiguous);
    std::vector<at::Tensor> outputs = runners_[model]->run({whole});
    TORCH_CHECK(!outputs.empty(), "the package gives no tensor");
    if (filled > count)
      for (at::Tensor& output : outputs)
        if (output.dim() > 0 && output.size(0) == filled) output = output.narrow(0, 0, count);
    return outputs;
  }

  // The libraries are unloaded before their files go.
  UnpackedPackage unpacked_;
  CompiledPackage package_;
  std::vector<std::unique_ptr<PackageRunner>> runners_;  ///< of the package's models
  c10::ScalarType type_;
};

}  // namespace

Result<std::unique_ptr<Network>> load_package(const fs::path& file, c10::Device device,
                                              Precision precision) {
  auto package = read_compiled_package(file);
  TRY(package);
  TRY(check_device(*package, device, file));
  TRY(check_precision(*package, precision, file));
  const auto& makers = torch::inductor::getAOTIModelRunnerRegistry();
  const auto make = makers.find(package->device);
  if (make == makers.end())
    return bad_input(
        fmt::format("this LibTorch cannot run packages for {}", compiled_for(*package)),
        file.string());
  auto unpacked = UnpackedPackage::make(file);
  TRY(unpacked);
  try {
    std::vector<std::unique_ptr<PackageRunner>> runners;
    for (const fs::path& library : unpacked->libraries()) {
      runners.push_back(make_runner(make->second, library, device));
      TRY(check_weights(*runners.back(), precision, file));
    }
    return std::make_unique<PackageNetwork>(std::move(*unpacked), std::move(*package),
                                            std::move(runners), precision);
  } catch (const std::exception& exception) {
    return bad_input("the package cannot be loaded: " + error_cause(exception), file.string(),
                     "export it with the LibTorch that is used here; for a CPU, export_model.py "
                     "--format pt2 avoids the names of its libraries");
  }
}

Result<PackagePlace> place_of_package(const fs::path& file) {
  const auto package = read_compiled_package(file);
  TRY(package);
  const auto precision = parse_precision(package->precision);
  TRY(precision);
  const auto device = parse_device(package->device);
  if (!device)
    return fail(ErrorKind::device,
                fmt::format("the package was compiled for {}, but no GPU was found here",
                            compiled_for(*package)),
                file.string(), std::string(export_again) + "cpu");
  return PackagePlace{*device, *precision};
}

std::vector<std::string> package_devices() {
  std::vector<std::string> devices;
  const auto& runners = torch::inductor::getAOTIModelRunnerRegistry();
  if (runners.contains("cpu")) devices.emplace_back("cpu");
#ifdef PLUMBLINE_CUDA
  if (runners.contains("cuda")) devices.emplace_back("cuda");
#endif
  return devices;
}

std::string package_limit() { return whole_libtorch(); }

}  // namespace plumbline
