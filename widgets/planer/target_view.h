#pragma once
#include <QTableView>

namespace plumbline {

class TargetModel;

/// The table of targets: queued ones are dragged, or moved with Alt and an arrow; Delete removes.
class TargetView : public QTableView {
  Q_OBJECT
 public:
  explicit TargetView(TargetModel* model, QWidget* parent = nullptr);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void removal_wanted(int row);
  void row_chosen(int row);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  TargetModel* model_;
};

}  // namespace plumbline
