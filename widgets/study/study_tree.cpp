#include "widgets/study/study_tree.h"

#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QShortcut>
#include <QSignalBlocker>
#include <QSortFilterProxyModel>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

#include "core/decision/threshold_parameter.h"
#include "core/study/study_contents.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/marks.h"
#include "widgets/style/spacing.h"
#include "widgets/text/loss_unit.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

enum Role { shown_role = Qt::UserRole + 1, icon_role, kind_role };
using Kind = StudyItemKind;

std::string_view figure_of(Kind kind) {
  switch (kind) {
    case Kind::group: return "tree.entries";
    case Kind::split: return "tree.samples";
    case Kind::run:
    case Kind::run_split: return "tree.predictions";
    case Kind::network: return "tree.network_loss";
    case Kind::search: return "tree.found";
    default: return {};
  }
}

QStandardItem* make_item(Kind kind, const QString& name, const QString& figure) {
  static constexpr TreeIcon icons[] = {TreeIcon::none,     TreeIcon::dataset, TreeIcon::none,
                                       TreeIcon::model,    TreeIcon::run,     TreeIcon::none,
                                       TreeIcon::decision, TreeIcon::model,   TreeIcon::search};
  auto* item = new QStandardItem(name);
  item->setData(figure, shown_role);
  item->setData(static_cast<int>(icons[static_cast<int>(kind)]), icon_role);
  item->setData(static_cast<int>(kind), kind_role);
  item->setEditable(false);
  item->setToolTip(name);
  if (!figure.isEmpty()) item->setData(text_of(figure_of(kind)), figure_role);
  if (kind == Kind::network || kind == Kind::search)
    item->setData(QVariant::fromValue(FigureSource{
                      {kind == Kind::network ? QStringLiteral("NETWORK") : QStringLiteral("SEARCH"),
                       {name}}}),
                  figure_source_role);
  item->setData(figure.isEmpty() ? name : name + QStringLiteral(", ") + figure,
                Qt::AccessibleTextRole);
  return item;
}

/// A run or a split of it, with its predictions, or with the reason why they cannot be read.
QStandardItem* make_run_item(Kind kind, const std::string& name,
                             const Result<std::int64_t>& predictions) {
  auto* item = make_item(kind, text_of(name),
                         predictions ? with_thousands(*predictions) : StudyTree::tr("unreadable"));
  if (!predictions) item->setToolTip(text_of(to_string(predictions.error())));
  return item;
}

/// The loss in the unit of its text, without the unit: the name says what it is.
QString network_figure(const NetworkInfo& network) {
  if (!network.validation) return {};
  return LossUnit(network.text ? network.text->tokens : "bytes").text(network.validation->nats);
}

StudyItem item_at(const QModelIndex& index) {
  const auto kind = static_cast<Kind>(index.data(kind_role).toInt());
  const bool part = kind == Kind::split || kind == Kind::run_split;
  return {kind, part ? index.parent().data().toString() : index.data().toString(),
          part ? index.data().toString() : QString()};
}

/// The words of the menu, and the key that does the same.
struct TaskWords {
  QString words;
  QKeySequence keys;
};

TaskWords words_of(StudyTask task) {
  switch (task) {
    case StudyTask::browse: return {StudyTree::tr("Browse images"), {}};
    case StudyTask::rename: return {StudyTree::tr("Rename…"), Qt::Key_F2};
    case StudyTask::remove: return {StudyTree::tr("Remove…"), QKeySequence::Delete};
    case StudyTask::show_files: return {StudyTree::tr("Show files"), {}};
    case StudyTask::show_card: return {StudyTree::tr("Show card"), {}};
    case StudyTask::show_usage: return {StudyTree::tr("Used by…"), {}};
  }
  return {};
}

/// Every row of the tree, parents first.
template <class Visit>
void walk(const QAbstractItemModel& items, const QModelIndex& parent, const Visit& visit) {
  for (int row = 0; row < items.rowCount(parent); ++row) {
    const QModelIndex index = items.index(row, 0, parent);
    visit(index);
    walk(items, index, visit);
  }
}

/// What it decides by, and how that was chosen.
QString decision_words(const StoredDecision& decision) {
  QString words = StudyTree::tr("%1\n%2\n%3 of %4")
                      .arg(text_of(decision.name), text_of(to_string(decision.policy.policy)),
                           counted(static_cast<qint64>(decision.voters.size()),
                                   StudyTree::tr("voter"), StudyTree::tr("voters")),
                           text_of(decision.run));
  if (!decision.selected_on.empty())
    words += StudyTree::tr("\nchosen on %1 by %2")
                 .arg(text_of(decision.selected_on), text_of(decision.rule));
  for (const std::string& split : fitted_on(decision.policy))
    words += StudyTree::tr("\nfitted on %1").arg(text_of(split));
  return words;
}

