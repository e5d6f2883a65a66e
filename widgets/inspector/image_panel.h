#pragma once
#include <QImage>
#include <QWidget>

namespace plumbline {

/// A picture, smoothly scaled to fit; its size at the left below, the scale at the right.
class ImagePanel : public QWidget {
  Q_OBJECT
 public:
  explicit ImagePanel(QWidget* parent = nullptr);

  /// `size` is the file's. A null image shows `message`.
  void show_image(const QImage& image, QSize size, const QString& message = {});
  void set_picture_side(int side) { side_ = side; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QImage image_;
  QSize size_;
  QString message_;
  int side_ = 0;  ///< the largest side shown; 0: the whole panel
  mutable QImage scaled_;
};

}  // namespace plumbline
