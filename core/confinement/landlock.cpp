#include "core/confinement/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <set>
#include <string>

namespace plumbline::landlock {

namespace {

namespace fs = std::filesystem;

// As in the kernel's include/uapi/linux/landlock.h; a call with a longer struct than the kernel
// knows is accepted where the rest is zero.
struct RulesetAttributes {
  std::uint64_t handled_files, handled_network, scoped;
};
struct [[gnu::packed]] PathRule {
  std::uint64_t allowed;
  std::int32_t parent;
};

constexpr long create_ruleset_call = 444, add_rule_call = 445, restrict_self_call = 446;
constexpr unsigned ask_for_version = 1, path_beneath = 1;

enum Access : std::uint64_t {
  execute = 1U << 0,
  write_file = 1U << 1,
  read_file = 1U << 2,
  read_folder = 1U << 3,
  remove_folder = 1U << 4,
  remove_file = 1U << 5,
  make_character_device = 1U << 6,
  make_folder = 1U << 7,
  make_regular = 1U << 8,
  make_socket = 1U << 9,
  make_fifo = 1U << 10,
  make_block_device = 1U << 11,
  make_link = 1U << 12,
  refer = 1U << 13,          // version 2
  truncate_file = 1U << 14,  // version 3
  control_device = 1U << 15  // version 5
};
constexpr std::uint64_t first_version = (1U << 13) - 1;
constexpr std::uint64_t reading = read_file | read_folder | execute;
constexpr std::uint64_t changing =
    write_file | remove_folder | remove_file | make_folder | make_regular | refer | truncate_file;
/// What a rule for a file, not a folder, may name.
constexpr std::uint64_t of_files =
    execute | write_file | read_file | truncate_file | control_device;
constexpr std::uint64_t bind_and_connect = 3;     // version 4
constexpr std::uint64_t sockets_and_signals = 3;  // version 6

Error refused(const char* what, const fs::path& where = {}) {
  return {ErrorKind::device,
          std::string("this process could not be confined: ") + what + ": " + std::strerror(errno),
          where.string(), "set PLUMBLINE_CONFINE=off to run models that you trust without it"};
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

/// Allows `allowed`, as far as `handled` has it, on a path and what is below it.
Result<void> allow(int ruleset, const fs::path& path, std::uint64_t allowed,
                   std::uint64_t handled) {
  const Descriptor opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (opened.get() < 0) return {};  // what is not there needs no rule
  struct stat status{};
  if (::fstat(opened.get(), &status) != 0) return tl::unexpected(refused("fstat", path));
  allowed &= handled;
  if (!S_ISDIR(status.st_mode)) allowed &= of_files;
  const PathRule rule{allowed, opened.get()};
  if (::syscall(add_rule_call, ruleset, path_beneath, &rule, 0U) != 0)
    return tl::unexpected(refused("landlock_add_rule", path));
  return {};
}

/// The folders from which this process has mapped files: its own libraries, and what they load
/// later lies beside them. Of a Python package the folder of all packages, since NVIDIA's lie
/// beside LibTorch's.
std::set<fs::path> library_folders() {
  std::set<fs::path> folders;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const auto begin = line.find('/');
    if (begin == std::string::npos || line.find(".so", begin) == std::string::npos) continue;
    const fs::path file = line.substr(begin);
    fs::path folder = file.parent_path();
    for (fs::path above = folder; above.has_relative_path(); above = above.parent_path())
      if (above.filename() == "site-packages" || above.filename() == "dist-packages")
        folder = above;
    folders.insert(folder);
  }
  return folders;
}

}  // namespace

int version() {
  const long known = ::syscall(create_ruleset_call, nullptr, std::size_t{0}, ask_for_version);
  return known > 0 ? static_cast<int>(known) : 0;
}

Result<void> restrict_to(const Reach& reach, int version) {
  RulesetAttributes attributes{first_version, 0, 0};
  if (version >= 2) attributes.handled_files |= refer;
  if (version >= 3) attributes.handled_files |= truncate_file;
  if (version >= 4) attributes.handled_network = bind_and_connect;
  if (version >= 5) attributes.handled_files |= control_device;
  if (version >= 6) attributes.scoped = sockets_and_signals;
  const Descriptor ruleset(
      static_cast<int>(::syscall(create_ruleset_call, &attributes, sizeof attributes, 0U)));
  if (ruleset.get() < 0) return tl::unexpected(refused("landlock_create_ruleset"));
  const auto let = [&](const fs::path& path, std::uint64_t allowed) {
    return allow(ruleset.get(), path, allowed, attributes.handled_files);
  };
  for (const char* folder : {"/usr", "/lib", "/lib64", "/etc", "/proc", "/sys", "/opt"})
    TRY(let(folder, reading));
  for (const auto& folder : library_folders()) TRY(let(folder, reading));
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/tty"})
    TRY(let(device, reading | write_file));
  for (const auto& path : reach.read) TRY(let(path, reading));
  for (const auto& path : reach.write) TRY(let(path, reading | changing));
  if (reach.accelerators) {
    // CUDA names its threads, in files that it opens as if they were to be emptied, and does not
    // begin where it cannot.
    TRY(let("/proc/self", reading | write_file | truncate_file));
    std::error_code code;
    for (const auto& entry : fs::directory_iterator("/dev", code))
      if (const auto name = entry.path().filename().string();
          name.starts_with("nvidia") || name == "dri" || name == "shm")
        TRY(let(entry.path(), reading | changing | control_device));
  }
  if (::syscall(restrict_self_call, ruleset.get(), 0U) != 0)
    return tl::unexpected(refused("landlock_restrict_self"));
  return {};
}

}  // namespace plumbline::landlock