/// Icon, name elided in the middle, one figure at the right.
class RowDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
    return {40, spacing::row_height};
  }

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const Colours& c = colours();
    const bool selected = option.state & QStyle::State_Selected;
    const bool group = index.data(kind_role).toInt() == static_cast<int>(Kind::group);
    painter->save();
    const QRect row(0, option.rect.top(), option.widget->width(), option.rect.height());
    if (selected) {
      painter->fillRect(row, c.accent_tint);
      painter->fillRect(QRect(row.left(), row.top(), 2, row.height()), c.accent);
    } else if (option.state & QStyle::State_MouseOver) {
      painter->fillRect(row, c.alternate_base);
    }
    QRect words = option.rect.adjusted(4, 0, -spacing::grid, 0);
    const auto icon = static_cast<TreeIcon>(index.data(icon_role).toInt());
    if (icon != TreeIcon::none) {
      draw_tree_icon(*painter, QRectF(words.left(), words.center().y() - 6, 14, 14), icon,
                     selected ? c.text_on_tint : c.secondary_text);
      words.setLeft(words.left() + 20);
    }
    const QString figure = index.data(shown_role).toString();
    const QFont figures = ui_font(TextSize::small);
    const int figure_width = QFontMetrics(figures).horizontalAdvance(figure);
    painter->setFont(figures);
    painter->setPen(selected ? c.text_on_tint : c.secondary_text);
    painter->drawText(words, Qt::AlignRight | Qt::AlignVCenter, figure);
    const QFont name = ui_font(TextSize::normal, group ? QFont::DemiBold : QFont::Normal);
    painter->setFont(name);
    painter->setPen(selected ? c.text_on_tint : c.text);
    painter->drawText(words, Qt::AlignLeft | Qt::AlignVCenter,
                      QFontMetrics(name).elidedText(index.data().toString(), Qt::ElideMiddle,
                                                    words.width() - figure_width - 8));
    if (option.state & QStyle::State_HasFocus && option.state & QStyle::State_KeyboardFocusChange) {
      painter->setPen(QPen(c.accent, 2));
      painter->drawRect(row.adjusted(1, 1, -1, -1));
    }
    painter->restore();
  }
};

/// The delegate paints whole rows; the branch is only its arrow.
class RowTree : public QTreeView {
 public:
  using QTreeView::QTreeView;

 protected:
  void drawRow(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
    QTreeView::drawRow(painter, option, index);
    if (!model()->hasChildren(index)) return;
    const int indent = visualRect(index).left();
    draw_chevron(*painter, QRectF(indent - 16, option.rect.top(), 14, option.rect.height()),
                 isExpanded(index) ? Qt::DownArrow : Qt::RightArrow, colours().secondary_text);
  }
  void drawBranches(QPainter*, const QRect&, const QModelIndex&) const override {}
};

}  // namespace

StudyTree::StudyTree(QWidget* parent)
    : QWidget(parent),
      filter_(new QLineEdit(this)),
      view_(new RowTree(this)),
      items_(new QStandardItemModel(this)),
      filtered_(new QSortFilterProxyModel(this)) {
  filter_->setPlaceholderText(tr("Filter"));
  filter_->setAccessibleName(tr("Filter the study"));
  filter_->setObjectName(QStringLiteral("tree_filter"));
  filtered_->setSourceModel(items_);
  filtered_->setRecursiveFilteringEnabled(true);
  filtered_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  view_->setModel(filtered_);
  view_->setItemDelegate(new RowDelegate(view_));
  view_->setHeaderHidden(true);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setUniformRowHeights(true);
  view_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  view_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  view_->setMouseTracking(true);
  view_->setAccessibleName(tr("Study"));
  view_->setObjectName(QStringLiteral("study_tree"));
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, spacing::grid, 0, 0);
  rows->setSpacing(6);
  auto* inset = new QHBoxLayout;
  inset->setContentsMargins(spacing::grid, 0, spacing::grid, 0);
  inset->addWidget(filter_);
  rows->addLayout(inset);
  rows->addWidget(view_, 1);

  connect(filter_, &QLineEdit::textChanged, this, [this](const QString& text) {
    filtered_->setFilterFixedString(text);
    view_->expandAll();
  });
  view_->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(view_, &QTreeView::clicked, this, &StudyTree::open);
  connect(view_, &QTreeView::activated, this, &StudyTree::open);
  connect(view_, &QWidget::customContextMenuRequested, this, &StudyTree::open_menu);
  for (const StudyTask task : {StudyTask::rename, StudyTask::remove}) {
    auto* shortcut = new QShortcut(words_of(task).keys, view_);
    shortcut->setContext(Qt::WidgetShortcut);
    shortcut->setWhatsThis(task == StudyTask::rename
                               ? tr("Study: rename the entry")
                               : tr("Study: remove the entry, after a question"));
    connect(shortcut, &QShortcut::activated, this, [this, task] { want(task); });
  }
}

