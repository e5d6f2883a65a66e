#include "widgets/compare/compare_page.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

#include "core/review/compared_side.h"
#include "core/review/select_parameters.h"
#include "widgets/bars/bar.h"
#include "widgets/bars/name_column.h"
#include "widgets/bars/row_table.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/compare/class_comparison_model.h"
#include "widgets/compare/compare_side.h"
#include "widgets/decision/policy_bar.h"
#include "widgets/decision/review_command.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/inspector/item_inspector.h"
#include "widgets/inspector/remark_panel.h"
#include "widgets/page/background.h"
#include "widgets/picture/thumbnail_loader.h"
#include "widgets/study/remarks.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int least_rows = 2;  ///< of the table of classes, in a low window

QString kind_name(Change change) {
  switch (change) {
    case Change::same: return ComparePage::tr("same");
    case Change::gained: return ComparePage::tr("gained");
    case Change::lost: return ComparePage::tr("lost");
    case Change::changed: return ComparePage::tr("changed in another way");
    case Change::unjudged: return ComparePage::tr("not judged");
  }
  return {};
}

QString kind_hint(Change change, JudgedItem item) {
  const bool of_objects = item == JudgedItem::object;
  switch (change) {
    case Change::gained:
      return of_objects
                 ? ComparePage::tr("objects undetected by the first, found by the second")
                 : ComparePage::tr("undetected or needlessly rejected before, kept or caught now");
    case Change::lost:
      return of_objects
                 ? ComparePage::tr("objects found by the first, undetected by the second")
                 : ComparePage::tr("kept or caught before, undetected or needlessly rejected now");
    case Change::changed:
      return ComparePage::tr("a different label or verdict, neither better nor worse");
    default: return {};
  }
}

}  // namespace

