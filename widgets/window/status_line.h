#pragma once
#include <QStatusBar>

class QLabel;

namespace plumbline {

class RunReview;
class Study;

/// The line at the window's foot: what is open and where it was computed, and for a while what was
/// said last.
class StatusLine : public QStatusBar {
  Q_OBJECT
 public:
  explicit StatusLine(QWidget* parent = nullptr);

  /// Null: none is open.
  void show_open(const Study* study, const RunReview* review);
  void say(const QString& message);

 private:
  QLabel *study_, *run_, *decoder_, *device_;
};

}  // namespace plumbline
