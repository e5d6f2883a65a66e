#pragma once
#include <QWidget>

#include <cstdint>
#include <vector>

#include "core/review/query.h"

class QComboBox;

namespace plumbline {

/// "Found by": a checkable cell for each number of voters, with how many items have it. None
/// checked: any.
class FinderCells : public QWidget {
  Q_OBJECT
 public:
  explicit FinderCells(QWidget* parent = nullptr);

  void set_voters(std::size_t voters);
  /// By number of voters, from 0.
  void set_counts(const std::vector<std::int64_t>& counts);
  std::uint64_t chosen() const;  ///< bit k: k voters; 0: any
  void set_chosen(std::uint64_t words);
  int cells() const { return cells_; }
  QRect cell(int index) const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 Q_SIGNALS:
  void chosen_changed();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  bool event(QEvent* event) override;

 private:
  int width_of(int index) const;
  std::int64_t count_of(int index) const;
  std::uint64_t words_of(int index) const;
  void toggle(int index);
  QString number_text(int index) const;

  int cells_ = 0;
  std::size_t voters_ = 0;
  std::vector<std::int64_t> counts_;
  std::uint64_t chosen_ = 0;  ///< by cell
  int current_ = 0;
};

/// What objects are filtered by: TIDE's type, size, crowding, how much of them is seen, the number
/// of voters that found them. Its groups are items of a bar.
class ObjectFilter : public QObject {
  Q_OBJECT
 public:
  explicit ObjectFilter(QWidget* bar);

  std::vector<QWidget*> groups() const {
    return {tide_group_, size_group_, crowding_group_, visible_group_, finder_group_};
  }
  void set_visible(bool visible);
  FinderCells* finders() const { return finders_; }
  void set_query(const ReviewQuery& query);
  /// Adds its conditions.
  void fill(ReviewQuery& query) const;

 Q_SIGNALS:
  void changed();

 private:
  QComboBox *tide_, *size_, *crowding_, *visible_;
  FinderCells* finders_;
  QWidget *tide_group_, *size_group_, *crowding_group_, *visible_group_, *finder_group_;
};

}  // namespace plumbline
