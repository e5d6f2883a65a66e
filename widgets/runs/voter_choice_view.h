#pragma once
#include <QTableView>

namespace plumbline {

class VoterChoiceModel;

/// The matrix in which a run's voters are ticked. Arrows move, Space ticks, Shift+Space fills from
/// the last ticked cell, a click on a view's or a model's name ticks its column or row. Ticked
/// cells are tinted, so that the configuration is seen as a shape; a small mark says how much of a
/// voter is computed already.
class VoterChoiceView : public QTableView {
  Q_OBJECT
 public:
  explicit VoterChoiceView(VoterChoiceModel* model, QWidget* parent = nullptr);

  QSize sizeHint() const override;

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;

 private:
  void lay_out();
  void fit_columns();
  void toggle(const QModelIndex& index, bool fill);

  VoterChoiceModel* choice_;
  QPersistentModelIndex last_;
};

}  // namespace plumbline
