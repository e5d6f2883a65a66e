#pragma once
#include <QWidget>

namespace plumbline {

class RunReview;

/// One page of the workbench. The window owns the pages, shows the title as a tab and the page's
/// inspector, where it has one, in the dock at the right. A page's own actions stand in the
/// palette. A further page is one class and one line in MainWindow's constructor.
class Page : public QWidget {
  Q_OBJECT
 public:
  using QWidget::QWidget;

  virtual QString title() const = 0;
  virtual QString key() const = 0;  ///< in settings and `screenshot --page`
  virtual QWidget* inspector() { return nullptr; }
  /// The fact in the title of the inspector's dock.
  virtual QString inspector_fact() const { return {}; }

  /// A run was opened, or none is open any more (null). Not owned.
  virtual void show_run(RunReview* review) = 0;
  /// In place of a run: what to do next, or what is under way. Rich text.
  virtual void show_notice(const QString& text) = 0;
  /// Where Esc leads to.
  virtual QWidget* main_view() = 0;
  /// Colours that were written into texts are to be written anew.
  virtual void theme_changed() {}
  /// The jobs below begin as one line: the page says itself what is at work.
  virtual bool wants_jobs_folded() const { return false; }
  /// Nothing that a picture of the page would show is still to come.
  virtual bool settled() const { return true; }

 Q_SIGNALS:
  void inspector_fact_changed();
  void link_activated(const QString& link);
};

}  // namespace plumbline
