#pragma once
#include <QPointer>

#include <array>
#include <filesystem>
#include <vector>

#include "core/study/study.h"
#include "widgets/compare/compare_gallery.h"
#include "widgets/page/page.h"

class QAbstractButton;
class QLabel;
class QSortFilterProxyModel;
class QTableView;

namespace plumbline {

class ClassComparisonModel;
class CompareSide;
class GalleryView;
class Remarks;
class SampleInspector;
class ThumbnailLoader;

/// Two runs, or two policies on one: what the second gains, loses and changes, by image and by
/// class.
class ComparePage : public Page {
  Q_OBJECT
 public:
  explicit ComparePage(QWidget* parent = nullptr);
  ~ComparePage() override;

  QString title() const override { return tr("Compare"); }
  QString key() const override { return QStringLiteral("compare"); }
  QWidget* inspector() override;
  QString inspector_fact() const override;
  void show_run(RunReview* review) override;
  void show_notice(const QString& text) override;
  QWidget* main_view() override;
  void theme_changed() override { show_comparison(); }
  bool settled() const override;

  /// Tags and notes of the split that is open in the window. Not owned.
  void set_remarks(Remarks* remarks);

  void set_study(const std::filesystem::path& study, const std::vector<RunInfo>& runs);
  const Comparison* comparison() const { return comparison_ ? &*comparison_ : nullptr; }
  const CompareGallery& content() const { return content_; }
  GalleryView* gallery() const { return gallery_; }

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void take_decisions();
  void show_comparison();
  void ask_again();
  void show_current();
  void start_sides();

  CompareSide *first_, *second_;
  std::array<QAbstractButton*, change_kinds> kinds_{};
  QLabel *summary_, *problem_;
  ThumbnailLoader* thumbnails_;
  GalleryView* gallery_;
  QTableView* table_;
  ClassComparisonModel* classes_;
  QSortFilterProxyModel* sorted_;
  QPointer<SampleInspector> inspector_;
  CompareGallery content_;
  std::optional<Comparison> comparison_;
  std::optional<ClassIndex> truth_;
  const RunReview* shown_ = nullptr;  ///< whose pictures the gallery has
  QString offered_;                   ///< the run that both sides were set to
  QPointer<Remarks> remarks_;
  QPointer<RunReview> open_;  ///< what the window has open
};

}  // namespace plumbline
