#include <QImage>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "app/workbench/platform_noise.h"
#include "tests/widgets/synthetic_study.h"
#include "tests/widgets/tests.h"
#include "widgets/style/colours.h"

using namespace plumbline;

/// The program itself, started as a script starts it: without a display.
class TestScreenshot : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir directory_;
  QString study_;

  struct Outcome {
    int code;
    QString error;
  };
  static Outcome run(const QStringList& words) {
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR"})
      environment.remove(name);
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(PLUMBLINE_BINARY_DIR "/bin/plumbline"), words);
    if (!process.waitForFinished(60000)) return {-1, QStringLiteral("did not end")};
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2,
            QString::fromUtf8(process.readAllStandardError())};
  }

 private Q_SLOTS:
  void initTestCase() {
    SyntheticStudy request;
    request.folder = directory_.filePath("shapes.plumb").toStdString();
    request.samples = 300;
    const auto made = make_study(request);
    const std::string said = made ? std::string() : to_string(made.error());
    QVERIFY2(made.has_value(), said.c_str());
    study_ = QString::fromStdString(request.folder.string());
  }

  void draws_the_page_data() {
    QTest::addColumn<QString>("theme");
    QTest::addColumn<QSize>("size");
    for (const char* theme : {"light", "dark"})
      for (const QSize size : {QSize(1280, 800), QSize(1920, 1200), QSize(700, 500)})
        QTest::newRow(qPrintable(QStringLiteral("%1 %2").arg(theme).arg(size.width())))
            << QString(theme) << size;
  }
  void draws_the_page() {
    QFETCH(QString, theme);
    QFETCH(QSize, size);
    const QString file =
        directory_.filePath(QStringLiteral("%1-%2.png").arg(theme).arg(size.width()));
    const auto outcome =
        run({"screenshot", study_, "--page", "failures", "-o", file, "--size",
             QStringLiteral("%1x%2").arg(size.width()).arg(size.height()), "--theme", theme,
             "--run", "r1", "--policy", "polygraph(thr_conf=0.6,thr_freq=2)"});
    QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
    // What Qt says of a platform without display and session is no concern of the user's.
    QCOMPARE(outcome.error, QString());
    const QImage picture(file);
    QCOMPARE(picture.size(), size);
    const Colours& c = colours(theme == "dark" ? Theme::dark : Theme::light);
    int canvas = 0, undetected = 0, window = 0;
    for (int y = 0; y < picture.height(); ++y)
      for (int x = 0; x < picture.width(); ++x) {
        const QRgb pixel = picture.pixel(x, y);
        canvas += pixel == c.canvas.rgb();
        window += pixel == c.window.rgb();
        undetected += pixel == verdict_fill(Verdict::undetected).rgb();
      }
    QVERIFY(canvas > 1000);
    QVERIFY(window > 1000);
    QVERIFY(undetected > 500);  // frames of the gallery
  }

  void only_noise_is_kept_off_the_terminal() {
    for (const char* noise : {"This plugin does not support propagateSizeHints()",
                              "QStandardPaths: XDG_RUNTIME_DIR not set, defaulting to '/tmp/r-0'"})
      QVERIFY2(is_platform_noise(QString::fromLatin1(noise)), noise);
    for (const char* other : {"This plugin does not support raise()",
                              "QStandardPaths: wrong permissions on /run/user/0",
                              "QObject::connect: No such signal", "XDG_RUNTIME_DIR not set",
                              "Something: This plugin does not support propagateSizeHints()", ""})
      QVERIFY2(!is_platform_noise(QString::fromLatin1(other)), other);
    // Installed, it drops the one and hands on the other.
    static QStringList heard;
    const auto before = qInstallMessageHandler(
        [](QtMsgType, const QMessageLogContext&, const QString& message) { heard << message; });
    quiet_platform_noise();
    qWarning("This plugin does not support propagateSizeHints()");
    qWarning("a warning that matters");
    qInstallMessageHandler(before);
    QCOMPARE(heard, QStringList{QStringLiteral("a warning that matters")});
  }

  void the_same_request_gives_the_same_picture() {
    QByteArray first;
    for (int i = 0; i < 2; ++i) {
      const QString file = directory_.filePath(QStringLiteral("same-%1.png").arg(i));
      QCOMPARE(run({"screenshot", study_, "-o", file, "--size", "1200x800"}).code, 0);
      QFile opened(file);
      QVERIFY(opened.open(QIODevice::ReadOnly));
      const QByteArray bytes = opened.readAll();
      if (i == 0)
        first = bytes;
      else
        QVERIFY(bytes == first);
    }
  }

  void wrong_words_have_their_exit_code_data() {
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("said");
    const QString file = directory_.filePath("x.png");
    QTest::newRow("no output") << QStringList{"screenshot", study_} << 2 << "output";
    QTest::newRow("unknown option")
        << QStringList{"screenshot", study_, "-o", file, "--nonsense"} << 2 << "nonsense";
    QTest::newRow("size") << QStringList{"screenshot", study_, "-o", file, "--size", "big"} << 2
                          << "big";
    QTest::newRow("huge size") << QStringList{"screenshot", study_,   "-o",
                                              file,         "--size", "99999999x2"}
                               << 2 << "--size";
    QTest::newRow("theme") << QStringList{"screenshot", study_, "-o", file, "--theme", "pink"} << 2
                           << "pink";
    QTest::newRow("page") << QStringList{"screenshot", study_, "-o", file, "--page", "nowhere"} << 2
                          << "nowhere";
    QTest::newRow("policy") << QStringList{"screenshot", study_, "-o", file, "--policy", "guess"}
                            << 2 << "guess";
    QTest::newRow("search") << QStringList{"screenshot", study_, "-o", file, "--search", "s9"} << 3
                            << "no search 's9'";
    QTest::newRow("run") << QStringList{"screenshot", study_, "-o", file, "--run", "r9"} << 3
                         << "r9";
    QTest::newRow("study") << QStringList{"screenshot", study_ + "x", "-o", file} << 3
                           << "shapes.plumbx";
    QTest::newRow("window on a bad study") << QStringList{study_ + "x"} << 3 << "shapes.plumbx";
    QTest::newRow("folder") << QStringList{"screenshot", study_, "-o", "/nonexistent/x.png"} << 3
                            << "/nonexistent/x.png";
    QTest::newRow("help") << QStringList{"--help"} << 0 << "";
    QTest::newRow("version") << QStringList{"--version"} << 0 << "";
  }
  void wrong_words_have_their_exit_code() {
    QFETCH(QStringList, words);
    QFETCH(int, code);
    QFETCH(QString, said);
    const auto outcome = run(words);
    QVERIFY2(outcome.code == code, qPrintable(outcome.error));
    QVERIFY2(outcome.error.contains(said), qPrintable(outcome.error));
  }
};

int test_screenshot(int argc, char** argv) {
  TestScreenshot test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_screenshot.moc"
