#pragma once
#include "widgets/bars/bar.h"
#include "widgets/bars/elided_label.h"

namespace plumbline {

/// The title of a part of a page, as docks have theirs: its name, one fact or hint at the right.
class TitleBar : public Bar {
  Q_OBJECT
 public:
  TitleBar(const QString& name, const QString& fact, QWidget* parent);
  void set_name(const QString& name) { name_->setText(name); }
  void set_fact(const QString& fact);
  QString fact() const { return fact_->text(); }
  /// A control at the right of the fact.
  void add_control(QWidget* control);

 private:
  QLabel* name_;
  ElidedLabel* fact_;
};

/// The base colour behind controls that stand on no bar.
class Ground : public QWidget {
  Q_OBJECT
 public:
  using QWidget::QWidget;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace plumbline