void StudyTree::open(const QModelIndex& index) {
  const StudyItem item = item_at(index);
  switch (item.kind) {
    case Kind::run:
    case Kind::run_split: Q_EMIT run_chosen(item.name, item.split); break;
    case Kind::decision: Q_EMIT decision_chosen(item.name); break;
    case Kind::network: Q_EMIT network_chosen(item.name); break;
    case Kind::search: Q_EMIT search_chosen(item.name); break;
    default: break;
  }
}

std::optional<StudyItem> StudyTree::current() const {
  const QModelIndex index = view_->currentIndex();
  if (!index.isValid()) return std::nullopt;
  return item_at(index);
}

std::vector<StudyTask> StudyTree::tasks_of(const StudyItem& item) const {
  std::vector<StudyTask> tasks;
  const bool is_part = item.kind == Kind::split || item.kind == Kind::run_split;
  if (item.kind == Kind::group) return tasks;
  if (item.kind == Kind::dataset || item.kind == Kind::split) tasks.push_back(StudyTask::browse);
  // A split is part of its data set or run.
  if (writable_ && !is_part) {
    tasks.push_back(StudyTask::rename);
    tasks.push_back(StudyTask::remove);
  }
  if (item.kind == Kind::dataset || item.kind == Kind::model || item.kind == Kind::network ||
      item.kind == Kind::search || item.kind == Kind::run)
    tasks.push_back(StudyTask::show_files);
  if (item.kind == Kind::model) tasks.push_back(StudyTask::show_card);
  if (item.kind == Kind::dataset || item.kind == Kind::model || item.kind == Kind::run ||
      item.kind == Kind::search || item.kind == Kind::network)
    tasks.push_back(StudyTask::show_usage);
  return tasks;
}

void StudyTree::want(StudyTask task) {
  const auto item = current();
  if (!item) return;
  const auto tasks = tasks_of(*item);
  if (std::ranges::find(tasks, task) != tasks.end()) Q_EMIT task_wanted(task, *item);
}

