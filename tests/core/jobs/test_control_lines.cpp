#include <QtTest>

#include "core/jobs/control_lines.h"

using namespace plumbline;

class TestControlLines : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void words_count_when_their_line_is_whole() {
    ControlLines lines;
    lines.feed("pau");
    lines.feed("se");
    QVERIFY(!lines.paused);
    lines.feed("\n");
    QVERIFY(lines.paused);
    lines.feed("resume\npause\nresume\ncancel");
    QVERIFY(!lines.paused && !lines.cancelled);
    lines.feed("\n");
    QVERIFY(lines.cancelled);
  }

  void anything_else_is_left_out() {
    ControlLines lines;
    lines.feed("\n\nPause\n pause\npause \npausecancel\ncancel\r\n");
    lines.feed(std::string(1'000'000, 'x') + "\n");
    // What was cut off of a long line does not make a word of its end.
    lines.feed(std::string(16, 'x') + "cancel\n");
    lines.feed(std::string("cancel\0\n", 8));
    QVERIFY(!lines.paused && !lines.cancelled);
    lines.feed("pause\n");
    QVERIFY(lines.paused);
  }
};

int test_control_lines(int argc, char** argv) {
  TestControlLines test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_control_lines.moc"