ComparePage::ComparePage(const PageContext& context, QWidget* parent)
    : Page(parent),
      first_(new CompareSide(tr("First"), QStringLiteral("first"), this)),
      second_(new CompareSide(tr("Second"), QStringLiteral("second"), this)),
      summary_(new SecondaryLabel({}, this)),
      problem_(new QLabel(this)),
      thumbnails_(new ThumbnailLoader(std::int64_t{32} << 20, this)),
      gallery_(new GalleryView(thumbnails_, this)),
      table_(new QTableView(this)),
      classes_(new ClassComparisonModel(this)),
      sorted_(new QSortFilterProxyModel(this)),
      inspector_(new ItemInspector) {
  auto* counts = new Bar(this);
  auto* count_row =
      new WrapLayout(counts, spacing::bar_height, spacing::grid, spacing::page_margin);
  for (const Change change : {Change::gained, Change::lost, Change::changed, Change::same}) {
    auto* button = new QPushButton(kind_name(change), counts);
    button->setCheckable(true);
    button->setChecked(change == Change::gained || change == Change::lost);
    button->setToolTip(kind_hint(change, JudgedItem::sample));
    explain(button, "compare.change");
    button->setObjectName(QStringLiteral("change_%1").arg(static_cast<int>(change)));
    connect(button, &QPushButton::toggled, this, &ComparePage::ask_again);
    count_row->addWidget(button);
    kinds_[static_cast<std::size_t>(change)] = button;
  }
  auto* equal = new QPushButton(tr("At equal kept"), counts);
  equal->setObjectName(QStringLiteral("equal_kept"));
  equal->setToolTip(
      tr("Sets the first side's threshold so that it keeps as many correct labels as the second "
         "side; undetected mispredictions can then be compared"));
  connect(equal, &QPushButton::clicked, this, &ComparePage::meet_at_equal_kept);
  equal_kept_ = equal;
  count_row->addWidget(equal);
  auto* swap = new QPushButton(tr("Swap"), counts);
  swap->setObjectName(QStringLiteral("swap_sides"));
  count_row->addWidget(swap);
  connect(swap, &QPushButton::clicked, this, [this] {
    if (first_->review() == nullptr || second_->review() == nullptr) return;
    const QString run = first_->run();
    const BoundPolicy policy = first_->review()->bound_policy();
    const auto voters = first_->review()->policy_voters();
    first_->choose(second_->run(), second_->review()->bound_policy(),
                   second_->review()->policy_voters());
    second_->choose(run, policy, voters);
  });
  summary_->setObjectName(QStringLiteral("comparison"));
  summary_->setTextFormat(Qt::RichText);
  explain(summary_, "compare.summary");
  count_row->add_trailing(summary_);

  sorted_->setSourceModel(classes_);
  sorted_->setSortRole(Qt::UserRole);
  table_->setModel(sorted_);
  table_->setObjectName(QStringLiteral("class_table"));
  table_->setAccessibleName(tr("By class"));
  explain_columns(table_,
                  {"", "compare.items", "compare.share", "compare.share", "compare.difference",
                   "compare.undetected", "compare.undetected", "compare.gained", "compare.lost"});
  table_->setSortingEnabled(true);
  table_->sortByColumn(-1, Qt::AscendingOrder);
  show_as_rows(table_, spacing::dock_title_height);
  table_->horizontalHeader()->setMinimumSectionSize(48);
  table_->setMinimumHeight(spacing::dock_title_height + least_rows * spacing::row_height +
                           spacing::scroll_bar_width);
  table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  constexpr int widths[] = {66, 96, 98, 92, 70, 70, 62, 52};
  new NameColumn(table_, widths);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) {
            const ClassIndex truth =
                index.isValid() ? classes_->truth(sorted_->mapToSource(index).row()) : no_class;
            truth_ = truth == no_class ? std::nullopt : std::optional(truth);
            ask_again();
          });

  auto* split = new QSplitter(Qt::Vertical, this);
  split->setHandleWidth(1);
  split->setChildrenCollapsible(false);
  split->addWidget(gallery_);
  split->addWidget(table_);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 2);
  problem_->setAlignment(Qt::AlignCenter);
  problem_->setWordWrap(true);
  problem_->setTextFormat(Qt::RichText);
  connect(problem_, &QLabel::linkActivated, this, &ComparePage::follow);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(first_->bar());
  rows->addWidget(second_->bar());
  rows->addWidget(counts);
  bars_ = {first_->bar(), second_->bar(), counts};
  show_bars(false);
  rows->addWidget(split, 1);
  rows->addWidget(problem_, 1);
  for (const CompareSide* side : {first_, second_})
    connect(side, &CompareSide::failed, this, &Page::failed);
  connect(first_, &CompareSide::decided, this, &ComparePage::take_decisions);
  connect(second_, &CompareSide::decided, this, &ComparePage::take_decisions);
  connect(gallery_, &GalleryView::current_changed, this, &ComparePage::show_current);
  connect(gallery_, &GalleryView::selection_changed, this, &ComparePage::show_current);
  set_remarks(context.remarks);
  // What stands in gallery and inspector is the second side's.
  const auto source = [this] {
    FigureSource figures =
        second_->review() == nullptr ? FigureSource() : figure_source_of(*second_->review());
    if (comparison_)
      figures.insert(QStringLiteral("COMPARE"),
                     compare_command(*first_->review(), *second_->review()));
    return figures;
  };
  set_figure_source(this, source);
  set_figure_source(inspector_, source);
  take_decisions();
}

ComparePage::~ComparePage() {
  gallery_->set_content(nullptr);
  if (inspector_) {
    inspector_->set_review(nullptr);
    delete inspector_;
  }
}

QWidget* ComparePage::inspector() { return inspector_; }
QWidget* ComparePage::main_view() { return gallery_; }

QString ComparePage::inspector_fact() const {
  if (!gallery_->current()) return {};
  return tr("%1 of %2")
      .arg(with_thousands(static_cast<qint64>(*gallery_->current()) + 1),
           with_thousands(static_cast<qint64>(content_.size())));
}

bool ComparePage::settled() const {
  return !first_->busy() && !second_->busy() && !meeting_ &&
         (!comparison_ || (gallery_->complete() && inspector_->idle()));
}

/// Without a study there is nothing to choose.
void ComparePage::show_bars(bool shown) {
  for (QWidget* bar : bars_) bar->setVisible(shown);
}

