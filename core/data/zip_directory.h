#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace plumbline {

/// The names in a ZIP archive's central directory, in its order, ZIP64 included. They point into
/// `content`. Nothing where the content is no archive, or where its directory is cut off, damaged
/// or in another file (split archives).
std::optional<std::vector<std::string_view>> zip_entries(std::span<const std::byte> content);

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
