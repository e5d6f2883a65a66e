#include "core/data/zip_directory.h"
#include "tests/fuzz/reader.h"

namespace plumbline::fuzz {

void read_archive(Content content) {
  static_cast<void>(archive_kind(content));
  const auto names = zip_entries(content);
  if (!names) return;
  for (const std::string_view name : *names) touch(std::as_bytes(std::span(name)));
}

}  // namespace plumbline::fuzz
