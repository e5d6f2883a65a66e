#pragma once
#include <QLabel>
#include <QWidget>

namespace plumbline {

/// A strip above a page's content: the window's colour and a line below.
class Bar : public QWidget {
  Q_OBJECT
 public:
  explicit Bar(QWidget* parent = nullptr);

 protected:
  void paintEvent(QPaintEvent* event) override;
};

/// Text in the secondary colour of whatever theme is in use.
class SecondaryLabel : public QLabel {
  Q_OBJECT
 public:
  explicit SecondaryLabel(const QString& text = {}, QWidget* parent = nullptr);
};

/// A label before a control, as one item of a bar. The label names the control for screen readers.
QWidget* labelled(const QString& label, QWidget* control, QWidget* parent);

/// Offers a control that changes the study, or withholds it: it is disabled then, and its tooltip
/// is the obstacle. Without one the control has its own tooltip again.
void offer(QWidget* control, const QString& obstacle);

}  // namespace plumbline
