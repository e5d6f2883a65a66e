#pragma once
#include <QImage>
#include <QPointF>
#include <QWidget>

namespace plumbline {

/// A picture that fits its panel. The wheel zooms at the pointer, dragging or an arrow pans, 0 fits
/// again, 1 shows one image pixel a screen pixel; what is enlarged by hand is shown in its pixels.
/// Under the pointer: place and value of the pixel.
class ImagePanel : public QWidget {
  Q_OBJECT
 public:
  explicit ImagePanel(QWidget* parent = nullptr);

  /// `size`: of the file, which `image` may be a smaller version of. A null image shows `message`.
  void show_image(const QImage& image, QSize size, const QString& message);
  /// Stands over the picture's top left corner; empty: nothing.
  QString title() const { return title_; }
  void set_title(const QString& title) {
    title_ = title;
    update();
  }
  /// At most this long where it fits; 0: as large as there is room.
  void set_picture_side(int side) { side_ = side; }

  double zoom() const { return zoom_; }  ///< 1: fitted
  void set_zoom(double zoom, QPointF at);
  void fit();
  /// The image's pixel under a point; nothing beside it.
  QPoint pixel_at(QPointF point) const;
  QString pixel_text(QPointF point) const;

 Q_SIGNALS:
  void clicked();  ///< pressed and released without dragging

 protected:
  void paintEvent(QPaintEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void pan(QPointF by);
  QSizeF fitted() const;
  QRectF target() const;

  QImage image_, scaled_;
  QSize size_;
  QString message_, title_;
  int side_ = 0;
  double zoom_ = 1;
  QPointF offset_;  ///< of the picture's middle from the panel's
  QPointF pressed_, pointer_ = {-1, -1};
  bool dragging_ = false, moved_ = false;
};

}  // namespace plumbline
