#pragma once
#include <QPointer>

#include <array>
#include <optional>

#include "widgets/compare/compare_gallery.h"
#include "widgets/page/context.h"
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
class ItemInspector;
class ThumbnailLoader;

/// Two runs, or two policies on one: what the second gains, loses and changes, by image and by
/// class.
class ComparePage : public Page {
  Q_OBJECT
 public:
  static constexpr char page_key[] = "compare";
  explicit ComparePage(const PageContext& context, QWidget* parent = nullptr);
  ~ComparePage() override;

  QString title() const override { return tr("Compare"); }
  QString key() const override { return QString::fromLatin1(page_key); }
  QWidget* inspector() override;
  QString inspector_fact() const override;
  Result<void> show_study(const Study* study) override;
  bool shows_runs_of(std::string_view) const override { return true; }
  void show_run(RunReview* review) override;
  bool shows(const Route& route) const override;
  void show_notice(const QString& text) override;
  QWidget* main_view() override;
  void theme_changed() override { show_comparison(); }
  bool settled() const override;

  const Comparison* comparison() const { return comparison_ ? &*comparison_ : nullptr; }
  CompareSide* first() const { return first_; }
  CompareSide* second() const { return second_; }
  /// Sets the first side's threshold so that it keeps as many as the second one.
  void meet_at_equal_kept();
  const CompareGallery& content() const { return content_; }
  GalleryView* gallery() const { return gallery_; }

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void show_bars(bool shown);
  void set_remarks(Remarks* remarks);
  void take_decisions();
  void show_comparison();
  void ask_again();
  void show_current();
  void start_sides();

  CompareSide *first_, *second_;
  std::array<QAbstractButton*, change_kinds> kinds_{};
  std::array<QWidget*, 3> bars_{};
  QAbstractButton* equal_kept_ = nullptr;
  bool meeting_ = false;
  QLabel *summary_, *problem_;
  ThumbnailLoader* thumbnails_;
  GalleryView* gallery_;
  QTableView* table_;
  ClassComparisonModel* classes_;
  QSortFilterProxyModel* sorted_;
  QPointer<ItemInspector> inspector_;
  CompareGallery content_;
  std::optional<Comparison> comparison_;
  std::optional<ClassIndex> truth_;
  const RunReview* shown_ = nullptr;  ///< whose pictures the gallery has
  QString offered_;                   ///< the run that both sides were set to
  QPointer<Remarks> remarks_;         ///< of the split that is open in the window
  QPointer<RunReview> open_;          ///< what the window has open
};

}  // namespace plumbline