Result<void> ComparePage::show_study(const Study* study) {
  std::vector<RunInfo> runs;
  if (study != nullptr) {
    auto read = study->runs();
    TRY(read);
    runs = std::move(*read);
  }
  QStringList names;
  for (const RunInfo& run : runs) names << text_of(run.name);
  const auto folder = study != nullptr ? study->folder() : std::filesystem::path();
  show_bars(study != nullptr);
  first_->set_runs(folder, names);
  second_->set_runs(folder, names);
  first_->offer_decisions(study);
  second_->offer_decisions(study);
  if (names.isEmpty()) offered_.clear();
  return {};
}

bool ComparePage::shows(const Route& route) const { return !route.run.isEmpty() && !route.item; }

/// The window's run under its policy, beside its baseline: the first question that anyone has. Set
/// up when the page is first looked at.
void ComparePage::show_run(RunReview* review) {
  open_ = review;
  if (isVisible()) start_sides();
}

void ComparePage::start_sides() {
  if (open_ == nullptr) return;
  const QString run = text_of(open_->run().info.name);
  if (offered_ == run) return;
  offered_ = run;
  const OpenedRun& opened = open_->run();
  if (auto baseline = baseline_of(*opened.kind, opened.info)) {
    if (auto bound = bind(baseline->policy, {.classes = opened.dataset.classes}))
      first_->choose(run, *bound, std::move(baseline->voters));
  }
  second_->choose(run, open_->bound_policy(), open_->policy_voters());
}

void ComparePage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  start_sides();
}

void ComparePage::show_notice(const QString& text) {
  if (!comparison_) problem_->setText(text);
}

void ComparePage::take_decisions() {
  const RunReview *a = first_->review(), *b = second_->review();
  // What the gallery and the inspector show must not outlive its review.
  if (b != shown_) {
    gallery_->set_content(nullptr);
    content_.set_reviews(nullptr, nullptr, nullptr);
    inspector_->set_review(second_->review());
    shown_ = b;
    if (b != nullptr) thumbnails_->set_source(b->run().folder, b->run().dataset.id, b->run().split);
  }
  comparison_.reset();
  QString problem;
  if (!first_->error().isEmpty())
    problem = tr("First: %1").arg(first_->error().toHtmlEscaped());
  else if (!second_->error().isEmpty())
    problem = tr("Second: %1").arg(second_->error().toHtmlEscaped());
  else if (a == nullptr || b == nullptr)
    problem = first_->busy() || second_->busy() ? tr("Reading the votes…")
              : first_->run().isEmpty()         ? tr("There is no run yet. %1")
                                              .arg(anchor(Route{.page = QStringLiteral("runs")},
                                                          tr("Run models on a data set first.")))
                                        : tr("Choose two runs, or two policies on one.");
  else if (a->run().dataset.id != b->run().dataset.id || a->run().split != b->run().split)
    problem = tr("These runs are on different images: %1 %2 and %3 %4.")
                  .arg(text_of(a->run().dataset.name).toHtmlEscaped(),
                       text_of(a->run().split).toHtmlEscaped(),
                       text_of(b->run().dataset.name).toHtmlEscaped(),
                       text_of(b->run().split).toHtmlEscaped());
  else if (a->run().kind != b->run().kind)
    problem = tr("One of these runs is of %1, the other of %2.")
                  .arg(text_of(a->run().kind->name), text_of(b->run().kind->name));
  else if ((a->busy() && a->table().rows == 0) || (b->busy() && b->table().rows == 0))
    problem = tr("Reading the predictions…");
  else if (!is_comparable(a->table()) || !is_comparable(b->table()))
    problem = tr("Runs of %1 have no labels to compare.").arg(text_of(a->run().kind->name));
  if (problem.isEmpty()) comparison_ = compare(a->table(), b->table());
  problem_->setText(problem);
  problem_->setVisible(!problem.isEmpty());
  gallery_->parentWidget()->setVisible(problem.isEmpty());
  content_.set_reviews(a, b, comparison());
  if (comparison_ && gallery_->content() != &content_) gallery_->set_content(&content_);
  if (!comparison_) gallery_->set_content(nullptr);
  classes_->show(comparison(), b == nullptr ? std::vector<std::string>() : b->run().dataset.classes,
                 content_.judged_item());
  truth_.reset();
  show_comparison();
  ask_again();
}

