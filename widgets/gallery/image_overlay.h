#pragma once
#include <QWidget>

#include "widgets/picture/image_panel.h"

class QLabel;

namespace plumbline {

/// The current image as large as its page. Space and Esc close it, the gallery's keys move on.
class ImageOverlay : public QWidget {
  Q_OBJECT
 public:
  explicit ImageOverlay(QWidget* page);

  void show_image(const QImage& image, QSize size, const QString& message, const QString& caption);

 Q_SIGNALS:
  void moved(int key);
  void closed();

 protected:
  bool event(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void leave();
  ImagePanel* panel_;
  QLabel* caption_;
};

}  // namespace plumbline
