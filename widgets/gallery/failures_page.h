#pragma once
#include <QPointer>

#include "widgets/gallery/failure_gallery.h"
#include "widgets/page/context.h"
#include "widgets/page/page.h"

namespace plumbline {

class BoxSummary;
class FilterBar;
class GalleryView;
class ImageOverlay;
class ItemInspector;
class PickedItems;
class PolicyBar;
class Remarks;
class ThumbnailLoader;
class VerdictBar;

/// What is decided, what comes of it, and the images that it is about.
class FailuresPage : public Page {
  Q_OBJECT
 public:
  static constexpr char page_key[] = "failures";
  // Commands that the page's notices lead to.
  static QString clear_text_command() { return QStringLiteral("clear-text"); }
  static QString clear_filters_command() { return QStringLiteral("clear-filters"); }
  static QString all_verdicts_command() { return QStringLiteral("all-verdicts"); }
  explicit FailuresPage(const PageContext& context, QWidget* parent = nullptr);
  ~FailuresPage() override;

  QString title() const override { return tr("Failures"); }
  QString key() const override { return QString::fromLatin1(page_key); }
  QWidget* inspector() override;
  QString inspector_fact() const override;
  std::vector<MenuCommand> commands() override;
  std::vector<KeyHint> key_hints() const override;
  bool shows_runs_of(std::string_view) const override { return true; }
  void show_run(RunReview* review) override;
  Result<void> show_study(const Study* study) override;
  bool shows_decisions() const override { return true; }
  void show_notice(const QString& text) override;
  bool shows(const Route& route) const override;
  /// Makes an item current, with filters widened where they hide it.
  Result<void> go_to(const Route& route) override;
  /// Samples by number or by name. Names are read when they are first asked for.
  std::vector<Place> places_of(const QString& text) override;
  QWidget* main_view() override;
  void theme_changed() override { show_counts(); }
  bool settled() const override;
  void keep(Settings& settings) const override;

  /// Items that are selected in the gallery, in its order.
  std::vector<ItemRef> selected_items() const;
  void begin_tag();
  void begin_note();

  GalleryView* gallery() const { return gallery_; }
  const FailureGallery& content() const { return content_; }

 private:
  void make_shortcuts();
  void show_bars(bool shown);
  void set_remarks(Remarks* remarks);
  void show_and(void (FailuresPage::*act)());
  void zoom(int steps);
  void copy_files();
  void show_file();
  void clear_remarks();
  bool may_remark() const;
  bool is_narrowed() const;
  void export_selection();
  void show_item(ItemRef item);
  Result<void> show_filtered(const Route& route);
  /// Names of the samples once they were read; null before. Asking starts the reading.
  std::shared_ptr<const NameIndex> names();
  void ask_again();
  void ask_with_text();
  void read_names_then_ask();
  void apply_text();
  void apply_tag_filter();
  void take_remarks();
  void show_selection();
  void open_menu(const QPoint& at);
  void take_decisions(bool settled);
  void show_counts();
  void show_object_counts();
  void show_current();
  void show_large();
  void refresh_large();
  void explain_emptiness();
  void explain_no_objects();
  void clear_text();
  void clear_filters();
  void show_all_verdicts();

  QPointer<RunReview> review_;
  QPointer<Remarks> remarks_;
  QPointer<PickedItems> picked_;
  FailureGallery content_;
  ThumbnailLoader* thumbnails_;
  PolicyBar* policy_;
  VerdictBar* verdicts_;
  FilterBar* filter_;
  GalleryView* gallery_;
  ImageOverlay* large_;
  QPointer<ItemInspector> inspector_;
  BoxSummary* summary_;  ///< of a run of boxes
  bool reading_names_ = false;
};

}  // namespace plumbline