void ComparePage::meet_at_equal_kept() {
  RunReview *a = first_->review(), *b = second_->review();
  if (!comparison_ || a == nullptr || b == nullptr || !a->has_votes() || meeting_) return;
  meeting_ = true;
  equal_kept_->setEnabled(false);
  const std::int64_t kept = b->decisions().counts[Verdict::kept];
  run_in_background(
      this,
      [run = a->run(), voters = a->policy_voters(), policy = a->bound_policy(), kept] {
        return select_at_kept(run, voters, policy, kept);
      },
      [this, open = QPointer<RunReview>(a), voters = a->policy_voters(), policy = a->bound_policy(),
       kept](const Result<std::optional<SelectedParameters>>& met) {
        meeting_ = false;
        show_comparison();
        if (open == nullptr || open != first_->review() || open->bound_policy() != policy) return;
        if (!met)
          Q_EMIT failed(text_of(met.error().message));
        else if (!*met)
          Q_EMIT failed(tr("No threshold of the first side keeps %1.").arg(with_thousands(kept)));
        else
          open->set_decision((*met)->policy, voters);
      });
}

void ComparePage::show_comparison() {
  equal_kept_->setEnabled(comparison_ && !meeting_ && first_->review()->has_votes());
  for (const Change change : {Change::gained, Change::lost, Change::changed, Change::same}) {
    QAbstractButton* button = kinds_[static_cast<std::size_t>(change)];
    button->setEnabled(comparison_.has_value());
    button->setToolTip(kind_hint(change, content_.judged_item()));
    button->setText(comparison_ ? QStringLiteral("%1 %2").arg(
                                      kind_name(change), with_thousands((*comparison_)[change]))
                                : kind_name(change));
  }
  if (!comparison_) return summary_->setText({});
  const ClassComparison& all = comparison_->all;
  const ComparedShares shares = shares_of(all);
  const JudgedItem item = content_.judged_item();
  const QString words =
      item == JudgedItem::object
          ? tr("of %1 undetected <b>%2</b> → <b>%3</b>, found %4 → %5 % (%6 points, 95 %)")
          : tr("of %1 undetected <b>%2</b> → <b>%3</b>, accuracy %4 → %5 % (%6 points, 95 %)");
  summary_->setText(words.arg(items_text(all.items, item), with_thousands(all.undetected_first),
                              with_thousands(all.undetected_second), decimal(100 * shares.first, 1),
                              decimal(100 * shares.second, 1), difference_text(all)));
  summary_->setToolTip(item == JudgedItem::object
                           ? tr("Objects that both sides judge; false detections are not compared.")
                           : QString());
}

void ComparePage::ask_again() {
  CompareGallery::Chosen chosen{};
  for (std::size_t i = 0; i < change_kinds; ++i)
    chosen[i] = kinds_[i] != nullptr && kinds_[i]->isChecked();
  const auto row = gallery_->current();
  const auto item =
      row && *row < content_.size() ? std::optional(content_.item(*row)) : std::nullopt;
  content_.ask(chosen, truth_);
  std::optional<std::size_t> current;
  if (content_.size() > 0) current = item ? content_.row_of(*item).value_or(0) : 0;
  gallery_->content_changed(current);
  gallery_->set_notice(comparison_ && content_.size() == 0
                           ? tr("Nothing has changed in any of the chosen ways.")
                           : QString());
  show_current();
}

void ComparePage::set_remarks(Remarks* remarks) {
  remarks_ = remarks;
  inspector_->set_remarks(remarks);
  connect(inspector_, &ItemInspector::remark_left, this, [this] { gallery_->setFocus(); });
}

void ComparePage::show_current() {
  const auto row = gallery_->current();
  const auto item =
      row && *row < content_.size() ? std::optional(content_.item(*row)) : std::nullopt;
  inspector_->show_item(item);
  // Tags are of the split that the window has open.
  const bool same_split = item && remarks_ && open_ && shown_ != nullptr &&
                          open_->run().dataset.id == shown_->run().dataset.id &&
                          open_->run().split == shown_->run().split;
  std::vector<ItemRef> selected;
  if (same_split)
    for (const std::size_t chosen : gallery_->selection())
      selected.push_back(content_.item(chosen));
  inspector_->remarks()->show_items(same_split ? item : std::nullopt, selected);
  Q_EMIT inspector_fact_changed();
}

}  // namespace plumbline
