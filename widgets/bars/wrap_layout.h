#pragma once
#include <QLayout>
#include <QList>

namespace plumbline {

/// Lays items in a row and goes on in a further one where the width ends, so that a bar stays whole
/// in a narrow window. Items that want to expand share what is left of their row, up to their
/// maximum width; trailing ones stand at the right of theirs.
class WrapLayout : public QLayout {
 public:
  /// `row` is the height of one row of the bar, within which items are centred.
  explicit WrapLayout(QWidget* parent, int row, int spacing, int side_margin);
  ~WrapLayout() override;

  void add_trailing(QWidget* widget);

  void addItem(QLayoutItem* item) override;
  int count() const override { return static_cast<int>(items_.size()); }
  QLayoutItem* itemAt(int index) const override { return items_.value(index); }
  QLayoutItem* takeAt(int index) override;
  Qt::Orientations expandingDirections() const override { return Qt::Horizontal; }
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override { return place({0, 0, width, 0}, false); }
  QSize sizeHint() const override;
  QSize minimumSize() const override;
  void setGeometry(const QRect& rect) override;

 private:
  int place(const QRect& rect, bool apply) const;
  void place_row(const QList<QLayoutItem*>& row, const QRect& rect, int y) const;

  QList<QLayoutItem*> items_;
  QList<QLayoutItem*> trailing_;
  int row_, gap_, margin_;
};

}  // namespace plumbline
