#pragma once
#include <QPointer>

#include "widgets/gallery/failure_gallery.h"
#include "widgets/window/page.h"

namespace plumbline {

class FilterBar;
class GalleryView;
class ImageOverlay;
class PolicyBar;
class SampleInspector;
class ThumbnailLoader;
class VerdictBar;

/// What is decided, what comes of it, and the images that it is about.
class FailuresPage : public Page {
  Q_OBJECT
 public:
  explicit FailuresPage(QWidget* parent = nullptr);
  ~FailuresPage() override;

  QString title() const override { return tr("Failures"); }
  QString key() const override { return QStringLiteral("failures"); }
  QWidget* inspector() override;
  QString inspector_fact() const override;
  void show_run(RunReview* review) override;
  void show_notice(const QString& text) override;
  QWidget* main_view() override;
  void theme_changed() override { show_counts(); }
  bool settled() const override;

  GalleryView* gallery() const { return gallery_; }
  const FailureGallery& content() const { return content_; }

 private:
  void make_shortcuts();
  void ask_again();
  void ask_with_text();
  void take_decisions(bool settled);
  void show_counts();
  void show_current();
  void show_large();
  void refresh_large();
  void explain_emptiness();
  void follow_link(const QString& link);

  QPointer<RunReview> review_;
  FailureGallery content_;
  ThumbnailLoader* thumbnails_;
  PolicyBar* policy_;
  VerdictBar* verdicts_;
  FilterBar* filter_;
  GalleryView* gallery_;
  ImageOverlay* large_;
  QPointer<SampleInspector> inspector_;
  bool reading_names_ = false;
};

}  // namespace plumbline
