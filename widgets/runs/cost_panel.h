#pragma once
#include <QWidget>

#include "core/review/run_estimate.h"

class QLabel;

namespace plumbline {

/// What the ticked voters cost: how many, ms per image, a bar by model, the time in all.
class CostPanel : public QWidget {
  Q_OBJECT
 public:
  explicit CostPanel(QWidget* parent = nullptr);
  void show_cost(const RunEstimate& cost, bool on_gpu);
  QString total_text() const;

 private:
  class Bar;
  QLabel *voters_, *per_image_, *total_, *note_;
  Bar* bar_;
};

}  // namespace plumbline
