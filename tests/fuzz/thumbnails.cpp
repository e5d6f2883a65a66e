#include <xxhash.h>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "core/data/thumbnail_pack.h"
#include "tests/fuzz/reader.h"

namespace plumbline::fuzz {

namespace {

const ThumbnailKey whole_picture{1, "test", 7, 11, 96, {}};
const ThumbnailKey crop_of_one{1, "test", 8, 12, 96, PixelRect{0, 0, 4, 4}};

/// A pack of two thumbnails, as it is written.
std::vector<char> written_pack() {
  const auto file = scratch_folder() / "written.pack";
  {
    ThumbnailPack pack = ThumbnailPack::open(file);
    const std::string jpeg = "two thumbnails that are no JPEGs";
    pack.keep(whole_picture, std::as_bytes(std::span(jpeg)));
    pack.keep(crop_of_one, std::as_bytes(std::span(jpeg)));
  }
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The checksum of the first record, as whoever means harm would make it (thumbnail_pack.cpp).
void seal_first_record(std::vector<char>& pack) {
  constexpr std::size_t record = 16, checksum = record + 48, name = record + 56;
  if (pack.size() < name) return;
  std::uint16_t name_bytes = 0;
  std::memcpy(&name_bytes, pack.data() + record + 8, sizeof name_bytes);
  if (name + name_bytes > pack.size()) return;
  const auto fields = XXH3_64bits(pack.data() + record, checksum - record);
  const auto sealed = XXH3_64bits_withSeed(pack.data() + name, name_bytes, fields);
  std::memcpy(pack.data() + checksum, &sealed, sizeof sealed);
}

}  // namespace

/// The first byte says what follows: a whole pack, or pairs of a place in the written one and a
/// byte for it, with a right checksum or as it is.
void read_thumbnail_pack(Content content) {
  static const std::vector<char> written = written_pack();
  Feed feed(content);
  const std::uint64_t kind = feed.number(1) % 3;
  std::vector<char> bytes;
  if (kind == 0) {
    const std::string_view rest = text_of(content.subspan(content.empty() ? 0 : 1));
    bytes.assign(rest.begin(), rest.end());
  } else {
    bytes = written;
    while (!feed.empty()) {
      const std::uint64_t place = feed.number(1);
      bytes[place % bytes.size()] = static_cast<char>(feed.number(1));
    }
    if (kind == 2) seal_first_record(bytes);
  }
  const auto file = scratch_file("thumbnails.pack", std::as_bytes(std::span(bytes)));
  ThumbnailPack pack = ThumbnailPack::open(file);
  for (const ThumbnailKey& key : {whole_picture, crop_of_one})
    if (const auto found = pack.find(key)) touch(*found);
  const std::string jpeg = "one more";
  pack.keep(whole_picture, std::as_bytes(std::span(jpeg)));
  expect(!pack.writes() || pack.find(whole_picture).has_value(), "what was kept is found");
}

}  // namespace plumbline::fuzz
