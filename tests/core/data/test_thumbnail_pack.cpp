#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <QtTest>
#include <cstring>
#include <thread>

#include "core/data/jpeg_writer.h"
#include "core/data/thumbnail_pack.h"
#include "encoders.h"
#include "test_files.h"

using namespace plumbline;

namespace {

ThumbnailKey key_of(std::int64_t position, int side = 96) {
  return {7, "test", position, 11, side};
}

Bytes payload(std::int64_t position, std::size_t size = 3000) {
  return random_values(size, static_cast<unsigned>(position));
}

bool finds(const ThumbnailPack& pack, const ThumbnailKey& key, const Bytes& bytes) {
  const auto found = pack.find(key);
  return found && found->size() == bytes.size() &&
         std::memcmp(found->data(), bytes.data(), bytes.size()) == 0;
}

/// A pack with thumbnails of samples 0, 1, …
void fill(const std::filesystem::path& file, std::int64_t count) {
  ThumbnailPack pack = ThumbnailPack::open(file);
  for (std::int64_t i = 0; i < count; ++i) pack.keep(key_of(i), as_bytes(payload(i)));
}

}  // namespace

class TestThumbnailPack : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void what_is_kept_is_found_also_later() {
    TestFolder folder;
    const auto file = folder / "thumbnails.pack";
    {
      ThumbnailPack pack = ThumbnailPack::open(file);
      QVERIFY(pack.writes());
      QVERIFY(!pack.find(key_of(0)));
      for (int i = 0; i < 100; ++i) pack.keep(key_of(i), as_bytes(payload(i)));
      pack.keep(key_of(5, 128), as_bytes(payload(1000)));
      pack.keep({7, std::string(300, 'x'), 5, 11, 96}, as_bytes(payload(1001)));
      pack.keep({7, "", 5, 11, 96}, as_bytes(bytes_of("x")));
      QCOMPARE(pack.size(), std::size_t{103});
      for (int i = 0; i < 100; ++i) QVERIFY(finds(pack, key_of(i), payload(i)));
    }
    const ThumbnailPack pack = ThumbnailPack::open(file);
    QCOMPARE(pack.size(), std::size_t{103});
    QCOMPARE(pack.bytes(), std::filesystem::file_size(file));
    for (int i = 0; i < 100; ++i) QVERIFY(finds(pack, key_of(i), payload(i)));
    QVERIFY(finds(pack, key_of(5, 128), payload(1000)));
    QVERIFY(finds(pack, {7, std::string(300, 'x'), 5, 11, 96}, payload(1001)));
    QVERIFY(finds(pack, {7, "", 5, 11, 96}, bytes_of("x")));
  }

  void another_key_is_another_picture() {
    TestFolder folder;
    ThumbnailPack pack = ThumbnailPack::open(folder / "p");
    pack.keep(key_of(3), as_bytes(payload(3)));
    QVERIFY(!pack.find({8, "test", 3, 11, 96}));
    QVERIFY(!pack.find({7, "train", 3, 11, 96}));
    QVERIFY(!pack.find({7, "test", 4, 11, 96}));
    QVERIFY(!pack.find({7, "test", 3, 12, 96}));  // the image has changed
    QVERIFY(!pack.find({7, "test", 3, 11, 97}));
    QVERIFY(finds(pack, key_of(3), payload(3)));
  }

  void crops_have_keys_of_their_own() {
    TestFolder folder;
    const auto file = folder / "thumbnails.pack";
    const auto crop = [](int left, int height) {
      ThumbnailKey key = key_of(0);
      key.crop = PixelRect{left, 5, 20, height};
      return key;
    };
    {
      ThumbnailPack pack = ThumbnailPack::open(file);
      pack.keep(key_of(0), as_bytes(payload(0)));
      // A whole image's record is what it always was: header, split, picture.
      QCOMPARE(std::filesystem::file_size(file), std::uintmax_t{16 + 56 + 4 + 3000});
      pack.keep(crop(1, 30), as_bytes(payload(1)));
      pack.keep(crop(-1, 30), as_bytes(payload(2)));
    }
    const ThumbnailPack pack = ThumbnailPack::open(file);
    QCOMPARE(pack.size(), std::size_t{3});
    QVERIFY(finds(pack, key_of(0), payload(0)));
    QVERIFY(finds(pack, crop(1, 30), payload(1)));
    QVERIFY(finds(pack, crop(-1, 30), payload(2)));
    QVERIFY(!pack.find(crop(1, 31)));
    QVERIFY(!pack.find(crop(2, 30)));
  }

  void a_changed_image_takes_the_place() {
    TestFolder folder;
    {
      ThumbnailPack pack = ThumbnailPack::open(folder / "p");
      pack.keep(key_of(3), as_bytes(payload(3)));
      pack.keep({7, "test", 3, 12, 96}, as_bytes(payload(4)));
      QCOMPARE(pack.size(), std::size_t{1});
    }
    const ThumbnailPack pack = ThumbnailPack::open(folder / "p");
    QVERIFY(finds(pack, {7, "test", 3, 12, 96}, payload(4)));
    QVERIFY(!pack.find(key_of(3)));
  }

  void a_torn_record_is_written_over() {
    TestFolder folder;
    const auto file = folder / "p";
    fill(file, 4);
    const auto whole = std::filesystem::file_size(file);
    const auto record = (whole - 16) / 4;
    // At every kind of place: the JPEG, the split's name, the header, its first byte.
    for (const std::uint64_t left :
         {record - 1, std::uint64_t{58}, std::uint64_t{30}, std::uint64_t{1}}) {
      fill(file, 0);
      std::filesystem::resize_file(file, 16 + 3 * record + left);
      ThumbnailPack pack = ThumbnailPack::open(file);
      QCOMPARE(pack.size(), std::size_t{3});
      QCOMPARE(std::filesystem::file_size(file), 16 + 3 * record);
      pack.keep(key_of(3), as_bytes(payload(3)));
      QVERIFY(finds(pack, key_of(3), payload(3)));
      QCOMPARE(std::filesystem::file_size(file), whole);
    }
    const ThumbnailPack pack = ThumbnailPack::open(file);
    for (int i = 0; i < 4; ++i) QVERIFY(finds(pack, key_of(i), payload(i)));
  }

  void garbage_is_never_shown() {
    TestFolder folder;
    const auto file = folder / "p";
    fill(file, 8);
    const Bytes good = file_bytes(file);
    std::mt19937 generator(1);
    for (int round = 0; round < 300; ++round) {
      write_file(file,
                 round % 10 == 0 ? random_values(5000, unsigned(round)) : mutated(good, generator));
      ThumbnailPack pack = ThumbnailPack::open(file);
      QVERIFY(pack.writes());
      // Only what was kept is found.
      for (int i = 0; i < 8; ++i)
        QVERIFY(!pack.find(key_of(i)) || finds(pack, key_of(i), payload(i)));
      pack.keep(key_of(100), as_bytes(payload(100)));
      QVERIFY(finds(pack, key_of(100), payload(100)));
    }
  }

  void nothing_is_taken_for_a_length_that_is_claimed() {
    TestFolder folder;
    const auto file = folder / "p";
    fill(file, 1);
    Bytes bytes = file_bytes(file);
    // The second word of the first record: bytes of the JPEG.
    std::fill_n(bytes.begin() + 20, 4, std::uint8_t{0xff});
    write_file(file, bytes);
    QCOMPARE(ThumbnailPack::open(file).size(), std::size_t{0});
    ThumbnailPack pack = ThumbnailPack::open(file);
    pack.keep(key_of(1), as_bytes(Bytes(ThumbnailPack::largest_jpeg + 1)));
    pack.keep({7, std::string(ThumbnailPack::longest_split + 1, 'x'), 1, 1, 96},
              as_bytes(payload(1)));
    pack.keep(key_of(1, 70'000), as_bytes(payload(1)));
    pack.keep(key_of(1, 0), as_bytes(payload(1)));
    pack.keep(key_of(1), {});
    QCOMPARE(pack.size(), std::size_t{0});
    QVERIFY(!pack.find(key_of(1, 70'000)));
  }

  void one_writes_and_all_read() {
    TestFolder folder;
    const auto file = folder / "p";
    fill(file, 3);
    auto first = std::make_unique<ThumbnailPack>(ThumbnailPack::open(file));
    ThumbnailPack second = ThumbnailPack::open(file);
    QVERIFY(first->writes());
    QVERIFY(!second.writes());
    second.keep(key_of(50), as_bytes(payload(50)));
    QVERIFY(!second.find(key_of(50)));
    first->keep(key_of(50), as_bytes(payload(50)));
    QVERIFY(finds(*first, key_of(50), payload(50)));
    QVERIFY(finds(second, key_of(1), payload(1)));
    first.reset();
    QVERIFY(ThumbnailPack::open(file).writes());
  }

  void a_full_pack_is_started_anew() {
    TestFolder folder;
    const auto file = folder / "p";
    constexpr std::uint64_t most = 40'000;
    ThumbnailPack writer = ThumbnailPack::open(file, most);
    for (int i = 0; i < 10; ++i) writer.keep(key_of(i), as_bytes(payload(i)));
    const ThumbnailPack reader = ThumbnailPack::open(file, most);
    QVERIFY(finds(reader, key_of(2), payload(2)));
    for (int i = 10; i < 60; ++i) {
      writer.keep(key_of(i), as_bytes(payload(i, 2000 + std::size_t(i))));
      QVERIFY(std::filesystem::file_size(file) <= most);
      QVERIFY(finds(writer, key_of(i), payload(i, 2000 + std::size_t(i))));
    }
    QVERIFY(!writer.find(key_of(2)));
    // Whoever opened it before sees that other bytes lie there now.
    for (int i = 0; i < 10; ++i)
      QVERIFY(!reader.find(key_of(i)) || finds(reader, key_of(i), payload(i)));
    QVERIFY(!reader.find(key_of(2)));
    // One that can never fit leaves what is there.
    const std::size_t size = writer.size();
    writer.keep(key_of(1), as_bytes(Bytes(most)));
    QCOMPARE(writer.size(), size);
  }

  void a_file_that_is_cut_while_it_is_read_ends_nobody() {
    TestFolder folder;
    const auto file = folder / "p";
    fill(file, 20);
    const ThumbnailPack pack = ThumbnailPack::open(file);
    std::filesystem::resize_file(file, 100);
    for (int i = 0; i < 20; ++i) QVERIFY(!pack.find(key_of(i)));
  }

  void what_cannot_be_opened_is_empty() {
    TestFolder folder;
    for (const auto& file : {folder / "none" / "p", folder.path()}) {
      ThumbnailPack pack = ThumbnailPack::open(file);
      QVERIFY(!pack.writes());
      pack.keep(key_of(1), as_bytes(payload(1)));
      QVERIFY(!pack.find(key_of(1)));
    }
    // A link could lead to any file of the user's.
    const auto precious = write_file(folder / "precious", "text");
    std::filesystem::create_symlink(precious, folder / "link");
    QVERIFY(!ThumbnailPack::open(folder / "link").writes());
    QCOMPARE(file_bytes(precious), bytes_of("text"));
    const auto pipe = folder / "pipe";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    QVERIFY(!ThumbnailPack::open(pipe).writes());  // and does not wait
  }

  void a_read_only_pack_is_read() {
    TestFolder folder;
    const auto file = folder / "p";
    fill(file, 3);
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    ThumbnailPack pack = ThumbnailPack::open(file);
    QVERIFY(finds(pack, key_of(1), payload(1)));
    if (::geteuid() == 0) return;  // root may write everywhere
    QVERIFY(!pack.writes());
  }

  void threads_share_it() {
    TestFolder folder;
    ThumbnailPack pack = ThumbnailPack::open(folder / "p", 400'000);
    std::atomic<int> wrong = 0;
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 200; ++i) {
          const auto key = key_of(thread * 1000 + i);
          pack.keep(key, as_bytes(payload(key.position, 1000)));
          const auto other = key_of((thread + 1) % 4 * 1000 + i);
          if (pack.find(other) && !finds(pack, other, payload(other.position, 1000)) &&
              pack.find(other))
            ++wrong;
        }
      });
    threads.clear();
    QCOMPARE(wrong.load(), 0);
    QVERIFY(pack.size() > 0 && pack.bytes() <= 400'000);
  }

  void encodes_what_it_decodes() {
    for (const int type : {CV_8UC1, CV_8UC3}) {
      const Image image = as_image(picture(61, 47, type));
      const auto jpeg = encode_jpeg(image, 98);
      QVERIFY(jpeg);
      const auto decoded = decode_image(*jpeg, "x");
      QVERIFY(decoded);
      QCOMPARE(decoded->width, 61);
      QCOMPARE(decoded->height, 47);
      QCOMPARE(decoded->channels, image.channels);
      double error = 0;
      for (std::size_t i = 0; i < image.pixels.size(); ++i)
        error += std::abs(int{image.pixels[i]} - int{decoded->pixels[i]});
      QVERIFY(error / double(image.pixels.size()) < 2.5);
    }
    QVERIFY(!encode_jpeg({}, 90));
    QVERIFY(!encode_jpeg({5, 5, 3, Bytes(10)}, 90));
    QVERIFY(contains(problem(encode_jpeg({70'000, 1, 1, Bytes(70'000)}, 90)), "encoded"));
  }

  void a_reduced_image_says_so() {
    const Bytes jpeg = encode_jpeg(picture(320, 240, CV_8UC3), JpegOptions{});
    for (const auto& [side, reduction] : {std::pair(0, 1), {200, 1}, {100, 2}, {80, 4}, {30, 8}}) {
      const auto image = decode_image(as_bytes(jpeg), "x", side);
      QVERIFY(image);
      QCOMPARE(image->reduction, reduction);
      QCOMPARE(image->width, 320 / reduction);
    }
  }
};

int run_thumbnail_pack(int argc, char** argv) {
  TestThumbnailPack test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_thumbnail_pack.moc"
