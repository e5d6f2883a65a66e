#pragma once
#include <QAbstractScrollArea>

#include <optional>

#include "core/review/item_selection.h"
#include "widgets/gallery/gallery_content.h"
#include "widgets/gallery/gallery_grid.h"
#include "widgets/picture/thumbnail_loader.h"

class QLabel;

namespace plumbline {

/// A gallery that costs what is visible, not what there is: cells are placed by arithmetic,
/// pictures come from the loader, nothing is kept per item but whether it is selected.
class GalleryView : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit GalleryView(ThumbnailLoader* loader, QWidget* parent = nullptr);

  /// Not owned; outlives the view's use of it. Null: nothing.
  void set_content(const GalleryContent* content);
  const GalleryContent* content() const { return content_; }
  /// The content has other rows now, of which this one is current.
  void content_changed(std::optional<std::size_t> current_row);
  /// The same rows look different.
  void cells_changed() { viewport()->update(); }

  std::optional<std::size_t> current() const { return current_; }
  void set_current(std::size_t row);
  /// The rows that are selected, rising. Where only one image is current, it alone is.
  std::vector<std::size_t> selection() const;
  std::size_t selected_count() const { return selected_.size(); }
  void select_all();

  /// Left, right, up, down, page and end keys: what the large picture hands on.
  bool move_by_key(int key, bool extend = false);

  int thumbnail_side() const { return side_; }
  void set_thumbnail_side(int side);

  /// What stands in the middle in place of pictures; rich text with links. Empty: nothing.
  void set_notice(const QString& text);
  QString notice() const;

  bool complete() const;  ///< every visible picture is decoded
  const GalleryGrid& grid() const { return grid_; }
  QRect cell_rect(std::size_t row) const;  ///< in the viewport

 Q_SIGNALS:
  void current_changed();
  void selection_changed();
  void activated();  ///< Space, Enter or a double click
  void notice_link(const QString& link);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool viewportEvent(QEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;

 private:
  qint64 scrolled() const;
  std::size_t count() const { return content_ == nullptr ? 0 : content_->size(); }
  void lay_out();
  void want_pictures();
  void show_row(std::size_t row);
  bool is_selected(std::size_t row) const;
  void select_only(std::size_t row);
  void select_range(std::size_t from, std::size_t to);
  void toggle(std::size_t row);
  void move_to(std::size_t row);
  void describe_current();
  int device_side() const;

  ThumbnailLoader* loader_;
  const GalleryContent* content_ = nullptr;
  GalleryGrid grid_;
  int side_ = GalleryGrid::default_side;
  std::optional<std::size_t> current_;
  ItemSelection selected_;
  std::size_t anchor_ = 0;  ///< where a range that Shift extends begins
  QLabel* notice_;
  bool keyboard_focus_ = false;
  int wheel_rest_ = 0;
};

}  // namespace plumbline
