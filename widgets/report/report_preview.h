#pragma once
#include <QAbstractScrollArea>

#include <memory>

#include "widgets/report/report_pages.h"

namespace plumbline {

/// Pages below each other on a desk, as they are printed: always light. Only what is visible is
/// painted.
class ReportPreview : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit ReportPreview(QWidget* parent = nullptr);

  void set_pages(std::shared_ptr<const ReportPages> pages);
  const ReportPages* pages() const { return pages_.get(); }
  /// Width of a page in pixels; 0: as wide as there is room.
  void set_zoom(double pixels_a_point);
  int current_page() const;  ///< at the middle of what is visible; from 0
  void go_to_page(int page);
  void go_to_section(const QString& section);

 Q_SIGNALS:
  void section_clicked(const QString& section);
  void page_changed(int page);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  double scale() const;  ///< pixels a unit of paper
  double page_top(int page) const;
  void lay_out();

  std::shared_ptr<const ReportPages> pages_;
  double zoom_ = 0;
};

}  // namespace plumbline
