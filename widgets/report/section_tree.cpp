#include "widgets/report/section_tree.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QStyledItemDelegate>

#include <algorithm>

#include "core/report/document.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/report/report_pages.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// Rows as high as the study tree's.
class RowHeight : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QSize size = QStyledItemDelegate::sizeHint(option, index);
    size.setHeight(spacing::row_height);
    return size;
  }
};

constexpr int section_key_role = Qt::UserRole;

/// Where a section stands in a choice; those that were not chosen come after, in their old order.
std::size_t place_in(const std::vector<std::string>& chosen, const std::string& key) {
  const auto found = std::ranges::find(chosen, key);
  return static_cast<std::size_t>(found - chosen.begin());
}

}  // namespace

SectionTree::SectionTree(QWidget* parent) : QTreeWidget(parent) {
  setObjectName(QStringLiteral("report_sections"));
  setAccessibleName(tr("Sections of the report"));
  explain_columns(this, {"", "report.section_pages"});
  setColumnCount(2);
  setHeaderHidden(true);
  setFrameShape(QFrame::NoFrame);
  setRootIsDecorated(false);
  setItemsExpandable(false);
  setIndentation(22);
  setUniformRowHeights(true);
  setItemDelegate(new RowHeight(this));
  setDragDropMode(QAbstractItemView::InternalMove);
  setDefaultDropAction(Qt::MoveAction);
  header()->setStretchLastSection(false);
  header()->setSectionResizeMode(0, QHeaderView::Stretch);
  header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  connect(this, &QTreeWidget::itemChanged, this, [this](QTreeWidgetItem*, int column) {
    if (!filling_ && column == 0) Q_EMIT choice_changed();
  });
  connect(this, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
    if (filling_ || item == nullptr) return;
    QString key = item->data(0, section_key_role).toString();
    if (key.isEmpty() && item->childCount() > 0)
      key = item->child(0)->data(0, section_key_role).toString();
    Q_EMIT section_selected(key);
  });
}

void SectionTree::set_sections(const std::vector<SectionState>& given,
                               const std::vector<std::string>& chosen) {
  filling_ = true;
  clear();
  std::vector<SectionState> states = given;
  if (!chosen.empty())
    std::ranges::stable_sort(
        states, {}, [&](const SectionState& state) { return place_in(chosen, state.key); });
  // A group stands where its first section does.
  std::vector<std::string> groups;
  for (const SectionState& state : states)
    if (std::ranges::find(groups, state.group) == groups.end()) groups.push_back(state.group);
  for (const std::string& group : groups) {
    const auto count = std::ranges::count(states, group, &SectionState::group);
    QTreeWidgetItem* parent = nullptr;
    if (count > 1) {
      parent = new QTreeWidgetItem(this, {text_of(group_title(group))});
      parent->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable |
                       Qt::ItemIsAutoTristate | Qt::ItemIsDragEnabled | Qt::ItemIsDropEnabled);
      QFont strong = font();
      strong.setWeight(QFont::DemiBold);
      parent->setFont(0, strong);
    }
    bool some_there = false;
    for (const SectionState& state : states) {
      if (state.group != group) continue;
      auto* item = parent != nullptr ? new QTreeWidgetItem(parent) : new QTreeWidgetItem(this);
      item->setText(0, text_of(state.title));
      item->setData(0, section_key_role, text_of(state.key));
      const bool there = state.missing.empty();
      some_there = some_there || there;
      Qt::ItemFlags flags = Qt::ItemIsUserCheckable | Qt::ItemIsDragEnabled;
      if (there) flags |= Qt::ItemIsEnabled | Qt::ItemIsSelectable;
      item->setFlags(flags);
      const bool ticked =
          there && (chosen.empty() || std::ranges::find(chosen, state.key) != chosen.end());
      item->setCheckState(0, ticked ? Qt::Checked : Qt::Unchecked);
      if (!there) item->setToolTip(0, text_of(state.missing));
      item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
      if (parent == nullptr) {
        QFont strong = font();
        strong.setWeight(QFont::DemiBold);
        item->setFont(0, strong);
      }
    }
    if (parent != nullptr) {
      parent->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
      if (!some_there) {
        parent->setFlags(Qt::ItemIsAutoTristate);
        parent->setToolTip(0, parent->child(0)->toolTip(0));
      }
    }
  }
  // Places among which rows are dropped, but not below the lowest level.
  invisibleRootItem()->setFlags(invisibleRootItem()->flags() | Qt::ItemIsDropEnabled);
  expandAll();
  filling_ = false;
}

