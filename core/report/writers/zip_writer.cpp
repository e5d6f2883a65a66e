#include "core/report/writers/zip_writer.h"

#include <zlib.h>
#include <cstdint>

namespace plumbline {

namespace {

class LittleEndian {
 public:
  explicit LittleEndian(std::string& out) : out_(out) {}
  LittleEndian& two(std::uint32_t value) {
    out_ += static_cast<char>(value & 255);
    out_ += static_cast<char>(value >> 8 & 255);
    return *this;
  }
  LittleEndian& four(std::uint32_t value) { return two(value & 0xFFFF).two(value >> 16); }

 private:
  std::string& out_;
};

constexpr std::uint32_t first_of_1980 = 1 << 5 | 1, names_are_utf8 = 1 << 11, version_2 = 20;

/// What local header and central directory have in common.
void write_entry(LittleEndian to, const ReportFile& file) {
  const auto size = static_cast<std::uint32_t>(file.content.size());
  const auto crc = static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(file.content.data()), size));
  to.two(version_2).two(names_are_utf8).two(0).two(0).two(first_of_1980);
  to.four(crc).four(size).four(size).two(static_cast<std::uint32_t>(file.name.size())).two(0);
}

}  // namespace

std::string zip_of(const std::vector<ReportFile>& files) {
  std::string archive, directory;
  for (const ReportFile& file : files) {
    const auto offset = static_cast<std::uint32_t>(archive.size());
    LittleEndian local(archive), central(directory);
    local.four(0x04034B50);
    write_entry(local, file);
    archive += file.name;
    archive += file.content;
    central.four(0x02014B50).two(version_2);
    write_entry(central, file);
    central.two(0).two(0).two(0).four(0).four(offset);
    directory += file.name;
  }
  const auto begin = static_cast<std::uint32_t>(archive.size());
  const auto count = static_cast<std::uint32_t>(files.size());
  archive += directory;
  LittleEndian(archive)
      .four(0x06054B50)
      .two(0)
      .two(0)
      .two(count)
      .two(count)
      .four(static_cast<std::uint32_t>(directory.size()))
      .four(begin)
      .two(0);
  return archive;
}

}  // namespace plumbline
