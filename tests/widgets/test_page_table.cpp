#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QRegularExpression>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "tests/widgets/synthetic_study.h"
#include "tests/widgets/tests.h"
#include "widgets/bars/bar.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/page/settings.h"
#include "widgets/text/text_of.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

namespace {

/// A page that the window has never heard of: it shows searches of its own and counts what it is
/// told.
class ToyPage : public Page {
  Q_OBJECT
 public:
  static constexpr char page_key[] = "toy";
  explicit ToyPage(const PageContext& context) : context_(context), label_(new QLabel(this)) {}

  QString title() const override { return QStringLiteral("Toy"); }
  QString key() const override { return QString::fromLatin1(page_key); }
  std::vector<MenuCommand> commands() override {
    return {
        {MenuPart::study_make, QStringLiteral("wind"), QStringLiteral("Wind it &up"), {}, [this] {
           ++wound;
           Q_EMIT said(QStringLiteral("tick"));
         }}};
  }
  Result<void> show_study(const Study* study) override {
    study_shown = study != nullptr;
    return {};
  }
  void show_run(RunReview* review) override { run_shown = review != nullptr; }
  void show_notice(const QString& text) override { label_->setText(text); }
  bool shows(const Route& route) const override { return !route.search.isEmpty(); }
  Result<void> go_to(const Route& route) override {
    if (route.search == QStringLiteral("lost")) return bad_input("there is no toy 'lost'");
    went_to = route;
    return {};
  }
  std::vector<Place> places() const override {
    return {{QStringLiteral("toy"),
             QStringLiteral("spinning top"),
             {},
             {.search = QStringLiteral("top")}}};
  }
  QWidget* main_view() override { return label_; }
  void keep(Settings& settings) const override { settings.set_value(QStringLiteral("toy"), wound); }
  void follow_anchor(const QString& text) { follow(text); }

  PageContext context_;
  QLabel* label_;
  int wound = 0;
  bool study_shown = false, run_shown = false;
  Route went_to;
};

constexpr PageEntry toy_entry = {
    ToyPage::page_key, [](const PageContext& context) -> Page* { return new ToyPage(context); }};

/// Fits beside the study, and not beside the study and an inspector.
class WidePage : public ToyPage {
 public:
  static constexpr int least_width = 1000;
  explicit WidePage(const PageContext& context) : ToyPage(context) {}
  /// As a page's layout says it: a page that is not shown counts for nothing then.
  QSize minimumSizeHint() const override { return {least_width, 100}; }
  QString key() const override { return QStringLiteral("wide"); }
};

constexpr PageEntry wide_entry = {
    "wide", [](const PageContext& context) -> Page* { return new WidePage(context); }};

}  // namespace

