#include <QAbstractButton>
#include <QAbstractScrollArea>
#include <QAbstractSpinBox>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QScreen>
#include <QShortcut>
#include <QSignalSpy>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>
#include <QTreeWidget>

#include <cmath>
#include <memory>

#include "core/jobs/job.h"
#include "tests/widgets/synthetic_study.h"
#include "tests/widgets/tests.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/jobs/job_center.h"
#include "widgets/page/settings.h"
#include "widgets/style/colours.h"
#include "widgets/style/theme.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

namespace {

constexpr int patience = 20'000;
constexpr int smallest_width = 1024, smallest_height = 700;

/// WCAG 2's contrast ratio, from its definition.
double contrast(const QColor& one, const QColor& other) {
  const auto luminance = [](const QColor& colour) {
    const auto linear = [](double part) {
      return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
  };
  const double a = luminance(one) + 0.05, b = luminance(other) + 0.05;
  return std::max(a, b) / std::min(a, b);
}

QString told(const QWidget* widget) {
  return QStringLiteral("%1 '%2'").arg(QString::fromLatin1(widget->metaObject()->className()),
                                       widget->objectName());
}

}  // namespace

/// The window by keyboard alone, for those who hear it, and where there is little room.
class TestKeysAndAccess : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir directory_;
  std::unique_ptr<MainWindow> window_;

  QList<Page*> pages() const {
    QList<Page*> all;
    for (const PageEntry& entry : page_table())
      all << window_->page(QString::fromLatin1(entry.key));
    return all;
  }
  /// Shown, and laid out.
  void show(Page* page) const {
    window_->show_page(page);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
    QCoreApplication::processEvents();
  }
  /// The widget and what is around it, as the window paints it.
  QImage picture_of(const QWidget* widget) const {
    const QRect area(widget->mapTo(window_.get(), QPoint()), widget->size());
    return window_->grab(area.adjusted(-3, -3, 3, 3).intersected(window_->rect())).toImage();
  }
  void press(Qt::Key key) const {
    QWidget* focus = window_->focusWidget();
    QTest::keyClick(focus != nullptr ? focus : window_.get(), key);
  }

 private Q_SLOTS:
  void initTestCase() {
    SyntheticStudy request;
    request.folder = directory_.filePath(QStringLiteral("shapes.plumb")).toStdString();
    request.samples = 200;
    request.validation_samples = 100;
    const auto made = make_study(request);
    if (!made) qFatal("%s", to_string(made.error()).c_str());
    // A job that failed, with its buttons.
    const RunWork work{"r0", "shapes", {"test"}, {}};
    const auto id = describe_job(request.folder, {"run", {"run"}, work});
    QVERIFY(id.has_value());
    auto job = Job::begin({request.folder, "run", {"run"}, false, true, *id});
    QVERIFY(job.has_value());
    job->failed({ErrorKind::device, "out of memory", "", "take a smaller batch"});
  }

