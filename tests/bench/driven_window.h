#pragma once
#include <QApplication>
#include <QString>

#include <functional>
#include <memory>
#include <vector>

#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/window/main_window.h"

namespace plumbline {

/// Tells how long the events took in which something was painted.
class TimedApplication : public QApplication {
 public:
  using QApplication::QApplication;
  bool notify(QObject* receiver, QEvent* event) override;
  /// Of every event that painted the watched widget: milliseconds. Null: nobody asks.
  std::vector<double>* paints = nullptr;
  int painted = 0;  ///< frames of the watched widget
  QObject* watched = nullptr;

 private:
  int depth_ = 0;
};

/// The workbench's own window on a study, driven by the events that a user causes.
class DrivenWindow {
 public:
  explicit DrivenWindow(const QString& study);
  ~DrivenWindow();
  DrivenWindow(const DrivenWindow&) = delete;
  DrivenWindow& operator=(const DrivenWindow&) = delete;

  /// The event loop until the run is open and every visible picture is decoded and painted.
  void wait_until_usable();

  /// Milliseconds from an action to the gallery's next painted frame: all of the events that are
  /// processed, and the paint itself.
  double frame_ms(const std::function<void()>& action) const;
  /// Frames are those of this widget instead of the gallery.
  void watch(QWidget* widget) { application_.watched = widget; }
  /// Waits for events for the rest of a frame of the display; what is painted meanwhile, as when
  /// thumbnails arrive, is added to `frames`.
  void rest_of_frame(double spent_ms, std::vector<double>& frames);

  MainWindow& window() { return *window_; }
  GalleryView& gallery() { return *window_->page<FailuresPage>()->gallery(); }
  const FailureGallery& rows() const { return window_->page<FailuresPage>()->content(); }
  template <class T>
  T& find(const char* name) {
    auto* found = window_->findChild<T*>(QString::fromLatin1(name));
    if (found == nullptr) qFatal("the window has no '%s'", name);
    return *found;
  }
  void show_all_verdicts();

 private:
  std::unique_ptr<MainWindow> window_;
  TimedApplication& application_;
};

/// The value that a share of the others does not exceed.
double percentile(std::vector<double> values, double share);

/// "what: value of limit (ratio)".
void print_figure(const QString& what, double value, double limit, const char* unit);

}  // namespace plumbline