void StudyTree::open_menu(const QPoint& at) {
  // From the keyboard the row is the current one, wherever the pointer is.
  QModelIndex index = view_->indexAt(at);
  if (!index.isValid()) index = view_->currentIndex();
  if (!index.isValid()) return;
  view_->setCurrentIndex(index);
  const StudyItem item = item_at(index);
  const auto tasks = tasks_of(item);
  if (tasks.empty() && item.kind == Kind::group) return;
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("tree_menu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  if (item.kind != Kind::dataset && item.kind != Kind::split && item.kind != Kind::model)
    menu->addAction(tr("Open"), this,
                    [this, place = QPersistentModelIndex(index)] { open(place); });
  for (const StudyTask task : tasks) {
    if (task == StudyTask::rename || task == StudyTask::show_files) menu->addSeparator();
    const TaskWords words = words_of(task);
    menu->addAction(words.words, words.keys, this,
                    [this, task, item] { Q_EMIT task_wanted(task, item); });
  }
  const QRect row = view_->visualRect(index);
  menu->popup(view_->viewport()->mapToGlobal(row.contains(at) ? at : row.bottomLeft()));
}

/// What was current and what was folded, by name, after the rows were made anew.
void StudyTree::restore(const std::optional<StudyItem>& current,
                        const std::vector<StudyItem>& folded) {
  view_->expandAll();
  // To scroll to it would unfold what is around it.
  view_->setAutoScroll(false);
  walk(*filtered_, {}, [&](const QModelIndex& index) {
    const StudyItem item = item_at(index);
    if (current && item == *current) view_->setCurrentIndex(index);
    if (std::ranges::find(folded, item) != folded.end()) view_->collapse(index);
  });
  view_->setAutoScroll(true);
}

void StudyTree::clear() { items_->clear(); }

Result<void> StudyTree::show_study(const Study& study) {
  const auto contents = study_contents(study);
  TRY(contents);
  const auto before = this->current();
  const int scrolled = view_->verticalScrollBar()->value();
  std::vector<StudyItem> folded;
  walk(*filtered_, {}, [&](const QModelIndex& index) {
    if (filtered_->hasChildren(index) && !view_->isExpanded(index))
      folded.push_back(item_at(index));
  });
  items_->clear();
  const auto group = [&](const QString& name, std::size_t count) {
    auto* item = make_item(Kind::group, name, QString::number(count));
    item->setSelectable(false);
    items_->appendRow(item);
    return item;
  };
  auto* dataset_group = group(tr("Data sets"), contents->datasets.size());
  for (const DatasetInfo& dataset : contents->datasets) {
    auto* item = make_item(Kind::dataset, text_of(dataset.name), {});
    for (const SplitInfo& split : dataset.splits)
      item->appendRow(make_item(Kind::split, text_of(split.name), with_thousands(split.samples)));
    dataset_group->appendRow(item);
  }
  auto* model_group = group(tr("Models"), contents->models.size());
  for (const ModelInfo& model : contents->models)
    model_group->appendRow(make_item(Kind::model, text_of(model.name), {}));
  auto* run_group = group(tr("Runs"), contents->runs.size());
  for (const ComputedRun& run : contents->runs) {
    auto* item = make_run_item(Kind::run, run.info.name, run.all_predictions());
    // Each split of a run is looked at by itself.
    if (run.info.splits.size() > 1)
      for (std::size_t i = 0; i < run.info.splits.size(); ++i)
        item->appendRow(make_run_item(Kind::run_split, run.info.splits[i], run.predictions[i]));
    run_group->appendRow(item);
  }
  if (!contents->decisions.empty()) {
    auto* decision_group = group(tr("Decisions"), contents->decisions.size());
    for (const StoredDecision& decision : contents->decisions) {
      auto* item = make_item(Kind::decision, text_of(decision.name),
                             text_of(deciding_policy(decision.policy.policy).kind().name));
      item->setToolTip(decision_words(decision));
      decision_group->appendRow(item);
    }
  }
  // A study of images alone has no empty branches for language models.
  if (!contents->networks.empty()) {
    auto* network_group = group(tr("Networks"), contents->networks.size());
    for (const NetworkInfo& network : contents->networks)
      network_group->appendRow(
          make_item(Kind::network, text_of(network.name), network_figure(network)));
  }
  if (!contents->searches.empty()) {
    auto* search_group = group(tr("Searches"), contents->searches.size());
    for (const CountedSearch& search : contents->searches)
      search_group->appendRow(
          make_item(Kind::search, text_of(search.info.name),
                    tr("%1 of %2").arg(search.found).arg(search.info.targets.size())));
  }
  restore(before, folded);
  view_->verticalScrollBar()->setValue(scrolled);
  return {};
}

void StudyTree::show_run(const OpenedRun& run, bool follow) {
  for (QStandardItem* item :
       items_->findItems(QStringLiteral("*"), Qt::MatchWildcard | Qt::MatchRecursive)) {
    const auto kind = static_cast<Kind>(item->data(kind_role).toInt());
    const bool open_split = kind == Kind::run_split && item->text() == text_of(run.split) &&
                            item->parent()->text() == text_of(run.info.name);
    if (open_split || (kind == Kind::run && item->text() == text_of(run.info.name) &&
                       run.info.splits.size() == 1)) {
      const QModelIndex index = filtered_->mapFromSource(item->index());
      // To make it current would open what a user has folded.
      if (follow && view_->isExpanded(index.parent())) view_->setCurrentIndex(index);
    }
    if (kind != Kind::model) continue;
    item->setData(QString(), shown_role);
    item->setData(QString(), figure_role);
    item->setData(item->text(), Qt::AccessibleTextRole);
    for (std::size_t voter = 0; voter < run.info.voters.size(); ++voter) {
      const Voter& v = run.info.voters[voter];
      if (text_of(v.model) == item->text() && v.view == View() && voter < run.accuracy.size()) {
        item->setData(percent(run.accuracy[voter]), shown_role);
        item->setData(text_of("tree.model_accuracy"), figure_role);
        item->setData(
            QVariant::fromValue(FigureSource{{QStringLiteral("VOTER"), {text_of(to_string(v))}}}),
            figure_source_role);
        item->setData(item->text() + QStringLiteral(", ") + percent(run.accuracy[voter]),
                      Qt::AccessibleTextRole);
        item->setToolTip(tr("%1: accuracy on %2 %3")
                             .arg(item->text(), text_of(run.dataset.name), text_of(run.split)));
      }
    }
  }
}

void StudyTree::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().base);
}

}  // namespace plumbline
