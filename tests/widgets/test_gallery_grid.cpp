#include <QTest>

#include "tests/widgets/tests.h"
#include "widgets/gallery/gallery_grid.h"

using namespace plumbline;

class TestGalleryGrid : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void cells_lie_apart_and_are_found_again_data() {
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("side");
    for (const int count : {1, 9, 10, 257})
      for (const int width : {60, 690, 1016, 3000})
        for (const int side : {48, 96, 256})
          QTest::addRow("%d in %d at %d", count, width, side) << count << width << side;
  }

  void cells_lie_apart_and_are_found_again() {
    QFETCH(int, count);
    QFETCH(int, width);
    QFETCH(int, side);
    const GalleryGrid grid(static_cast<std::size_t>(count), width, side);
    for (int i = 0; i < count; ++i) {
      const QRect cell = grid.cell(static_cast<std::size_t>(i), 0);
      QCOMPARE(grid.at(cell.center(), 0), std::optional<std::size_t>(i));
      QCOMPARE(grid.at(cell.center() - QPoint(0, 40), 40), std::optional<std::size_t>(i));
      QVERIFY(cell.left() >= 0);
      if (grid.columns() > 1) QVERIFY(cell.right() < width);
      QVERIFY(cell.bottom() < grid.height());
      QVERIFY(cell.contains(grid.frame_of(cell)));
      QCOMPARE(grid.picture_of(cell).size(), QSize(side, side));
      for (int j = 0; j < i; ++j)
        QVERIFY(!cell.intersects(grid.cell(static_cast<std::size_t>(j), 0)));
    }
    QCOMPARE(grid.at(QPoint(width / 2, static_cast<int>(grid.height()) + 50), 0), std::nullopt);
  }

  void visible_rows_are_those_that_touch() {
    const GalleryGrid grid(1000, 690, 96);
    for (qint64 top = 0; top < grid.height(); top += 97) {
      const auto range = grid.visible(top, top + 500);
      for (std::size_t i = 0; i < 1000; ++i) {
        const QRect cell = grid.cell(i, top);
        if (cell.bottom() >= 0 && cell.top() < 500)
          QVERIFY2(i >= range.begin && i < range.end, qPrintable(QString::number(i)));
      }
      // Not more than a row too many at either end.
      QVERIFY(range.end - range.begin <=
              static_cast<std::size_t>((500 / grid.row_height() + 2) * grid.columns()));
    }
  }

  void a_million_samples_fit() {
    const GalleryGrid grid(1000000, 300, 256);
    const QRect last = grid.cell(999999, grid.height() - 500);
    QVERIFY(last.top() >= 0 && last.bottom() < 500);
    QCOMPARE(grid.at(last.center(), grid.height() - 500), std::optional<std::size_t>(999999));
  }

  void the_last_column_ends_where_the_bars_do() {
    const GalleryGrid grid(100, 1016, 96);
    const QRect first = grid.frame_of(grid.cell(0, 0));
    const QRect last = grid.frame_of(grid.cell(static_cast<std::size_t>(grid.columns()) - 1, 0));
    QCOMPARE(first.left(), 12);
    QCOMPARE(1016 - 1 - last.right(), 12);
  }
};

int test_gallery_grid(int argc, char** argv) {
  TestGalleryGrid test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_gallery_grid.moc"