std::vector<std::string> SectionTree::chosen() const {
  std::vector<std::string> keys;
  const auto take = [&](const QTreeWidgetItem* item) {
    const QString key = item->data(0, section_key_role).toString();
    if (!key.isEmpty() && item->checkState(0) == Qt::Checked) keys.push_back(key.toStdString());
  };
  for (int i = 0; i < topLevelItemCount(); ++i) {
    take(topLevelItem(i));
    for (int k = 0; k < topLevelItem(i)->childCount(); ++k) take(topLevelItem(i)->child(k));
  }
  return keys;
}

void SectionTree::show_pages(const ReportPages& pages) {
  filling_ = true;
  const auto show = [](QTreeWidgetItem* item, int count) {
    item->setText(1, count == 0 ? QString() : tr("%1 p.").arg(count));
  };
  for (int i = 0; i < topLevelItemCount(); ++i) {
    QTreeWidgetItem* item = topLevelItem(i);
    int first = -1, last = -1;
    const auto take = [&](const QString& key) {
      const int count = pages.pages_of(key);
      if (count == 0) return 0;
      const auto heading = std::ranges::find(pages.headings, key, &PlacedHeading::section);
      if (first < 0) first = heading->page;
      last = std::max(last, heading->page + count - 1);
      return count;
    };
    if (item->childCount() == 0) {
      show(item, take(item->data(0, section_key_role).toString()));
      continue;
    }
    for (int k = 0; k < item->childCount(); ++k) {
      take(item->child(k)->data(0, section_key_role).toString());
      item->child(k)->setText(1, {});
    }
    show(item, first < 0 ? 0 : last - first + 1);
  }
  filling_ = false;
}

void SectionTree::select(const QString& section) {
  filling_ = true;
  for (int i = 0; i < topLevelItemCount(); ++i) {
    QTreeWidgetItem* item = topLevelItem(i);
    if (item->data(0, section_key_role).toString() == section) setCurrentItem(item);
    for (int k = 0; k < item->childCount(); ++k)
      if (item->child(k)->data(0, section_key_role).toString() == section)
        setCurrentItem(item->child(k));
  }
  filling_ = false;
}

void SectionTree::move_current(int by) {
  QTreeWidgetItem* item = currentItem();
  if (item == nullptr) return;
  QTreeWidgetItem* parent = item->parent() != nullptr ? item->parent() : invisibleRootItem();
  const int from = parent->indexOfChild(item), to = from + by;
  if (to < 0 || to >= parent->childCount()) return;
  filling_ = true;
  parent->takeChild(from);
  parent->insertChild(to, item);
  expandAll();
  setCurrentItem(item);
  filling_ = false;
  Q_EMIT choice_changed();
}

void SectionTree::dropEvent(QDropEvent* event) {
  QTreeWidgetItem* moved = currentItem();
  QTreeWidgetItem* target = itemAt(event->position().toPoint());
  if (moved == nullptr || target == nullptr || moved == target) return event->ignore();
  // Rows keep their level: a section among those of its group, a group among groups.
  QTreeWidgetItem* parent = moved->parent() != nullptr ? moved->parent() : invisibleRootItem();
  if (parent == invisibleRootItem() && target->parent() != nullptr) target = target->parent();
  const int to = parent->indexOfChild(target);
  if (to < 0 || target == moved) return event->ignore();
  filling_ = true;
  parent->takeChild(parent->indexOfChild(moved));
  parent->insertChild(to, moved);
  expandAll();
  setCurrentItem(moved);
  filling_ = false;
  event->setDropAction(Qt::IgnoreAction);  // the row is where it belongs; nothing else moves it
  event->accept();
  Q_EMIT choice_changed();
}

void SectionTree::keyPressEvent(QKeyEvent* event) {
  if (event->modifiers() == Qt::AltModifier &&
      (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down))
    return move_current(event->key() == Qt::Key_Up ? -1 : 1);
  QTreeWidget::keyPressEvent(event);
}

}  // namespace plumbline
