#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <QtTest>
#include <fstream>
#include <thread>

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

  void an_output_follows_links_and_keeps_the_mode() {
    TestFolder folder;
    write_file(folder / "real", "old");
    QCOMPARE(::chmod((folder / "real").c_str(), 0640), 0);
    std::filesystem::create_symlink("real", folder / "link");
    QVERIFY(write_output(folder / "link", "new"));
    QVERIFY(std::filesystem::is_symlink(folder / "link"));
    QCOMPARE(file_bytes(folder / "real"), bytes_of("new"));
    struct stat status{};
    QCOMPARE(::stat((folder / "real").c_str(), &status), 0);
    QCOMPARE(status.st_mode & 07777u, 0640u);
    // A link to nothing yet makes what it names.
    std::filesystem::create_symlink(folder / "later", folder / "ahead");
    QVERIFY(write_output(folder / "ahead", "made"));
    QVERIFY(std::filesystem::is_symlink(folder / "ahead"));
    QCOMPARE(file_bytes(folder / "later"), bytes_of("made"));
    QCOMPARE(output_target(folder / "ahead"), folder / "later");
  }

  void an_output_to_a_pipe_or_device_is_written_through() {
    TestFolder folder;
    const auto pipe = folder / "pipe";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    std::string got;
    std::thread reader([&] {
      std::ifstream stream(pipe);
      got.assign(std::istreambuf_iterator<char>(stream), {});
    });
    const bool written = write_output(pipe, "through").has_value();
    reader.join();
    QVERIFY(written);
    QCOMPARE(got, std::string("through"));
    QVERIFY(std::filesystem::is_fifo(pipe));
    QVERIFY(only_file(folder.path(), "pipe"));
    QVERIFY(write_output("/dev/null", "nothing"));
    QVERIFY(std::filesystem::is_character_file("/dev/null"));
    const auto full = write_output("/dev/full", "too much");
    QVERIFY(contains(problem(full), "the disk is full"));
    QCOMPARE(full.error().kind, ErrorKind::device);
    QVERIFY(!is_regular_output("/dev/null") && is_regular_output(folder / "none"));
  }

  void an_output_that_is_not_finished_changes_nothing() {
    TestFolder folder;
    write_file(folder / "a", "old");
    {
      auto file = OutputFile::open(folder / "a");
      QVERIFY(file);
      QVERIFY(file->write(std::string_view("half")));
    }
    QCOMPARE(file_bytes(folder / "a"), bytes_of("old"));
    QVERIFY(only_file(folder.path(), "a"));
    QVERIFY(contains(problem(write_output(folder.path(), "x")), "folder"));
    QVERIFY(contains(problem(write_output(folder / "none" / "a", "x")), "none/a"));
  }

  void an_open_file_is_written_where_it_stands() {
    TestFolder folder;
    const int file = ::open((folder / "a").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    QCOMPARE(::write(file, "first ", 6), ssize_t{6});
    QVERIFY(write_output("/dev/fd/" + std::to_string(file), "second"));
    ::close(file);
    QCOMPARE(file_bytes(folder / "a"), bytes_of("first second"));
    QVERIFY(is_standard_output("-") && is_standard_output("/dev/stdout"));
    QVERIFY(!is_standard_output(folder / "a"));
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
