#include "core/data/safetensors.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "core/data/atomic_file.h"
#include "core/data/safetensors_header.h"
#include "core/types/count_text.h"

namespace plumbline {

static_assert(std::endian::native == std::endian::little);

namespace {

constexpr std::size_t length_bytes = 8;  // the header's length, before it

/// The tensors must cover `data_bytes` without gap or overlap.
Result<void> check_coverage(const std::vector<TensorEntry>& tensors, std::uint64_t data_bytes,
                            const std::string& where) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(tensors[a].begin, tensors[a].end) <
           std::pair(tensors[b].begin, tensors[b].end);
  });
  std::uint64_t position = 0;
  for (const std::size_t index : order) {
    const TensorEntry& entry = tensors[index];
    const std::string name = entry.name.substr(0, 200);
    if (entry.end > data_bytes) {
      return bad_input(fmt::format("tensor '{}' ends at byte {} of {} of the data: the file is "
                                   "cut off or damaged",
                                   name, entry.end, data_bytes),
                       where);
    }
    if (entry.begin != position) {
      return bad_input(
          fmt::format("tensor '{}' begins at byte {} of the data, {}", name, entry.begin,
                      entry.begin < position ? "over another one" : "after a gap"),
          where);
    }
    position = entry.end;
  }
  if (position != data_bytes) {
    const auto rest = static_cast<std::int64_t>(data_bytes - position);
    return bad_input(fmt::format("{} {} the last tensor", count_text(rest, "byte"),
                                 rest == 1 ? "follows" : "follow"),
                     where);
  }
  return {};
}

/// `text` as JSON writes it, with its quotes; throws where it is not UTF-8.
std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

}  // namespace

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  const std::string where = path.string();
  auto mapped = MappedFile::open(path);
  TRY(mapped);
  SafetensorsFile file(std::move(*mapped));
  const auto content = file.file_.content();
  if (content.size() < length_bytes) {
    return bad_input("is not a safetensors file: it is too short for a header", where);
  }
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, content.data(), length_bytes);
  if (header_bytes > max_safetensors_header || header_bytes > content.size() - length_bytes) {
    return bad_input(
        fmt::format("is not a safetensors file, or is cut off: the header claims {} bytes",
                    header_bytes),
        where);
  }
  const std::string_view text(reinterpret_cast<const char*>(content.data()) + length_bytes,
                              header_bytes);
  if (!text.starts_with('{')) {
    return bad_input("is not a safetensors file: the header is not a JSON object", where);
  }
  auto header = parse_safetensors_header(text, where);
  TRY(header);
  const auto data = content.subspan(length_bytes + header_bytes);
  if (auto covered = check_coverage(header->tensors, data.size(), where); !covered) {
    return tl::unexpected(std::move(covered.error()));
  }

  file.metadata_ = std::move(header->metadata);
  file.tensors_.reserve(header->tensors.size());
  for (TensorEntry& entry : header->tensors) {
    file.tensors_.push_back({std::move(entry.name), entry.dtype, std::move(entry.shape),
                             data.subspan(entry.begin, entry.end - entry.begin)});
  }
  file.by_name_.resize(file.tensors_.size());
  std::iota(file.by_name_.begin(), file.by_name_.end(), 0u);
  std::sort(file.by_name_.begin(), file.by_name_.end(), [&](std::size_t a, std::size_t b) {
    return file.tensors_[a].name < file.tensors_[b].name;
  });
  return file;
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const auto found = std::lower_bound(
      by_name_.begin(), by_name_.end(), name,
      [&](std::size_t index, std::string_view wanted) { return tensors_[index].name < wanted; });
  if (found == by_name_.end() || tensors_[*found].name != name) return nullptr;
  return &tensors_[*found];
}

const std::string* SafetensorsFile::find_metadata(std::string_view key) const {
  for (const auto& [name, value] : metadata_) {
    if (name == key) return &value;
  }
  return nullptr;
}

namespace {

/// How a file's pieces are written.
using PieceWriter = Result<void> (*)(const std::filesystem::path&,
                                     std::span<const std::span<const std::byte>>);

Result<void> write_with(PieceWriter write, const std::filesystem::path& path,
                        const SafetensorsMetadata& metadata, std::span<const TensorView> tensors) {
  const std::string where = path.string();
  std::set<std::string_view> names{"__metadata__"};
  for (const TensorView& tensor : tensors) {
    if (!names.insert(tensor.name).second) {
      return bad_input(fmt::format("tensor '{}' appears twice", tensor.name), where);
    }
    std::uint64_t bytes = 0;
    if (!array_bytes(tensor.shape, tensor.dtype, bytes) || bytes != tensor.data.size()) {
      return bad_input(fmt::format("tensor '{}' has {} bytes, which do not match its shape",
                                   tensor.name, tensor.data.size()),
                       where);
    }
  }
  std::set<std::string_view> keys;
  for (const auto& [key, value] : metadata) {
    if (!keys.insert(key).second) {
      return bad_input(fmt::format("the metadata key '{}' appears twice", key), where);
    }
  }

  // Larger values come first, so that every tensor begins at a multiple of its own value's size.
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return bytes_per_value(tensors[a].dtype) > bytes_per_value(tensors[b].dtype);
  });
  std::vector<std::uint64_t> begins(tensors.size());
  std::vector<std::span<const std::byte>> pieces(2);
  std::uint64_t position = 0;
  for (const std::size_t index : order) {
    begins[index] = position;
    position += tensors[index].data.size();
    pieces.push_back(tensors[index].data);
  }

  std::string header = "{";
  const auto separate = [&] {
    if (header.back() != '{') header += ',';
  };
  try {
    if (!metadata.empty()) {
      header += "\"__metadata__\":{";
      for (const auto& [key, value] : metadata) {
        separate();
        header += quoted(key) + ':' + quoted(value);
      }
      header += '}';
    }
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      separate();
      header += fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                            quoted(tensors[i].name), to_string(tensors[i].dtype),
                            fmt::join(tensors[i].shape, ","), begins[i],
                            begins[i] + tensors[i].data.size());
    }
  } catch (const nlohmann::json::exception&) {
    return bad_input("a name or a value of the metadata is not UTF-8", where);
  }
  header += '}';
  header.resize((header.size() + 7) / 8 * 8, ' ');
  if (header.size() > max_safetensors_header) {
    return bad_input("the header is longer than 100 MB", where);
  }
  const std::uint64_t header_bytes = header.size();
  pieces[0] = std::as_bytes(std::span(&header_bytes, 1));
  pieces[1] = std::as_bytes(std::span(header));
  return write(path, pieces);
}

}  // namespace

Result<void> write_safetensors(const std::filesystem::path& path,
                               const SafetensorsMetadata& metadata,
                               std::span<const TensorView> tensors) {
  return write_with(write_file_atomically, path, metadata, tensors);
}

Result<void> write_safetensors_output(const std::filesystem::path& path,
                                      const SafetensorsMetadata& metadata,
                                      std::span<const TensorView> tensors) {
  return write_with(write_output, path, metadata, tensors);
}

}  // namespace plumbline
