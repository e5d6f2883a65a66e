#pragma once
#include <QImage>
#include <QPen>
#include <QWidget>

#include <cstdint>
#include <optional>
#include <vector>

#include "widgets/picture/object_boxes.h"

namespace plumbline {

/// An image, or a part of it, with boxes over it. The wheel zooms at the pointer, dragging pans, 0
/// fits again; what lies beyond the image is flat grey.
class BoxSceneView : public QWidget {
  Q_OBJECT
 public:
  struct VoterBox {
    QRectF box;  ///< in the image's pixels
    QPen pen, bold_pen;
    std::size_t voter = 0;
    double overlap = 0;  ///< its IoU with the object: said where it is bold
  };
  struct TruthBox {
    QRectF box;
    TruthStyle style = TruthStyle::plain;
  };

  explicit BoxSceneView(QWidget* parent = nullptr);

  /// `size`: of the file, which `image` may be a smaller version of. Null: `message`.
  void show_image(const QImage& image, QSize size, const QString& message);
  /// What is fitted; empty: the whole image.
  void set_region(const QRectF& region);
  void set_boxes(std::vector<TruthBox> truth, std::vector<VoterBox> voters);
  /// What the voters' boxes were fused to; empty: nothing.
  void set_fused(const QRectF& box);
  const QRectF& fused() const { return fused_; }
  /// Bit v: voter v's box is not drawn.
  void set_hidden(std::uint64_t voters);
  /// Its box is bold, others fade.
  void set_highlight(std::optional<std::size_t> voter);
  void set_shown(bool truth, bool voters);
  bool shows_truth() const { return truth_shown_; }
  bool shows_voters() const { return voters_shown_; }

  double zoom() const { return zoom_; }
  void fit();
  /// Where a point of the image is on the widget.
  QPointF to_widget(QPointF point) const;
  QSize sizeHint() const override { return {368, 240}; }
  QSize minimumSizeHint() const override { return {160, 90}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  QRectF region() const;
  double scale() const;  ///< widget pixels per pixel of the image

  QImage image_;
  QSize size_;
  QString message_;
  QRectF region_;
  std::vector<TruthBox> truth_;
  std::vector<VoterBox> voters_;
  QRectF fused_;
  std::uint64_t hidden_ = 0;
  std::optional<std::size_t> highlight_;
  bool truth_shown_ = true, voters_shown_ = true;
  double zoom_ = 1;
  QPointF offset_;  ///< of the region's middle from the widget's, in widget pixels
  std::optional<QPointF> dragged_;
};

}  // namespace plumbline
