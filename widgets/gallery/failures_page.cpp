#include "widgets/gallery/failures_page.h"

#include <QMenu>
#include <QShortcut>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/decision/policy_bar.h"
#include "widgets/decision/policy_controls.h"
#include "widgets/gallery/box_summary.h"
#include "widgets/gallery/filter_bar.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/gallery/image_overlay.h"
#include "widgets/gallery/object_filter.h"
#include "widgets/gallery/verdict_bar.h"
#include "widgets/inspector/item_inspector.h"
#include "widgets/inspector/remark_panel.h"
#include "widgets/inspector/sample_detail.h"
#include "widgets/page/background.h"
#include "widgets/page/picked_items.h"
#include "widgets/page/settings.h"
#include "widgets/picture/thumbnail_loader.h"
#include "widgets/study/remarks.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

namespace {

QString thumbnail_setting() { return QStringLiteral("thumbnail_side"); }

Result<std::shared_ptr<const NameIndex>> read_names(const OpenedRun& run) {
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  auto names = std::make_shared<NameIndex>();
  const auto read =
      study->names(run.dataset.id, run.split, [&](std::string_view name) { names->add(name); });
  TRY(read);
  return std::shared_ptr<const NameIndex>(std::move(names));
}

}  // namespace

FailuresPage::FailuresPage(const PageContext& context, QWidget* parent)
    : Page(parent),
      thumbnails_(new ThumbnailLoader(std::int64_t{128} << 20, this)),
      policy_(new PolicyBar(this)),
      verdicts_(new VerdictBar(this)),
      filter_(new FilterBar(this)),
      gallery_(new GalleryView(thumbnails_, this)),
      large_(new ImageOverlay(this)),
      inspector_(new ItemInspector),
      summary_(new BoxSummary(this)) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(policy_);
  rows->addWidget(verdicts_);
  rows->addWidget(filter_);
  rows->addWidget(gallery_, 1);
  verdicts_->setEnabled(false);
  verdicts_->set_chosen(content_.query.verdicts);

  connect(verdicts_, &VerdictBar::chosen_changed, this, &FailuresPage::ask_again);
  connect(filter_, &FilterBar::query_changed, this, &FailuresPage::ask_again);
  connect(filter_, &FilterBar::text_changed, this, &FailuresPage::ask_with_text);
  connect(filter_, &FilterBar::clear_wanted, this, &FailuresPage::clear_filters);
  filter_->set_class_counts([this] { return content_.truth_counts(); },
                            [this] { return content_.label_counts(); });
  connect(gallery_, &GalleryView::current_changed, this, &FailuresPage::show_current);
  connect(gallery_, &GalleryView::selection_changed, this, &FailuresPage::show_selection);
  connect(gallery_, &GalleryView::activated, this, &FailuresPage::show_large);
  gallery_->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(gallery_, &QWidget::customContextMenuRequested, this,
          [this](const QPoint& point) { open_menu(gallery_->mapToGlobal(point)); });
  connect(gallery_, &GalleryView::notice_link, this, &FailuresPage::follow);
  connect(large_, &ImageOverlay::moved, this, [this](int key) { gallery_->move_by_key(key); });
  connect(large_, &ImageOverlay::closed, this, [this] { gallery_->setFocus(); });
  connect(summary_, &BoxSummary::changed, this, &FailuresPage::show_counts);
  connect(inspector_, &ItemInspector::detail_loaded, this, &FailuresPage::refresh_large);
  make_shortcuts();
  show_bars(false);
  set_remarks(context.remarks);
  picked_ = context.picked;
  const int side =
      context.settings == nullptr ? 0 : context.settings->value(thumbnail_setting()).toInt();
  if (side > 0) gallery_->set_thumbnail_side(side);
}

FailuresPage::~FailuresPage() {
  gallery_->set_content(nullptr);
  // The dock that shows it may outlive the page, or never have taken it.
  if (inspector_) delete inspector_;
}

/// Without a study there is nothing to decide or to sort.
void FailuresPage::show_bars(bool shown) {
  for (QWidget* bar : std::initializer_list<QWidget*>{policy_, verdicts_, filter_})
    bar->setVisible(shown);
}

