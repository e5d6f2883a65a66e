#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <thread>

#include "core/confinement/confinement.h"

namespace plumbline::test {

namespace fs = std::filesystem;

namespace {

/// errno of the attempt, 0 where it succeeded.
using Attempt = std::function<int()>;

int outcome(bool succeeded) { return succeeded ? 0 : errno; }

int try_to_open(const fs::path& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  const int result = outcome(file >= 0);
  if (file >= 0) ::close(file);
  return result;
}

/// What an attempt comes to in a child that is confined first; −1: the confinement failed.
int confined(const Reach& reach, const Attempt& attempt) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto state = confine(reach);
    ::_exit(state ? attempt() : 255);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status)) return -2;
  return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

}  // namespace

class TestConfinement : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init();
  void what_is_given_is_read_and_written();
  void nothing_else_is_opened_data();
  void nothing_else_is_opened();
  void no_socket_and_no_program();
  void later_threads_are_confined();
  void signals_stay_within();
  void switched_off_nothing_is_in_force();

 private:
  Reach reach() const { return {{path("given")}, {path("study")}}; }
  fs::path path(const char* name) const { return fs::path(folder_->path().toStdString()) / name; }

  std::unique_ptr<QTemporaryDir> folder_;
};

void TestConfinement::init() {
  folder_ = std::make_unique<QTemporaryDir>();
  for (const char* name : {"given", "study", "other"}) fs::create_directory(path(name));
  for (const char* name : {"given/file", "study/file", "other/file"})
    std::ofstream(path(name)) << "text";
  fs::create_symlink(path("other/file"), path("study/link"));
}

void TestConfinement::what_is_given_is_read_and_written() {
  const auto attempt = [&](const fs::path& file, int flags) {
    return confined(reach(), [&] { return try_to_open(file, flags); });
  };
  QCOMPARE(attempt(path("given/file"), O_RDONLY), 0);
  QCOMPARE(attempt(path("study/file"), O_RDWR | O_TRUNC), 0);
  QCOMPARE(attempt(path("study/new"), O_WRONLY | O_CREAT), 0);
  QCOMPARE(attempt("/etc/passwd", O_RDONLY), 0);
  QCOMPARE(attempt("/dev/null", O_WRONLY), 0);
  const auto renamed = confined(reach(), [&] {
    return outcome(::mkdir(path("study/below").c_str(), 0755) == 0 &&
                   ::rename(path("study/new").c_str(), path("study/below/new").c_str()) == 0);
  });
  QCOMPARE(renamed, 0);
}

void TestConfinement::nothing_else_is_opened_data() {
  QTest::addColumn<QString>("file");
  QTest::addColumn<int>("flags");
  QTest::newRow("another file") << "other/file" << O_RDONLY;
  QTest::newRow("another file, over a link in the study") << "study/link" << O_RDONLY;
  QTest::newRow("another file, written") << "other/file" << O_WRONLY;
  QTest::newRow("another file, emptied") << "other/file" << (O_WRONLY | O_TRUNC);
  QTest::newRow("a new file elsewhere") << "other/new" << (O_WRONLY | O_CREAT);
  QTest::newRow("what is given to be read only") << "given/file" << O_WRONLY;
  QTest::newRow("a new file beside it") << "given/new" << (O_WRONLY | O_CREAT);
}

void TestConfinement::nothing_else_is_opened() {
  if (!available_confinement().files) QSKIP("this kernel has no Landlock");
  QFETCH(QString, file);
  QFETCH(int, flags);
  const auto where = path(file.toUtf8().constData());
  QCOMPARE(confined(reach(), [&] { return try_to_open(where, flags); }), EACCES);
  std::ifstream other(path("other/file"));
  QCOMPARE(std::string(std::istreambuf_iterator<char>(other), {}), std::string("text"));
}

void TestConfinement::no_socket_and_no_program() {
  if (!available_confinement().network) QSKIP("this kernel has no seccomp filters");
  for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK})
    QCOMPARE(confined(reach(), [&] { return outcome(::socket(family, SOCK_STREAM, 0) >= 0); }),
             EPERM);
  QCOMPARE(confined(reach(),
                    [&] {
                      const char* const words[] = {"true", nullptr};
                      ::execv("/bin/true", const_cast<char* const*>(words));
                      return errno;
                    }),
           EPERM);
}

void TestConfinement::later_threads_are_confined() {
  if (!available_confinement().files) QSKIP("this kernel has no Landlock");
  const int result = confined(reach(), [&] {
    int read = 0, made = 0;
    std::thread([&] {
      read = try_to_open(path("other/file"), O_RDONLY);
      made = outcome(::socket(AF_INET, SOCK_STREAM, 0) >= 0);
    }).join();
    return read == EACCES && made == EPERM ? 0 : 1;
  });
  QCOMPARE(result, 0);
}

void TestConfinement::signals_stay_within() {
  if (!available_confinement().processes) QSKIP("this kernel's Landlock does not hold signals");
  const pid_t parent = ::getpid();
  QCOMPARE(confined(reach(), [&] { return outcome(::kill(parent, 0) == 0); }), EPERM);
  QCOMPARE(confined(reach(), [&] { return outcome(::kill(::getpid(), 0) == 0); }), 0);
}

void TestConfinement::switched_off_nothing_is_in_force() {
  ::setenv("PLUMBLINE_CONFINE", "off", 1);
  const auto state = available_confinement();
  const int read = confined(reach(), [&] { return try_to_open(path("other/file"), O_RDONLY); });
  ::unsetenv("PLUMBLINE_CONFINE");
  QVERIFY(!state.files && !state.network && !state.whole());
  QVERIFY(!state.missing.empty());
  QCOMPARE(read, 0);
}

}  // namespace plumbline::test

QTEST_GUILESS_MAIN(plumbline::test::TestConfinement)
#include "test_confinement.moc"
