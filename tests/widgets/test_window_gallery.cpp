#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QToolButton>
#include <QUndoStack>

#include <algorithm>
#include <vector>

#include "tests/widgets/managed_study_fixture.h"
#include "tests/widgets/tests.h"
#include "widgets/bars/search_combo.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/cell_painter.h"
#include "widgets/gallery/dataset_browser.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/study/remarks.h"
#include "widgets/study/study_tree.h"
#include "widgets/style/colours.h"

using namespace plumbline;

/// Images and what is asked of them in the driven window: thumbnails, filters, lists of classes.
class TestWindowGallery : public ManagedStudyFixture {
  Q_OBJECT

 private Q_SLOTS:
  void a_data_set_is_browsed_without_a_run() {
    auto* view = window_->findChild<StudyTree*>();
    Q_EMIT view->task_wanted(StudyTask::browse, {StudyItemKind::split, "shapes", "test"});
    auto* browser = dialog<DatasetBrowser>();
    QVERIFY(browser != nullptr);
    QTRY_COMPARE_WITH_TIMEOUT(browser->content().size(), std::size_t{120}, study_patience);
    QTRY_VERIFY_WITH_TIMEOUT(browser->gallery()->complete(), study_patience);
    auto* combo = browser->findChild<QComboBox*>(QStringLiteral("browsed_class"));
    QCOMPARE(combo->count(), 11);
    combo->setCurrentIndex(combo->findText(QStringLiteral("frog")));
    Q_EMIT combo->activated(combo->currentIndex());
    const auto labels = had(study().labels(had(study().dataset("shapes")).id, "test"));
    const auto frogs = std::ranges::count(labels, ClassIndex{6});
    QCOMPARE(static_cast<std::ptrdiff_t>(browser->content().size()), frogs);
    QCOMPARE(browser->findChild<QLabel*>(QStringLiteral("browsed_count"))->text(),
             QStringLiteral("%1 of 120").arg(frogs));
    for (std::size_t i = 0; i < browser->content().size(); ++i)
      QCOMPARE(browser->content().cell(i).predicted, QStringLiteral("frog"));
    combo->setCurrentIndex(0);
    Q_EMIT combo->activated(0);
    QTest::keyClicks(browser->findChild<QLineEdit*>(QStringLiteral("browsed_text")), "11");
    QCOMPARE(browser->content().size(), std::size_t{11});  // 11 and 110 to 119
    browser->close();
  }

  void thumbnails_show_tags_and_notes() {
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), study_patience);
    GalleryView* gallery = failures()->gallery();
    Q_EMIT gallery->notice_link(QStringLiteral("do:all-verdicts"));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && gallery->complete(), study_patience);
    gallery->set_current(0);  // in view
    const ItemRef item = failures()->content().item(0);
    const auto marked = [&] {
      const QImage picture = gallery->viewport()->grab().toImage();
      const QRect frame = gallery->grid().frame_of(gallery->cell_rect(0));
      int accent = 0;
      for (int y = frame.top(); y < frame.top() + 16; ++y)
        for (int x = frame.right() - 31; x <= frame.right(); ++x)
          accent += picture.pixelColor(x, y) == colours().accent;
      return accent;
    };
    QCOMPARE(marked(), 0);
    window_->remarks()->tag({item}, QStringLiteral("odd"), true);
    QTRY_VERIFY2(marked() > 100, qPrintable(QString::number(marked())));
    const int tag = marked();
    window_->remarks()->note(item, QStringLiteral("look"));
    QVERIFY(marked() > tag + 100);
    // Delete takes them off, and it can be undone.
    gallery->set_current(0);
    gallery->setFocus();
    QTest::keyClick(gallery, Qt::Key_Delete);
    QVERIFY(window_->remarks()->tags_of(item).isEmpty());
    QVERIFY(window_->remarks()->note_of(item).isEmpty());
    QCOMPARE(marked(), 0);
    window_->undo_stack()->undo();
    QCOMPARE(window_->remarks()->tags_of(item), QStringList{"odd"});
    QCOMPARE(window_->remarks()->note_of(item), QStringLiteral("look"));
  }

  void filters_are_cleared_by_a_button_that_is_always_there() {
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), study_patience);
    auto* clear = window_->findChild<QToolButton*>(QStringLiteral("clear_filters"));
    QVERIFY(clear->isVisible() && !clear->isEnabled());
    const auto all = failures()->content().size();
    auto* truth = window_->findChild<QComboBox*>(QStringLiteral("true_class"));
    truth->setCurrentIndex(3);
    Q_EMIT truth->activated(3);
    QVERIFY(clear->isEnabled());
    QVERIFY(failures()->content().size() < all);
    QTest::mouseClick(clear, Qt::LeftButton);
    QCOMPARE(failures()->content().size(), all);
    QCOMPARE(truth->currentIndex(), 0);
    QVERIFY(clear->isVisible() && !clear->isEnabled());
  }

  void a_thousand_classes_are_searched_and_counted() {
    SearchCombo combo;
    for (int i = 0; i < 1000; ++i) combo.addItem(QStringLiteral("class %1").arg(i));
    combo.set_counts([] {
      std::vector<std::int64_t> counts(1000);
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<std::int64_t>(7 * i);
      return counts;
    });
    combo.show();
    QSignalSpy activated(&combo, &QComboBox::activated);
    combo.showPopup();
    auto* text = combo.findChild<QLineEdit*>(QStringLiteral("search_text"));
    auto* list = combo.findChild<QListView*>(QStringLiteral("search_list"));
    QVERIFY(text->isVisible());
    QTest::keyClicks(text, "ss 77");
    QCOMPARE(list->model()->rowCount(), 11);  // 77 and 770 to 779
    QTest::keyClick(text, Qt::Key_Down);
    QTest::keyClick(text, Qt::Key_Return);
    QCOMPARE(combo.currentText(), QStringLiteral("class 770"));
    QCOMPARE(activated.size(), 1);
    QVERIFY(!text->isVisible());
    combo.showPopup();
    QTest::keyClicks(text, "no such class");
    QCOMPARE(list->model()->rowCount(), 0);
    QVERIFY(combo.findChild<QLabel*>(QStringLiteral("search_nothing"))->isVisible());
    QTest::keyClick(text, Qt::Key_Escape);
    QCOMPARE(combo.currentText(), QStringLiteral("class 770"));
    // The counts of a run's classes are those of the chosen verdicts.
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), study_patience);
    const auto counts = failures()->content().truth_counts();
    QCOMPARE(counts.size(), std::size_t{11});
    QCOMPARE(counts[0], static_cast<std::int64_t>(failures()->content().size()));
    std::int64_t birds = 0;
    for (std::size_t i = 0; i < failures()->content().size(); ++i)
      birds += window_->review()->votes().labels[failures()->content().item(i).sample()] == 2;
    QCOMPARE(counts[3], birds);
  }
};

int test_window_gallery(int argc, char** argv) {
  return run_with_window_manager<TestWindowGallery>(argc, argv);
}

#include "test_window_gallery.moc"