/// Pages as the window knows them: by the table, and by nothing else.
class TestPageTable : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir directory_;
  QString study_, young_;

  static QString make(const QTemporaryDir& directory, const QString& name, bool without_run) {
    SyntheticStudy request;
    request.folder = directory.filePath(name).toStdString();
    request.samples = 60;
    request.without_run = without_run;
    const auto made = make_study(request);
    if (!made) qFatal("%s", to_string(made.error()).c_str());
    return directory.filePath(name);
  }

 private Q_SLOTS:
  void initTestCase() {
    study_ = make(directory_, QStringLiteral("shapes.plumb"), false);
    young_ = make(directory_, QStringLiteral("young.plumb"), true);
  }

  void keys_are_those_of_the_pages() {
    const MainWindow window(nullptr);
    QStringList keys;
    for (const PageEntry& entry : page_table()) {
      const Page* page = window.page(QString::fromLatin1(entry.key));
      QVERIFY2(page != nullptr, entry.key);
      keys << page->key();
    }
    QCOMPARE(keys, (QStringList{"runs", "failures", "decision", "compare", "planer", "report"}));
    QCOMPARE(page_keys(), std::string("runs, failures, decision, compare, planer or report"));
    QVERIFY(window.page(QString::fromLatin1(first_page)) == window.current_page());
    QVERIFY(window.page(QString::fromLatin1(planning_page)) != nullptr);
  }

  void a_further_page_is_one_line() {
    const QTemporaryDir config;
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, config.path());
    std::vector<PageEntry> table(page_table().begin(), page_table().end());
    table.push_back(toy_entry);
    MainWindow window(std::make_unique<Settings>(), table);
    auto* toy = window.page<ToyPage>();
    QVERIFY(toy != nullptr);
    QVERIFY(toy->context_.jobs == window.jobs());
    QCOMPARE(
        window.menuWidget()->findChild<QTabBar*>()->tabText(static_cast<int>(page_table().size())),
        QStringLiteral("Toy"));
    QVERIFY(toy->label_->text().contains(QStringLiteral("Open a study")));

    // It is told what is open.
    QSignalSpy opened(&window, &MainWindow::run_opened);
    QVERIFY(window.open_study(study_).has_value());
    QVERIFY(toy->study_shown);
    QVERIFY(toy->label_->text().contains(QStringLiteral("Reading the votes of r1")));
    QVERIFY(opened.wait(20000));
    QVERIFY(toy->run_shown);

    // Its command is in the menu, and an anchor calls it.
    toy->follow_anchor(to_text(CommandName{QStringLiteral("wind")}));
    QCOMPARE(toy->wound, 1);
    auto* menus = window.findChild<QMenuBar*>(QStringLiteral("menus"));
    auto* wind = menus->findChild<QAction*>(QStringLiteral("wind"));
    QVERIFY(wind != nullptr);
    QCOMPARE(qobject_cast<QMenu*>(wind->parent())->title(), QStringLiteral("&Study"));

    // Routes, the palette and settings lead to it.
    QVERIFY(window.go({.page = QStringLiteral("toy")}).has_value());
    QVERIFY(window.current_page() == toy);
    window.show_page(window.page(QStringLiteral("runs")));
    window.palette_line()->setText(QStringLiteral("spin"));
    window.palette_line()->refresh();
    QCOMPARE(window.palette_line()->list()->count(), 1);
    // The first page that shows a search is PLANER's, which has none of this name.
    QVERIFY(!window.go({.search = QStringLiteral("top")}).has_value());
    QVERIFY(
        window.go({.page = QStringLiteral("toy"), .search = QStringLiteral("top")}).has_value());
    QCOMPARE(toy->went_to.search, QStringLiteral("top"));
    QCOMPARE(
        window.go({.page = QStringLiteral("toy"), .search = QStringLiteral("lost")}).error().kind,
        ErrorKind::bad_input);
    window.show();
    window.close();
    Settings settings;
    QCOMPARE(settings.page(), QStringLiteral("toy"));
    QCOMPARE(settings.value(QStringLiteral("toy")).toInt(), 1);
    const MainWindow again(std::make_unique<Settings>(), table);
    QVERIFY(again.current_page() == again.page<ToyPage>());
  }

  void a_wide_page_leaves_the_window_and_the_study_as_they_are() {
    std::vector<PageEntry> table(page_table().begin(), page_table().end());
    table.push_back(wide_entry);
    MainWindow window(nullptr, table);
    window.resize(1280, 800);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    const auto* study = window.findChild<QDockWidget*>(QStringLiteral("study"));
    auto* inspector = window.findChild<QDockWidget*>(QStringLiteral("inspector"));
    QVERIFY(study != nullptr && inspector != nullptr);
    window.show_page(window.page(QStringLiteral("failures")));
    QVERIFY(inspector->isVisible());
    const int width = study->width();
    window.show_page(window.page(QStringLiteral("wide")));
    QCoreApplication::processEvents();
    QCOMPARE(window.size(), QSize(1280, 800));
    QCOMPARE(study->width(), width);
    QVERIFY(!inspector->isVisible());
    // F4 is for the pages that have one.
    QAction* shown = nullptr;
    for (QAction* action : window.findChildren<QAction*>())
      if (action->shortcut() == QKeySequence(Qt::Key_F4)) shown = action;
    QVERIFY(shown != nullptr && shown->isChecked());
    shown->trigger();
    shown->trigger();
    QVERIFY(!inspector->isVisible());
    window.show_page(window.page(QStringLiteral("failures")));
    QVERIFY(inspector->isVisible());
    QCoreApplication::processEvents();
    QCOMPARE(window.size(), QSize(1280, 800));
  }

  void without_a_study_pages_show_how_to_begin_and_no_controls() {
    MainWindow window(nullptr);
    window.resize(1280, 800);
    window.show();
    const auto bars_are_shown = [&](const char* key) {
      Page* page = window.page(QString::fromLatin1(key));
      window.show_page(page);
      QCoreApplication::processEvents();
      for (const Bar* bar : page->findChildren<Bar*>())
        if (bar->isVisible() && !bar->findChildren<QComboBox*>().isEmpty()) return true;
      return false;
    };
    for (const char* key : {"failures", "compare"}) QVERIFY2(!bars_are_shown(key), key);
    const auto* clear = window.findChild<QToolButton*>(QStringLiteral("clear_finished"));
    QVERIFY(clear != nullptr && !clear->isEnabled());
    QVERIFY(window.open_study(young_).has_value());
    for (const char* key : {"failures", "compare"}) QVERIFY2(bars_are_shown(key), key);
  }

  void jobs_are_folded_where_the_window_is_low() {
    MainWindow window(nullptr);
    const auto* fold = window.findChild<QToolButton*>(QStringLiteral("fold_jobs"));
    for (const int height : {800, 700}) {
      window.resize(1280, height);
      window.show();
      window.show_page(window.page(QStringLiteral("decision")));
      window.show_page(window.page(QStringLiteral("failures")));
      QCOMPARE(fold->isChecked(), height < 760);
    }
  }

  void places_that_are_not_there_are_errors() {
    MainWindow window(nullptr);
    QCOMPARE(window.go({.page = QStringLiteral("nowhere")}).error().kind, ErrorKind::usage);
    QCOMPARE(window.go({}).error().kind, ErrorKind::usage);
    QCOMPARE(window.go({.item = ItemRef(3)}).error().kind, ErrorKind::bad_input);
    QVERIFY(!window.go({.study = QStringLiteral("/nonexistent.plumb")}).has_value());
  }

  void a_route_leads_into_a_run_of_another_study() {
    MainWindow window(nullptr);
    window.resize(1200, 800);
    window.show();
    QVERIFY(window.open_study(young_).has_value());
    QSignalSpy opened(&window, &MainWindow::run_opened);
    const Route route{.study = study_, .run = QStringLiteral("r1"), .item = ItemRef(41)};
    QVERIFY(window.go(route).has_value());
    QVERIFY(opened.wait(20000));
    const auto* failures = window.page<FailuresPage>();
    QVERIFY(window.current_page() == failures);
    QVERIFY(failures->gallery()->current().has_value());
    QCOMPARE(failures->content().item(*failures->gallery()->current()), ItemRef(41));
    // A place within it reads nothing again.
    const RunReview* review = window.review();
    QVERIFY(window.go({.run = QStringLiteral("r1"), .item = ItemRef(7)}).has_value());
    QVERIFY(window.review() == review);
    QCOMPARE(failures->content().item(*failures->gallery()->current()), ItemRef(7));
    QCOMPARE(window.go({.item = ItemRef(60)}).error().kind, ErrorKind::bad_input);
    // A run that is named alone is read again: it may have grown.
    QVERIFY(window.go({.run = QStringLiteral("r1")}).has_value());
    QVERIFY(window.review() == nullptr);
    QVERIFY(opened.wait(20000));
  }

  /// Each anchor in what pages say leads to a place that there is, or to a command of the menus.
  void anchors_of_notices_lead_somewhere() {
    static const QRegularExpression href(QStringLiteral("href='([^']*)'"));
    QSet<QString> seen;
    const auto check = [&](const MainWindow& window) {
      const auto* menus = window.findChild<QMenuBar*>(QStringLiteral("menus"));
      for (const QLabel* label : window.findChildren<QLabel*>())
        for (auto match = href.globalMatch(label->text()); match.hasNext();) {
          const QString text = match.next().captured(1);
          seen << text;
          const auto link = parse_link(text);
          if (!link) QFAIL(qPrintable(text));
          if (const auto* command = std::get_if<CommandName>(&*link))
            QVERIFY2(menus->findChild<QAction*>(command->name) != nullptr, qPrintable(text));
          else
            QVERIFY2(window.page(std::get<Route>(*link).page) != nullptr, qPrintable(text));
        }
    };
    MainWindow window(nullptr);
    check(window);
    QVERIFY(window.open_study(young_).has_value());
    check(window);
    QVERIFY(!window.open_study(QStringLiteral("/nonexistent.plumb")).has_value());
    check(window);
    const QString empty = directory_.filePath(QStringLiteral("empty.plumb"));
    QVERIFY(Study::open(empty.toStdString(), Access::create).has_value());
    QVERIFY(window.open_study(empty).has_value());
    check(window);
    for (const char* wanted : {"do:open", "do:new", "do:import-dataset", "runs"})
      QVERIFY2(seen.contains(QLatin1String(wanted)), wanted);
  }
};

int test_page_table(int argc, char** argv) {
  TestPageTable test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_page_table.moc"
