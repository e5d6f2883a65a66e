#include "core/study/model_trust.h"

#include <unistd.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/data/file_handle.h"
#include "core/data/hash.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr const char* trust_document = "trusted";
constexpr std::uint64_t longest_trust_document = 16 << 20;

Result<std::string> text_of_file(const fs::path& file) {
  const auto bytes = read_whole_file(file, longest_trust_document);
  TRY(bytes);
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

/// A word for this user on this machine that nobody elsewhere knows: of the machine's number, which
/// systemd draws by chance, and the user's. The machine's name stands where there is none, as in
/// some containers: that others may guess.
std::string this_place() {
  std::string machine = text_of_file("/etc/machine-id").value_or(std::string());
  if (machine.empty()) {
    machine.resize(256);
    if (::gethostname(machine.data(), machine.size() - 1) != 0) machine.clear();
  }
  const std::string text = fmt::format("plumbline {} {}", machine.c_str(), ::getuid());
  return hash_bytes(std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace

std::set<std::string> trusted_files(const fs::path& study) {
  std::error_code code;
  if (!fs::is_regular_file(study / trust_document, code)) return {};
  const std::string text = text_of_file(study / trust_document).value_or(std::string());
  const std::string here = this_place();
  std::set<std::string> hashes;
  // HASH PLACE MODEL: a model's name may hold spaces.
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    const auto place = line.find(' ');
    if (place == line.npos) continue;
    if (line.substr(place + 1, here.size() + 1) == here + ' ')
      hashes.emplace(line.substr(0, place));
  }
  return hashes;
}

Result<void> trust_file(const fs::path& study, const std::string& model, const std::string& hash) {
  if (trusted_files(study).contains(hash)) return {};
  std::string text;
  std::error_code code;
  if (fs::exists(study / trust_document, code)) {
    // One that cannot be read is not written over: what was trusted would be lost.
    auto known = text_of_file(study / trust_document);
    TRY(known);
    text = std::move(*known);
  }
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return write_file_atomically(study / trust_document,
                               text + fmt::format("{} {} {}\n", hash, this_place(), model));
}

}  // namespace plumbline
