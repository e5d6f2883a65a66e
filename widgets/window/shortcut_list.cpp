#include "widgets/window/shortcut_list.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "widgets/style/fonts.h"

namespace plumbline {

namespace {

constexpr int keys_width = 190;

void narrow_shortcuts(const QTreeWidget& list, const QString& text) {
  for (int i = 0; i < list.topLevelItemCount(); ++i) {
    QTreeWidgetItem* place = list.topLevelItem(i);
    bool any = false;
    for (int k = 0; k < place->childCount(); ++k) {
      QTreeWidgetItem* entry = place->child(k);
      const QString whole = place->text(0) + u' ' + entry->text(0) + u' ' + entry->text(1);
      const bool matches = whole.contains(text, Qt::CaseInsensitive);
      entry->setHidden(!matches);
      any |= matches;
    }
    place->setHidden(!any);
  }
}

}  // namespace

ShortcutList::ShortcutList(const std::vector<ShortcutEntry>& entries, QWidget* parent)
    : QDialog(parent) {
  setObjectName(QStringLiteral("shortcut_list"));
  setWindowTitle(tr("Keyboard shortcuts"));
  auto* text = new QLineEdit(this);
  text->setObjectName(QStringLiteral("shortcut_text"));
  text->setPlaceholderText(tr("Part of a key or of what it does"));
  text->setAccessibleName(tr("Filter the shortcuts"));
  auto* list = new QTreeWidget(this);
  list->setObjectName(QStringLiteral("shortcuts"));
  list->setAccessibleName(tr("Keyboard shortcuts"));
  list->setColumnCount(2);
  list->setHeaderHidden(true);
  list->setRootIsDecorated(false);
  list->setUniformRowHeights(true);
  for (const ShortcutEntry& entry : entries) {
    const auto found = list->findItems(entry.place, Qt::MatchExactly);
    QTreeWidgetItem* place =
        found.isEmpty() ? new QTreeWidgetItem(list, {entry.place}) : found.front();
    place->setFont(0, ui_font(TextSize::normal, QFont::DemiBold));
    place->setFirstColumnSpanned(true);
    place->setFlags(Qt::ItemIsEnabled);
    new QTreeWidgetItem(place, {entry.keys, entry.words});
  }
  list->expandAll();
  list->header()->resizeSection(0, keys_width);
  auto* close = new QDialogButtonBox(QDialogButtonBox::Close, this);
  auto* rows = new QVBoxLayout(this);
  rows->addWidget(text);
  rows->addWidget(list, 1);
  rows->addWidget(close);
  resize(620, 560);
  connect(text, &QLineEdit::textChanged, this,
          [list](const QString& part) { narrow_shortcuts(*list, part); });
  connect(close, &QDialogButtonBox::rejected, this, &QDialog::close);
}

}  // namespace plumbline