void FailuresPage::make_shortcuts() {
  for (int i = 0; i < static_cast<int>(verdict_kinds); ++i) {
    auto* shortcut = new QShortcut(QKeySequence(Qt::Key_1 + i), this);
    shortcut->setContext(Qt::WidgetWithChildrenShortcut);
    shortcut->setWhatsThis(
        tr("Failures: show or hide what is %1")
            .arg(full_verdict_name(static_cast<Verdict>(i), JudgedItem::sample)));
    connect(shortcut, &QShortcut::activated, this,
            [this, i] { verdicts_->toggle(static_cast<Verdict>(i)); });
  }
  const auto add = [this](const QKeySequence& keys, const QString& words,
                          void (FailuresPage::*act)()) {
    auto* shortcut = new QShortcut(keys, gallery_);
    shortcut->setContext(Qt::WidgetShortcut);
    shortcut->setWhatsThis(words);
    connect(shortcut, &QShortcut::activated, this, act);
  };
  add(Qt::Key_T, tr("Gallery: tag the selection"), &FailuresPage::begin_tag);
  add(Qt::Key_N, tr("Gallery: write a note"), &FailuresPage::begin_note);
  add(Qt::Key_F2, tr("Gallery: edit the note"), &FailuresPage::begin_note);
  add(QKeySequence::Delete, tr("Gallery: clear tags and notes of the selection"),
      &FailuresPage::clear_remarks);
  auto* all = new QShortcut(QKeySequence::SelectAll, gallery_);
  all->setWhatsThis(tr("Gallery: select everything"));
  all->setContext(Qt::WidgetShortcut);
  connect(all, &QShortcut::activated, gallery_, &GalleryView::select_all);
}

void FailuresPage::keep(Settings& settings) const {
  settings.set_value(thumbnail_setting(), gallery_->thumbnail_side());
}

QWidget* FailuresPage::inspector() { return inspector_; }

QString FailuresPage::inspector_fact() const {
  if (!gallery_->current()) return {};
  const QString place = tr("%1 of %2")
                            .arg(with_thousands(static_cast<qint64>(*gallery_->current()) + 1),
                                 with_thousands(static_cast<qint64>(content_.size())));
  const auto selected = static_cast<qint64>(gallery_->selected_count());
  return selected < 2 ? place : tr("%1, %2 selected").arg(place, with_thousands(selected));
}

QWidget* FailuresPage::main_view() {
  // What is in front: keys and their ring do not go to what the large image covers.
  return large_->isHidden() ? static_cast<QWidget*>(gallery_) : large_;
}

bool FailuresPage::settled() const {
  return review_ == nullptr || (!review_->busy() && !summary_->busy() && !reading_names_ &&
                                gallery_->complete() && inspector_->idle());
}

void FailuresPage::show_run(RunReview* review) {
  if (review_) review_->disconnect(this);
  review_ = review;
  gallery_->set_content(nullptr);
  content_.set_review(review);
  content_.query = content_.first_query();
  summary_->set_review(content_.is_of_objects() ? review : nullptr);
  policy_->set_review(review);
  inspector_->set_review(review);
  verdicts_->set_chosen(content_.query.verdicts);
  filter_->clear_text();
  filter_->set_query(content_.query);
  verdicts_->setEnabled(review != nullptr);
  filter_->setEnabled(review != nullptr);
  if (review == nullptr) {
    filter_->set_classes({});
    filter_->set_baseline({});
    filter_->set_voters({});
    verdicts_->show_counts({}, std::nullopt, false);
    filter_->clear_count();
    return;
  }
  gallery_->set_notice({});
  const OpenedRun& run = review->run();
  thumbnails_->set_source(run.folder, run.dataset.id, run.split);
  filter_->set_classes(run.dataset.classes);
  filter_->set_baseline(text_of(run.info.voters.front().model));
  QStringList voters;
  for (const Voter& voter : run.info.voters) voters << text_of(to_string(voter));
  filter_->set_voters(voters);
  filter_->finders()->set_voters(run.info.voters.size());
  gallery_->set_content(&content_);
  connect(review, &RunReview::decided, this, &FailuresPage::take_decisions);
  connect(review, &RunReview::busy_changed, this, &FailuresPage::show_counts);
  take_decisions(true);
}

Result<void> FailuresPage::show_study(const Study* study) {
  policy_->controls()->offer_decisions(study);
  show_bars(study != nullptr);
  return {};
}

void FailuresPage::show_notice(const QString& text) { gallery_->set_notice(text); }

void FailuresPage::take_decisions(bool settled) {
  show_counts();
  if (settled)
    ask_again();
  else
    gallery_->cells_changed();
}

void FailuresPage::show_counts() {
  if (content_.is_of_objects())
    show_object_counts();
  else if (review_)
    verdicts_->show_counts(review_->decisions().counts, review_->baseline_undetected(),
                           review_->busy());
}

void FailuresPage::show_object_counts() {
  if (review_->boxes() == nullptr) return;  // the first decision is under way
  summary_->refresh();
  verdicts_->show_objects(review_->decisions().counts, summary_->pieces(), summary_->explanation(),
                          review_->busy(), summary_->is_stale());
  filter_->finders()->set_counts(content_.finder_counts());
}

