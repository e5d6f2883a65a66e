#include "core/engine/inference/energy_counter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/types/number.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr double joules_of_a_microjoule = 1e-6;
/// Of a file in which the kernel writes one number or one name.
constexpr std::size_t longest_powercap_text = 64;

/// Errors: what the system says.
Result<std::string> read_powercap_text(const fs::path& file) {
  errno = 0;
  std::ifstream in(file);
  std::string text(longest_powercap_text, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  const int why = errno;
  if (in.gcount() <= 0 || in.bad())
    return fail(
        ErrorKind::device,
        fmt::format("the processor's energy counter cannot be read: {}",
                    why != 0 ? std::strerror(why) : "it is empty"),
        file.string(),
        why == EACCES ? "only root may read it, unless root gives others the permission" : "");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return std::string(trimmed(text));
}

Result<std::int64_t> read_powercap_number(const fs::path& file) {
  const auto text = read_powercap_text(file);
  TRY(text);
  const auto number = parse_integer(*text);
  if (!number || *number < 0)
    return fail(ErrorKind::device, "the processor's energy counter does not give a number",
                file.string());
  return *number;
}

/// A package's counter as it stood when it was last read.
struct RaplPackage {
  fs::path file;
  std::int64_t range = 0, last = 0;  ///< microjoules
};

/// "intel-rapl:0" and not "intel-rapl:0:1", a part of it. AMD's have the same name.
bool is_rapl_zone(std::string_view name) {
  constexpr std::string_view prefix = "intel-rapl:";
  return name.starts_with(prefix) && name.find(':', prefix.size()) == name.npos;
}

/// The packages below the root, by name. Zones of another kind (psys is the whole machine, with the
/// packages in it) are left out.
Result<std::vector<RaplPackage>> find_rapl_packages(const fs::path& root) {
  std::vector<fs::path> zones;
  std::error_code code;
  for (auto entry = fs::directory_iterator(root, code); !code && entry != fs::directory_iterator();
       entry.increment(code))
    if (is_rapl_zone(entry->path().filename().string())) zones.push_back(entry->path());
  std::ranges::sort(zones);
  std::vector<RaplPackage> packages;
  for (const fs::path& zone : zones) {
    const auto name = read_powercap_text(zone / "name");
    TRY(name);
    if (!name->starts_with("package")) continue;
    RaplPackage package{zone / "energy_uj"};
    const auto range = read_powercap_number(zone / "max_energy_range_uj");
    TRY(range);
    const auto now = read_powercap_number(package.file);
    TRY(now);
    if (*range <= 0 || *now > *range)
      return fail(ErrorKind::device,
                  "the processor's energy counter gives a value outside its own range",
                  package.file.string());
    package.range = *range;
    package.last = *now;
    packages.push_back(std::move(package));
  }
  if (packages.empty())
    return fail(ErrorKind::device, "Linux shows no energy counter of the processor (RAPL)",
                root.string());
  return packages;
}

}  // namespace

Result<EnergyCounter> open_rapl_counter(const fs::path& root) {
  auto found = find_rapl_packages(root);
  TRY(found);
  const std::size_t count = found->size();
  struct Sum {
    std::vector<RaplPackage> packages;
    std::int64_t microjoules = 0;
  };
  auto sum = std::make_shared<Sum>(Sum{std::move(*found)});
  return EnergyCounter{
      count == 1 ? "RAPL of one package" : fmt::format("RAPL of {} packages", count),
      [sum]() -> Result<double> {
        // Nothing is taken on before all were read: a failure leaves the sum as it was.
        std::vector<std::int64_t> now;
        for (const RaplPackage& package : sum->packages) {
          const auto value = read_powercap_number(package.file);
          TRY(value);
          if (*value > package.range)
            return fail(ErrorKind::device,
                        "the processor's energy counter gives a value outside its own range",
                        package.file.string());
          now.push_back(*value);
        }
        for (std::size_t i = 0; i < now.size(); ++i) {
          RaplPackage& package = sum->packages[i];
          sum->microjoules += now[i] - package.last + (now[i] < package.last ? package.range : 0);
          package.last = now[i];
        }
        return static_cast<double>(sum->microjoules) * joules_of_a_microjoule;
      }};
}

}  // namespace plumbline
