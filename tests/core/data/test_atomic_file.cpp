#include <sys/stat.h>
#include <QtTest>

#include "core/data/atomic_file.h"
#include "core/data/file_handle.h"
#include "core/data/mapped_file.h"
#include "test_files.h"

using namespace plumbline;

class TestAtomicFile : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void makes_and_replaces() {
    TestFolder folder;
    const auto path = folder / "a.txt";
    QVERIFY(write_file_atomically(path, "first"));
    QCOMPARE(file_bytes(path), bytes_of("first"));
    const Bytes one = bytes_of("sec"), two = bytes_of("ond");
    const std::span<const std::byte> pieces[] = {as_bytes(one), {}, as_bytes(two)};
    QVERIFY(write_file_atomically(path, pieces));
    QCOMPARE(file_bytes(path), bytes_of("second"));
    QVERIFY2(only_file(folder.path(), "a.txt"), "a temporary file is left");
  }

  void a_failure_leaves_the_old_file() {
    TestFolder folder;
    // A folder cannot be replaced by a file: the rename fails after everything was written.
    write_file(folder / "a" / "inside", "kept");
    const auto result = write_file_atomically(folder / "a", "new");
    QVERIFY(!result);
    QCOMPARE(result.error().where, (folder / "a").string());
    QCOMPARE(file_bytes(folder / "a" / "inside"), bytes_of("kept"));
    QVERIFY2(only_file(folder.path(), "a"), "a temporary file is left");
  }

  void a_missing_folder_is_named() {
    TestFolder folder;
    const auto result = write_file_atomically(folder / "none" / "a", "x");
    QVERIFY(contains(problem(result), "none/a"));
    QCOMPARE(result.error().kind, ErrorKind::bad_input);
  }

  void a_full_disk_is_named() {
    const Error error = system_error(ENOSPC, "cannot be written", "/x");
    QVERIFY(contains(to_string(error), "the disk is full"));
    QCOMPARE(error.kind, ErrorKind::device);
  }

  void only_regular_files_are_read() {
    TestFolder folder;
    QVERIFY(contains(problem(FileHandle::open(folder.path())), "folder"));
    const auto pipe = folder / "pipe";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    QVERIFY(contains(problem(FileHandle::open(pipe)), "regular"));  // and does not wait
    QVERIFY(contains(problem(FileHandle::open("/dev/zero")), "regular"));
    QVERIFY(!FileHandle::open(folder / "none"));
  }

  void reads_within_bounds() {
    TestFolder folder;
    const auto path = write_file(folder / "a", "0123456789");
    QVERIFY(contains(problem(read_whole_file(path, 9)), "10 bytes"));
    const auto whole = read_whole_file(path, 10);
    QVERIFY(whole);
    QCOMPARE(whole->size(), std::size_t{10});
    const auto file = FileHandle::open(path);
    QVERIFY(file);
    std::byte target[4];
    QVERIFY(file->read_at(6, target));
    QCOMPARE(std::to_integer<char>(target[3]), '9');
    QVERIFY(contains(problem(file->read_at(7, target)), "cut off"));
  }

  void an_empty_file_maps_to_nothing() {
    TestFolder folder;
    const auto mapped = MappedFile::open(write_file(folder / "a", ""));
    QVERIFY(mapped);
    QVERIFY(mapped->content().empty());
  }

 private:
  static bool only_file(const std::filesystem::path& folder, std::string_view name) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().filename() != name) return false;
    }
    return true;
  }
};

int run_atomic_file(int argc, char** argv) {
  TestAtomicFile test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_atomic_file.moc"
