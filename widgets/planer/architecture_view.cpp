#include "widgets/planer/architecture_view.h"

#include <QHeaderView>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QToolTip>

#include <algorithm>

#include "widgets/figures/figure_tips.h"
#include "widgets/planer/architecture_model.h"
#include "widgets/planer/legend.h"
#include "widgets/planer/option_look.h"
#include "widgets/planer/planer_words.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int strip_row_height = 33, header_height = 22;
constexpr int name_width = 140, latency_width = 76, loss_width = 112;
constexpr int narrow_name_width = 123, narrow_latency_width = 72, narrow_loss_width = 93;
constexpr double faded_opacity = 0.35;

/// One slot's place and text, for the delegate and its tool tips alike.
StripLayout strip_of(const QRect& cell, std::size_t slots) {
  return {QRectF(cell).adjusted(0, 0, -4, 0), slots};
}

class StripDelegate : public QStyledItemDelegate {
 public:
  StripDelegate(const ArchitectureModel* model, QTableView* view)
      : QStyledItemDelegate(view), model_(model), view_(view) {}

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const Colours& c = colours();
    painter->save();
    const bool selected = index.data(ArchitectureModel::selected_role).toBool();
    painter->fillRect(option.rect, selected ? c.accent_tint : c.base);
    if (selected && index.column() == 0)
      painter->fillRect(QRect(option.rect.left(), option.rect.top(), 2, option.rect.height()),
                        c.accent);
    if (index.data(ArchitectureModel::faded_role).toBool()) painter->setOpacity(faded_opacity);
    const QRect cell = option.rect.adjusted(index.column() == 0 ? spacing::page_margin : 0, 0,
                                            -spacing::page_margin, 0);
    if (index.column() == ArchitectureModel::strip)
      paint_strip(*painter, option.rect, index.row());
    else if (index.column() == ArchitectureModel::name)
      paint_name(*painter, cell, index, selected);
    else
      paint_figure(*painter, cell, index, selected);
    if (index.row() == view_->currentIndex().row() && view_->hasFocus()) {
      painter->setOpacity(1);
      painter->setPen(QPen(c.accent, 2));
      const int y = option.rect.top(), b = option.rect.bottom();
      painter->drawLine(option.rect.left(), y + 1, option.rect.right(), y + 1);
      painter->drawLine(option.rect.left(), b, option.rect.right(), b);
    }
    painter->restore();
  }

  bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
                 const QModelIndex& index) override {
    if (index.column() != ArchitectureModel::strip)
      return QStyledItemDelegate::helpEvent(event, view, option, index);
    const Architecture& architecture = model_->entry(index.row()).architecture;
    const auto slot = strip_of(option.rect, architecture.size()).slot_at(event->pos().x());
    if (!slot || *slot >= architecture.size()) return false;
    const std::string_view title = slot_option(architecture[*slot]).title;
    QToolTip::showText(event->globalPos(),
                       ArchitectureModel::tr("block %1: %2").arg(*slot + 1).arg(text_of(title)),
                       view);
    return true;
  }

 private:
  static void paint_name(QPainter& painter, const QRect& cell, const QModelIndex& index,
                         bool selected) {
    const Colours& c = colours();
    const QFont title = ui_font(TextSize::small, QFont::DemiBold);
    const QFont note = ui_font(TextSize::caption);
    const QRect upper(cell.left(), cell.top() + 2, cell.width(), 15);
    const QRect lower(cell.left(), cell.top() + 16, cell.width(), 14);
    painter.setFont(title);
    painter.setPen(selected ? c.text_on_tint : c.text);
    painter.drawText(
        upper, Qt::AlignLeft | Qt::AlignVCenter,
        QFontMetrics(title).elidedText(index.data().toString(), Qt::ElideRight, upper.width()));
    painter.setFont(note);
    painter.setPen(selected ? c.text_on_tint : c.secondary_text);
    painter.drawText(
        lower, Qt::AlignLeft | Qt::AlignVCenter,
        QFontMetrics(note).elidedText(index.data(ArchitectureModel::note_role).toString(),
                                      Qt::ElideMiddle, lower.width() + spacing::page_margin));
  }

  static void paint_figure(QPainter& painter, const QRect& cell, const QModelIndex& index,
                           bool selected) {
    const Colours& c = colours();
    painter.setFont(ui_font(TextSize::small));
    painter.setPen(selected ? c.text_on_tint : c.text);
    painter.drawText(cell, Qt::AlignRight | Qt::AlignVCenter, index.data().toString());
  }

  void paint_strip(QPainter& painter, const QRect& cell, int row) const {
    const Architecture& architecture = model_->entry(row).architecture;
    const PlanerEntry* other = model_->compared_with(row);
    const StripLayout strip = strip_of(cell, architecture.size());
    for (std::size_t slot = 0; slot < architecture.size(); ++slot) {
      const bool same = other != nullptr && slot < other->architecture.size() &&
                        other->architecture[slot] == architecture[slot];
      draw_slot(painter, strip.block(slot), architecture[slot], same);
    }
  }

  const ArchitectureModel* model_;
  QTableView* view_;
};

/// "block 1" over the first block, the last one's number over the last.
class StripHeader : public QHeaderView {
 public:
  StripHeader(const ArchitectureModel* model, QWidget* parent)
      : QHeaderView(Qt::Horizontal, parent), model_(model) {
    setHighlightSections(false);
    setSectionsClickable(false);
    setFixedHeight(header_height);
  }

