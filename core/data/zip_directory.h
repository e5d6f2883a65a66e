#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// The names in a ZIP archive's central directory, in its order, ZIP64 included. They point into
/// `content`. Nothing where the content is no archive, or where its directory is cut off, damaged
/// or in another file (split archives).
std::optional<std::vector<std::string_view>> zip_entries(std::span<const std::byte> content);

/// An entry as the central directory has it; nothing of it is known to be true.
struct ZipEntry {
  std::string_view name;
  std::uint64_t packed = 0, unpacked = 0;  ///< bytes
  std::uint64_t offset = 0;                ///< of its own header, from the archive's begin
};

/// The whole directory, as zip_entries.
std::optional<std::vector<ZipEntry>> zip_listing(std::span<const std::byte> content);

/// The bytes of an entry that is stored as it is, not compressed. Errors (bad_input) name `where`
/// and the entry: it is compressed or encrypted, or its own header says otherwise than the
/// directory.
Result<std::span<const std::byte>> stored_entry(std::span<const std::byte> content,
                                                const ZipEntry& entry,
                                                const std::filesystem::path& where);

/// Whether an archive of LibTorch can be unpacked without harm, by its directory alone: at most
/// 100,000 entries; no name twice, none that leads out of the archive; no two entries in the same
/// bytes; sources below 256 MB and 200 times the file's size; everything else stored as it is, as
/// LibTorch writes it, since a compressed tensor unpacks to whatever it likes. Errors (bad_input)
/// name `where` and the entry.
Result<void> check_archive_entries(std::span<const std::byte> content,
                                   const std::filesystem::path& where);

/// What a ZIP archive is, by the entries that only its writer makes.
enum class ArchiveKind {
  none,         ///< no ZIP archive, or a damaged one
  torchscript,  ///< torch.jit.save: code beside its constants
  pickle,       ///< torch.save: objects that only an unpickler reads
  package,      ///< .pt2, torch.export or AOTInductor: native code among others
  other,        ///< .npz, .docx: whatever else is a ZIP archive
};
ArchiveKind archive_kind(std::span<const std::byte> content);

}  // namespace plumbline
