#pragma once
#include <QTableView>

namespace plumbline {

class ArchitectureModel;

/// The strips. A click or Space selects a row, a second one compares both: blocks that differ stay,
/// the rest fades. Esc selects nothing.
class ArchitectureView : public QTableView {
  Q_OBJECT
 public:
  explicit ArchitectureView(ArchitectureModel* model, QWidget* parent = nullptr);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void place_columns();
  ArchitectureModel* model_;
};

/// What the colours of the strips mean.
class OptionLegend : public QWidget {
  Q_OBJECT
 public:
  explicit OptionLegend(QWidget* parent = nullptr);
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace plumbline