void FailuresPage::ask_again() {
  if (!review_ || (content_.is_of_objects() && review_->boxes() == nullptr)) return;
  const std::optional<std::size_t> row = gallery_->current();
  const std::optional<ItemRef> item =
      row && *row < content_.size() ? std::optional(content_.item(*row)) : std::nullopt;
  content_.query.verdicts = verdicts_->chosen();
  filter_->set_columns(content_.table());
  filter_->fill(content_.query);
  apply_tag_filter();
  content_.ask();
  if (content_.is_of_objects()) filter_->finders()->set_counts(content_.finder_counts());
  // The same image stays current; where it is gone, the one that took its place.
  std::optional<std::size_t> current;
  if (content_.size() > 0) {
    if (item) current = content_.row_of(*item);
    if (!current) current = std::min(row.value_or(0), content_.size() - 1);
  }
  gallery_->content_changed(current);
  filter_->set_clearable(is_narrowed());
  filter_->show_count(static_cast<qint64>(content_.size()), content_.offered());
  explain_emptiness();
  show_current();
}

void FailuresPage::ask_with_text() {
  if (!review_) return;
  if (filter_->text().isEmpty() || content_.has_names()) {
    apply_text();
    return ask_again();
  }
  read_names_then_ask();
}

void FailuresPage::read_names_then_ask() {
  if (reading_names_ || !review_) return;  // what is typed meanwhile is read when they are there
  reading_names_ = true;
  run_in_background(
      this, [run = review_->run()] { return read_names(run); },
      [this, review = review_](Result<std::shared_ptr<const NameIndex>> names) {
        reading_names_ = false;
        if (review == nullptr || review != review_) return;
        if (!names) return Q_EMIT failed(text_of(to_string(names.error())));
        content_.set_names(std::move(*names));
        Q_EMIT places_changed();
        if (filter_->text().isEmpty()) return;
        apply_text();
        ask_again();
      });
}

void FailuresPage::apply_text() {
  const QString text = filter_->text();
  content_.set_text(text.toStdString());
  if (text.isEmpty() || !remarks_) return;
  content_.set_also(remarks_->noted_with(text));
}

void FailuresPage::apply_tag_filter() {
  content_.set_tag_matches(
      remarks_ ? passing_rows(content_.table(), remarks_->values(), filter_->remark_filter())
               : std::vector<std::uint8_t>());
}

void FailuresPage::set_remarks(Remarks* remarks) {
  remarks_ = remarks;
  content_.set_remarks(&remarks->values());
  inspector_->set_remarks(remarks);
  connect(remarks, &Remarks::changed, this, &FailuresPage::take_remarks);
  connect(inspector_, &ItemInspector::remark_left, this, [this] { gallery_->setFocus(); });
}

void FailuresPage::take_remarks() {
  filter_->set_tags(remarks_->all_tags());
  if (!review_) return;
  gallery_->cells_changed();
  // The gallery stays as it is unless tags decide what it shows.
  if (content_.has_tag_filter() || filter_->remark_filter().kind != RemarkFilter::Kind::any)
    ask_again();
}

std::vector<ItemRef> FailuresPage::selected_items() const {
  std::vector<ItemRef> items;
  for (const std::size_t row : gallery_->selection()) items.push_back(content_.item(row));
  return items;
}

void FailuresPage::show_selection() {
  inspector_->remarks()->show_items(
      gallery_->current() ? std::optional(content_.item(*gallery_->current())) : std::nullopt,
      selected_items());
  if (picked_) picked_->set(selected_items());
  Q_EMIT inspector_fact_changed();
}

/// Whether anything but the verdicts keeps items out.
bool FailuresPage::is_narrowed() const {
  ReviewQuery open = content_.first_query();
  open.verdicts = content_.query.verdicts;
  open.sort = content_.query.sort;
  open.descending = content_.query.descending;
  return open != content_.query || content_.has_tag_filter() || !content_.text().empty();
}

bool FailuresPage::may_remark() const {
  return gallery_->current() && remarks_ && remarks_->writable();
}

void FailuresPage::clear_remarks() {
  if (may_remark()) remarks_->clear(selected_items());
}

void FailuresPage::begin_tag() {
  if (may_remark()) inspector_->begin_remark(true);
}

void FailuresPage::begin_note() {
  if (may_remark()) inspector_->begin_remark(false);
}