  void init() {
    window_ = std::make_unique<MainWindow>(nullptr);
    window_->jobs()->set_engine(QStringLiteral("/bin/false"));
    window_->resize(1280, 800);
    QSignalSpy opened(window_.get(), &MainWindow::run_opened);
    QVERIFY(window_->open_study(directory_.filePath(QStringLiteral("shapes.plumb"))).has_value());
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    window_->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(window_.get()));
    if (opened.isEmpty()) QVERIFY(opened.wait(patience));
  }

  void cleanup() { window_.reset(); }

  void every_tab_stop_of_every_page_is_seen_data() {
    QTest::addColumn<QString>("key");
    for (const PageEntry& entry : page_table())
      QTest::newRow(entry.key) << QString::fromLatin1(entry.key);
  }
  void every_tab_stop_of_every_page_is_seen() {
    QFETCH(QString, key);
    show(window_->page(key));
    QSet<const QWidget*> seen;
    QStringList unseen;
    press(Qt::Key_Tab);
    for (int stops = 0; stops < 200; ++stops) {
      const QWidget* now = window_->focusWidget();
      QVERIFY(now != nullptr);
      if (seen.contains(now)) break;
      seen.insert(now);
      const QImage with = picture_of(now);
      press(Qt::Key_Tab);
      if (window_->focusWidget() == now) {
        unseen << told(now) + QStringLiteral(" keeps Tab");
        break;
      }
      if (with == picture_of(now)) unseen << told(now);
    }
    QVERIFY2(seen.size() >= 9, qPrintable(QString::number(seen.size())));
    QVERIFY2(unseen.isEmpty(), qPrintable(unseen.join(QStringLiteral("; "))));
  }

  void f6_goes_through_bars_panels_and_page() {
    auto* page = window_->page<FailuresPage>();
    show(page);
    page->gallery()->setFocus();
    QList<const QWidget*> stops;
    for (int i = 0; i < 20; ++i) {
      press(Qt::Key_F6);
      const QWidget* now = window_->focusWidget();
      if (stops.contains(now)) break;
      stops << now;
    }
    QVERIFY(stops.contains(page->gallery()));
    QVERIFY(stops.contains(window_->menuWidget()->findChild<QTabBar*>()));
    QStringList names;
    for (const QWidget* stop : stops) names << told(stop);
    for (const char* name : {"study_tree", "policy", "verdict_0", "sort", "jobs_table"}) {
      const auto* widget = page->findChild<QWidget*>(QLatin1String(name));
      if (widget == nullptr) widget = window_->findChild<QWidget*>(QLatin1String(name));
      QVERIFY2(widget != nullptr && stops.contains(widget),
               qPrintable(QLatin1String(name) + QStringLiteral(" of ") + names.join(u' ')));
    }
    // And back the same way.
    page->gallery()->setFocus();
    QTest::keyClick(page->gallery(), Qt::Key_F6);
    QTest::keyClick(window_->focusWidget(), Qt::Key_F6, Qt::ShiftModifier);
    QVERIFY(page->gallery()->hasFocus());
  }

  void return_presses_a_button_as_the_space_bar_does() {
    auto* page = window_->page<FailuresPage>();
    show(page);
    auto* button = page->findChild<QAbstractButton*>(QStringLiteral("verdict_0"));
    QVERIFY(button != nullptr && button->isCheckable() && button->isEnabled());
    const bool before = button->isChecked();
    bool is_pressed = before;
    for (const auto& [key, modifier] :
         {std::pair(Qt::Key_Space, Qt::NoModifier), std::pair(Qt::Key_Return, Qt::NoModifier),
          std::pair(Qt::Key_Enter, Qt::KeypadModifier),
          std::pair(Qt::Key_Return, Qt::NoModifier)}) {
      QTest::keyClick(button, key, modifier);
      is_pressed = !is_pressed;
      QCOMPARE(button->isChecked(), is_pressed);
    }
    QCOMPARE(button->isChecked(), before);
  }

  void f1_lists_every_key() {
    for (const QShortcut* shortcut : window_->findChildren<QShortcut*>())
      QVERIFY2(shortcut->whatsThis().contains(QStringLiteral(": ")),
               qPrintable(shortcut->key().toString()));
    press(Qt::Key_F1);
    auto* list = window_->findChild<QTreeWidget*>(QStringLiteral("shortcuts"));
    QVERIFY(list != nullptr && list->isVisible());
    QStringList keys;
    for (int i = 0; i < list->topLevelItemCount(); ++i)
      for (int k = 0; k < list->topLevelItem(i)->childCount(); ++k)
        keys << list->topLevelItem(i)->child(k)->text(0);
    for (const QAction* action : window_->findChildren<QAction*>())
      if (!action->shortcut().isEmpty())
        QVERIFY2(keys.contains(action->shortcut().toString(QKeySequence::NativeText)),
                 qPrintable(action->text()));
    for (const char* key :
         {"F1", "F2", "F4", "F5", "F6", "Ctrl+K", "Ctrl+6", "T", "N", "Del", "Esc"})
      QVERIFY2(keys.contains(QLatin1String(key)), key);
    // A part of a word narrows it.
    auto* text = window_->findChild<QLineEdit*>(QStringLiteral("shortcut_text"));
    text->setText(QStringLiteral("tag the selection"));
    int visible = 0;
    for (int i = 0; i < list->topLevelItemCount(); ++i)
      for (int k = 0; k < list->topLevelItem(i)->childCount(); ++k)
        visible += !list->topLevelItem(i)->child(k)->isHidden();
    QCOMPARE(visible, 1);
    list->window()->close();
    // The question mark asks for the same.
    window_->page<FailuresPage>()->gallery()->setFocus();
    QTest::keyClick(window_->page<FailuresPage>()->gallery(), Qt::Key_Question, Qt::ShiftModifier);
    QTRY_VERIFY(std::ranges::any_of(QApplication::topLevelWidgets(), [](const QWidget* widget) {
      return widget->objectName() == QStringLiteral("shortcut_list") && widget->isVisible();
    }));
  }

  void the_palette_finds_controls() {
    show(window_->page(QStringLiteral("runs")));
    auto* line = static_cast<QLineEdit*>(window_->findChild<QWidget*>(QStringLiteral("palette")));
    QTest::keyClick(window_.get(), Qt::Key_K, Qt::ControlModifier);
    QTRY_VERIFY(line->hasFocus());
    QTest::keyClicks(line, QStringLiteral("control true class"));
    const auto* list = window_->findChild<QListWidget*>(QStringLiteral("palette_list"));
    QCOMPARE(list->item(0)->text(), QStringLiteral("True class"));
    QTest::keyClick(line, Qt::Key_Return);
    QVERIFY(window_->current_page() == window_->page<FailuresPage>());
    QVERIFY(window_->findChild<QWidget*>(QStringLiteral("true_class"))->hasFocus());
    QTest::keyClick(window_.get(), Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(line, QStringLiteral("no such thing at all"));
    QCOMPARE(list->item(0)->text(), QStringLiteral("No matches."));
    QTest::keyClick(line, Qt::Key_Escape);
  }

  void selection_is_read_and_looks_alike() {
    for (const Theme theme : {Theme::light, Theme::dark}) {
      window_->set_theme(theme);
      const Colours& c = colours(theme);
      const QPalette palette = QApplication::palette();
      QVERIFY(contrast(palette.color(QPalette::Highlight),
                       palette.color(QPalette::HighlightedText)) >= 4.5);
      QCOMPARE(palette.color(QPalette::Highlight), c.accent_tint);
      const QPalette typed = QApplication::palette("QLineEdit");
      QVERIFY(contrast(typed.color(QPalette::Highlight), typed.color(QPalette::HighlightedText)) >=
              4.5);
      for (const auto& [ground, words] : {std::pair(c.accent_tint, c.text_on_tint),
                                          {c.accent, c.text_on_accent},
                                          {c.window, c.secondary_text},
                                          {c.base, c.secondary_text},
                                          {c.base, c.failure},
                                          {c.failure_tint, c.failure},
                                          {c.accent_tint, c.failure},
                                          {c.accent_tint, c.text}})
        QVERIFY2(contrast(ground, words) >= 4.5,
                 qPrintable(ground.name() + QStringLiteral(" ") + words.name()));
    }
    window_->set_theme(Theme::light);
  }

  void the_ring_stays_around_what_has_the_focus() {
    show(window_->page(QStringLiteral("decision")));
    press(Qt::Key_Tab);
    QWidget* control = window_->current_page()->main_view();
    control->setFocus(Qt::TabFocusReason);
    const auto* ring = window_->findChild<QWidget*>(QStringLiteral("focus_ring"));
    const auto whole = [&] {
      return QRect(control->mapTo(window_.get(), QPoint()), control->size());
    };
    // A lower window gives the panel a scroll bar, a higher one takes it away again.
    for (const QSize size : {QSize(1024, 700), QSize(1400, 1000), QSize(1024, 700)}) {
      window_->resize(size);
      QTRY_VERIFY(ring->isVisible());
      QTRY_COMPARE(ring->geometry(), whole());
    }
    // Also around what the jobs, folded on one page and not on the other, leave.
    show(window_->page(QStringLiteral("failures")));
    control = window_->focusWidget();
    QTRY_COMPARE(ring->geometry(), whole());
  }

  void the_window_fits_a_small_screen() {
    QStringList too_large;
    for (Page* page : pages()) {
      show(page);
      const QSize least = window_->minimumSizeHint(), own = page->minimumSizeHint();
      window_->resize(smallest_width, smallest_height);
      if (least.width() > smallest_width || least.height() > smallest_height ||
          window_->size() != QSize(smallest_width, smallest_height))
        too_large << QStringLiteral("%1 wants %2 × %3, itself %4 × %5")
                         .arg(page->key())
                         .arg(least.width())
                         .arg(least.height())
                         .arg(own.width())
                         .arg(own.height());
    }
    QVERIFY2(too_large.isEmpty(), qPrintable(too_large.join(QStringLiteral("; "))));
    const MainWindow first(nullptr);
    const QSize screen = QGuiApplication::primaryScreen()->availableSize();
    QVERIFY(first.width() <= screen.width() && first.height() <= screen.height());
  }

  void every_control_of_every_page_has_a_name() {
    QSet<QString> nameless;
    for (Page* page : pages()) {
      show(page);
      for (const QWidget* widget : window_->findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus) continue;
        if (widget->focusProxy() != nullptr) continue;
        // Part of a control that has a name.
        const QWidget* parent = widget->parentWidget();
        if (qobject_cast<const QAbstractSpinBox*>(parent) ||
            qobject_cast<const QComboBox*>(parent) ||
            qobject_cast<const QAbstractScrollArea*>(parent))
          continue;
        const auto* button = qobject_cast<const QAbstractButton*>(widget);
        if (widget->accessibleName().isEmpty() && (button == nullptr || button->text().isEmpty()))
          nameless << page->key() + QStringLiteral(": ") + told(widget) + QStringLiteral(" in ") +
                          told(widget->parentWidget());
      }
    }
    QVERIFY2(nameless.isEmpty(), qPrintable(nameless.values().join(QStringLiteral("; "))));
  }
};

int test_keys_and_access(int argc, char** argv) {
  // A bare X server has no window manager, which alone gives a window back its keys after a dialog.
  if (QGuiApplication::platformName() == QStringLiteral("xcb")) {
    qInfo("test_keys_and_access: left out without a window manager");
    return 0;
  }
  TestKeysAndAccess test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_keys_and_access.moc"
