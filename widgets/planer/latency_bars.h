#pragma once
#include <QWidget>

#include "widgets/planer/latency_rows.h"

namespace plumbline {

/// Where the time goes: stacked bars with the total in ms at the right, by kind of layer as shares
/// of the whole, or by block on one common scale.
class LatencyBars : public QWidget {
  Q_OBJECT
 public:
  explicit LatencyBars(QWidget* parent = nullptr);
  /// `common_scale`: lengths are milliseconds, so that rows can be compared; else shares.
  void show_rows(std::vector<LatencyRow> rows, bool common_scale, const QString& note);
  const std::vector<LatencyRow>& rows() const { return rows_; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;

 private:
  QRectF bar(std::size_t row) const;
  QRectF part(std::size_t row, std::size_t part) const;

  std::vector<LatencyRow> rows_;
  bool common_scale_ = false;
  QString note_;
};

}  // namespace plumbline