void FailuresPage::open_menu(const QPoint& at) {
  if (!gallery_->current()) return;
  const auto items = selected_items();
  const bool writable = may_remark();
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("gallery_menu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->setToolTipsVisible(true);
  const auto offer_remark = [this, writable](QAction* action) {
    action->setEnabled(writable);
    if (!writable && remarks_ != nullptr) action->setToolTip(remarks_->obstacle());
  };
  menu->addAction(tr("Open large"), QKeySequence(Qt::Key_Space), this, &FailuresPage::show_large);
  menu->addAction(tr("Show file"), this, &FailuresPage::show_file);
  menu->addAction(tr("Copy paths"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), this,
                  &FailuresPage::copy_files);
  menu->addSeparator();
  offer_remark(
      menu->addAction(tr("Add tag…"), QKeySequence(Qt::Key_T), this, &FailuresPage::begin_tag));
  if (remarks_) {
    for (const QString& tag : remarks_->all_tags()) {
      QAction* action = menu->addAction(tag);
      action->setCheckable(true);
      action->setChecked(std::ranges::all_of(items, [&](ItemRef item) {
        return remarks_->values().has_tag(tag.toStdString(), item);
      }));
      offer_remark(action);
      connect(action, &QAction::toggled, this,
              [this, items, tag](bool on) { remarks_->tag(items, tag, on); });
    }
  }
  offer_remark(
      menu->addAction(tr("Note…"), QKeySequence(Qt::Key_N), this, &FailuresPage::begin_note));
  offer_remark(menu->addAction(tr("Clear tags and notes"), QKeySequence(QKeySequence::Delete), this,
                               &FailuresPage::clear_remarks));
  menu->addSeparator();
  menu->addAction(tr("Select all"), QKeySequence(QKeySequence::SelectAll), gallery_,
                  &GalleryView::select_all);
  menu->addAction(tr("Export selection…"), this, &FailuresPage::export_selection);
  menu->popup(at);
}

void FailuresPage::explain_emptiness() {
  if (content_.size() > 0) return gallery_->set_notice({});
  if (content_.is_of_objects()) return explain_no_objects();
  ReviewQuery open = content_.query;
  open.truth.reset();
  open.label.reset();
  open.ranges.clear();
  open.words.clear();
  open.members.clear();
  const bool narrowed = open != content_.query || content_.has_tag_filter();
  if (!content_.text().empty()) {
    const auto without = content_.count(content_.query, false);
    if (without > 0)
      return gallery_->set_notice(
          tr("No image matches. %1 do %2.")
              .arg(with_thousands(without),
                   anchor(CommandName{clear_text_command()}, tr("without the text filter"))));
  }
  const auto without = content_.count(open, false, false);
  if ((narrowed || !content_.text().empty()) && without > 0)
    return gallery_->set_notice(
        tr("No image matches. %1 do %2.")
            .arg(with_thousands(without),
                 anchor(CommandName{clear_filters_command()}, tr("without the filters"))));
  gallery_->set_notice(
      tr("No image has one of the chosen verdicts. %1")
          .arg(anchor(CommandName{all_verdicts_command()}, tr("Show all verdicts"))));
}

void FailuresPage::explain_no_objects() {
  ReviewQuery open = content_.first_query();
  open.verdicts = content_.query.verdicts;
  if (const auto without = content_.count(open, false, false); without > 0)
    return gallery_->set_notice(
        tr("No object matches. %1 do %2.")
            .arg(with_thousands(without),
                 anchor(CommandName{clear_filters_command()}, tr("without the filters"))));
  const bool asks_missed = open.shows(Verdict::undetected) && !open.shows(Verdict::kept) &&
                           !open.shows(Verdict::unjudged);
  gallery_->set_notice(
      asks_missed ? tr("Every object is found at score ≥ %1.")
                        .arg(decimal(static_cast<double>(review_->boxes()->least), 2))
                  : tr("Nothing has one of the chosen verdicts. %1")
                        .arg(anchor(CommandName{all_verdicts_command()}, tr("Show all verdicts"))));
}

void FailuresPage::show_current() {
  const auto row = gallery_->current();
  const auto item = row ? std::optional(content_.item(*row)) : std::nullopt;
  if (inspector_->item() != item) inspector_->show_item(item);
  show_selection();
}

void FailuresPage::show_large() {
  large_->setGeometry(rect());
  refresh_large();
  large_->show();
  large_->raise();
  large_->setFocus();
}

void FailuresPage::refresh_large() {
  const auto detail = inspector_->detail();
  const auto row = gallery_->current();
  if (detail == nullptr || !row) return large_->show_image({}, {}, {}, {});
  const GalleryCell cell = content_.cell(*row);
  const QString words =
      cell.truth.isEmpty() ? cell.predicted : cell.truth + QStringLiteral(" → ") + cell.predicted;
  large_->show_image(
      detail->image, detail->image_size, detail->image_error,
      QStringLiteral("%1   %2   %3")
          .arg(full_verdict_name(cell.verdict, content_.is_of_objects() ? JudgedItem::object
                                                                        : JudgedItem::sample),
               words, detail->name));
}

}  // namespace plumbline