 protected:
  void paintSection(QPainter* painter, const QRect& rect, int section) const override {
    const Colours& c = colours();
    painter->save();
    painter->fillRect(rect, c.base);
    painter->setFont(ui_font(TextSize::caption));
    painter->setPen(c.secondary_text);
    if (section == ArchitectureModel::strip && model_->slots() > 0) {
      const StripLayout strip = strip_of(rect, model_->slots());
      painter->drawText(rect, Qt::AlignLeft | Qt::AlignVCenter, ArchitectureModel::tr("block 1"));
      const QRectF last = strip.block(model_->slots() - 1);
      painter->drawText(QRectF(last.right() - 30, rect.top(), 30, rect.height()),
                        Qt::AlignRight | Qt::AlignVCenter, QString::number(model_->slots()));
    } else if (section > ArchitectureModel::strip) {
      painter->drawText(rect.adjusted(0, 0, -spacing::page_margin, 0),
                        Qt::AlignRight | Qt::AlignVCenter,
                        model_->headerData(section, Qt::Horizontal, Qt::DisplayRole).toString());
    }
    painter->restore();
  }

 private:
  const ArchitectureModel* model_;
};

}  // namespace

ArchitectureView::ArchitectureView(ArchitectureModel* model, QWidget* parent)
    : QTableView(parent), model_(model) {
  setObjectName(QStringLiteral("architectures"));
  setAccessibleName(tr("Architectures"));
  const auto explain_them = [this] {
    explain_columns(this, {"target.share", "network.architecture", cost_figure(model_->cost()),
                           "network.loss"});
  };
  explain_them();
  connect(model, &QAbstractItemModel::headerDataChanged, this, explain_them);
  setHorizontalHeader(new StripHeader(model, this));
  setModel(model);
  setItemDelegate(new StripDelegate(model, this));
  setFrameShape(QFrame::NoFrame);
  setShowGrid(false);
  setSelectionMode(QAbstractItemView::NoSelection);
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setTabKeyNavigation(false);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  verticalHeader()->hide();
  verticalHeader()->setMinimumSectionSize(20);
  verticalHeader()->setDefaultSectionSize(strip_row_height);
  horizontalHeader()->setMinimumSectionSize(20);
  horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  connect(this, &QTableView::clicked, this,
          [this](const QModelIndex& index) { model_->toggle(index.row()); });
  connect(model, &QAbstractItemModel::modelReset, this, &QWidget::updateGeometry);
}

QSize ArchitectureView::sizeHint() const {
  return {600, header_height + strip_row_height * std::max(1, model_->rowCount()) + 4};
}

QSize ArchitectureView::minimumSizeHint() const {
  return {300, header_height + strip_row_height * std::clamp(model_->rowCount(), 1, 2) + 2};
}

void ArchitectureView::place_columns() {
  const int all = viewport()->width();
  const bool narrow = all < 700;
  const int name = narrow ? narrow_name_width : name_width;
  const int ms = narrow ? narrow_latency_width : latency_width;
  const int loss = narrow ? narrow_loss_width : loss_width;
  QHeaderView* header = horizontalHeader();
  header->resizeSection(ArchitectureModel::name, name);
  header->resizeSection(ArchitectureModel::latency, ms);
  header->resizeSection(ArchitectureModel::loss, loss);
  header->resizeSection(ArchitectureModel::strip, std::max(60, all - name - ms - loss));
}

void ArchitectureView::resizeEvent(QResizeEvent* event) {
  QTableView::resizeEvent(event);
  place_columns();
}

void ArchitectureView::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Space || event->key() == Qt::Key_Return) {
    model_->toggle(currentIndex().row());
    return;
  }
  QTableView::keyPressEvent(event);
  viewport()->update();
}

// --- the legend

namespace {

std::vector<LegendPart> legend_parts() {
  const Colours& c = colours();
  return {{c.attention[0], OptionLegend::tr("attention, 1")},
          {c.attention[1], OptionLegend::tr("2")},
          {c.attention[2], OptionLegend::tr("4")},
          {c.attention[3], OptionLegend::tr("8 heads")},
          {c.feed_forward, OptionLegend::tr("feed-forward")},
          {c.experts[0], OptionLegend::tr("MoE, 8 experts, top-1")},
          {c.experts[1], OptionLegend::tr("top-2")},
          {{}, OptionLegend::tr("skip")},
          {option_colour(*find_option("experts-half-1")), OptionLegend::tr("paler: half as wide")}};
}

}  // namespace

OptionLegend::OptionLegend(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Legend of the architectures"));
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

int OptionLegend::heightForWidth(int width) const {
  return legend_rows(legend_parts(), width - 2 * spacing::page_margin) * legend_row;
}

QSize OptionLegend::sizeHint() const { return {500, heightForWidth(500)}; }
QSize OptionLegend::minimumSizeHint() const { return {100, legend_row}; }

void OptionLegend::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().base);
  const auto parts = legend_parts();
  // Below the strips where it fits there in one row, else from the left.
  const int beside = width() - name_width - spacing::page_margin;
  if (legend_rows(parts, beside) == 1)
    paint_legend(painter, parts, {name_width, 0}, beside);
  else
    paint_legend(painter, parts, {spacing::page_margin, 0}, width() - 2 * spacing::page_margin);
}

}  // namespace plumbline
