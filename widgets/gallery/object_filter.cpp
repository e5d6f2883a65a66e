#include "widgets/gallery/object_filter.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QSignalBlocker>
#include <QToolTip>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/review/box_table.h"
#include "widgets/bars/bar.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/text/tide_words.h"

namespace plumbline {

namespace {

constexpr int most_cells = 13;  // the last one stands for all that is beyond
constexpr int cell_margin = 6, figure_gap = 3;
constexpr int any_words = 0;

QComboBox* word_combo(QWidget* parent, const QString& name) {
  auto* combo = new QComboBox(parent);
  combo->setObjectName(name);
  combo->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  combo->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
  combo->addItem(QObject::tr("any"), any_words);
  return combo;
}

int bit_of(TideWord word) { return 1 << static_cast<int>(word); }
int bit_of(SizeWord word) { return 1 << static_cast<int>(word); }

/// A share between two limits: the upper one belongs to the next entry.
struct ShareEntry {
  const char* words;
  float lowest, beyond;
};
constexpr std::array<ShareEntry, 4> crowding_entries = {{{QT_TR_NOOP("alone"), 0, 0.1F},
                                                         {QT_TR_NOOP("near others"), 0.1F, 0.3F},
                                                         {QT_TR_NOOP("crowded"), 0.3F, 0.5F},
                                                         {QT_TR_NOOP("covered"), 0.5F, 2}}};
constexpr std::array<ShareEntry, 3> visible_entries = {{{QT_TR_NOOP("below 30 %"), 0, 0.3F},
                                                        {QT_TR_NOOP("30 to 60 %"), 0.3F, 0.6F},
                                                        {QT_TR_NOOP("60 % or more"), 0.6F, 2}}};

/// The least number that is beyond a range is not in it.
float last_below(float beyond) { return std::nextafter(beyond, 0.0F); }

template <std::size_t Count>
void add_shares(QComboBox& combo, const std::array<ShareEntry, Count>& entries) {
  for (const ShareEntry& entry : entries)
    combo.addItem(QCoreApplication::translate("ObjectFilter", entry.words), 1);
}

template <std::size_t Count>
void take_share(const QComboBox& combo, const std::array<ShareEntry, Count>& entries,
                std::string_view column, ReviewQuery& query) {
  if (combo.currentIndex() <= 0) return;
  const ShareEntry& entry = entries[static_cast<std::size_t>(combo.currentIndex() - 1)];
  query.ranges.push_back({std::string(column), entry.lowest, last_below(entry.beyond)});
}

template <std::size_t Count>
void choose_share(QComboBox& combo, const std::array<ShareEntry, Count>& entries,
                  std::string_view column, const ReviewQuery& query) {
  const QSignalBlocker blocker(combo);
  combo.setCurrentIndex(0);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const NumberRange range{std::string(column), entries[i].lowest, last_below(entries[i].beyond)};
    if (std::ranges::find(query.ranges, range) != query.ranges.end())
      combo.setCurrentIndex(static_cast<int>(i) + 1);
  }
}

void take_words(const QComboBox& combo, std::string_view column, ReviewQuery& query) {
  const int words = combo.currentData().toInt();
  if (words != any_words)
    query.words.push_back({std::string(column), static_cast<std::uint64_t>(words)});
}

std::uint64_t words_in(const ReviewQuery& query, std::string_view column) {
  const auto found = std::ranges::find(query.words, column, &WordChoice::column);
  return found == query.words.end() ? 0 : found->words;
}

void choose_words(QComboBox& combo, std::uint64_t words) {
  const QSignalBlocker blocker(combo);
  combo.setCurrentIndex(std::max(0, combo.findData(static_cast<int>(words))));
}

}  // namespace

FinderCells::FinderCells(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("found_by"));
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setAccessibleName(tr("Found by how many voters"));
  explain(this, "boxes.finders");
}

void FinderCells::set_voters(std::size_t voters) {
  voters_ = voters;
  cells_ = std::min(static_cast<int>(voters) + 1, most_cells);
  chosen_ = 0;
  current_ = 0;
  counts_.assign(voters + 1, 0);
  updateGeometry();
  update();
}

void FinderCells::set_counts(const std::vector<std::int64_t>& counts) {
  if (counts == counts_) return;
  counts_ = counts;
  updateGeometry();
  update();
}

std::uint64_t FinderCells::words_of(int index) const {
  const std::uint64_t word = std::uint64_t{1} << index;
  const bool is_last = index == cells_ - 1 && static_cast<int>(voters_) >= cells_;
  return is_last ? ~(word - 1) : word;
}

std::uint64_t FinderCells::chosen() const {
  std::uint64_t words = 0;
  for (int i = 0; i < cells_; ++i)
    if ((chosen_ >> i & 1) != 0) words |= words_of(i);
  return words;
}

void FinderCells::set_chosen(std::uint64_t words) {
  chosen_ = 0;
  for (int i = 0; i < cells_; ++i)
    if ((words & words_of(i)) != 0) chosen_ |= std::uint64_t{1} << i;
  update();
}

std::int64_t FinderCells::count_of(int index) const {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < counts_.size(); ++k)
    if ((words_of(index) >> std::min<std::size_t>(k, 63) & 1) != 0) sum += counts_[k];
  return sum;
}

QString FinderCells::number_text(int index) const {
  const bool is_last = index == cells_ - 1 && static_cast<int>(voters_) >= cells_;
  return QString::number(index) + (is_last ? QStringLiteral("+") : QString());
}

int FinderCells::width_of(int index) const {
  const QFontMetrics numbers(ui_font()), figures(ui_font(TextSize::caption));
  return 2 * cell_margin + numbers.horizontalAdvance(number_text(index)) + figure_gap +
         figures.horizontalAdvance(with_thousands(count_of(index)));
}

QRect FinderCells::cell(int index) const {
  int left = 0;
  for (int i = 0; i < index; ++i) left += width_of(i) - 1;
  return {left, 0, width_of(index), spacing::control_height};
}

QSize FinderCells::sizeHint() const {
  return {cells_ == 0 ? 0 : cell(cells_ - 1).right() + 1, spacing::control_height};
}

void FinderCells::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Colours& c = colours();
  for (int i = 0; i < cells_; ++i) {
    const QRect box = cell(i);
    const bool is_chosen = (chosen_ >> i & 1) != 0;
    painter.setPen(is_chosen ? c.accent : c.control_line);
    painter.setBrush(is_chosen ? c.accent_tint : isEnabled() ? c.control : c.window);
    painter.drawRect(box.adjusted(0, 0, -1, -1));
    const QString number = number_text(i);
    painter.setFont(ui_font());
    painter.setPen(!isEnabled() ? c.disabled_text : is_chosen ? c.text_on_tint : c.text);
    painter.drawText(box.adjusted(cell_margin, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, number);
    painter.setFont(ui_font(TextSize::caption));
    painter.setPen(is_chosen ? c.text_on_tint : c.secondary_text);
    painter.drawText(box.adjusted(0, 0, -cell_margin, 0), Qt::AlignRight | Qt::AlignVCenter,
                     with_thousands(count_of(i)));
  }
  // Neighbours share a line: those of what is chosen come last.
  painter.setBrush(Qt::NoBrush);
  painter.setPen(c.accent);
  for (int i = 0; i < cells_; ++i)
    if ((chosen_ >> i & 1) != 0) painter.drawRect(cell(i).adjusted(0, 0, -1, -1));
  if (hasFocus() && cells_ > 0) {
    painter.setPen(QPen(c.accent, 2));
    painter.drawRect(cell(current_).adjusted(1, 1, -1, -1));
  }
}

void FinderCells::toggle(int index) {
  current_ = index;
  chosen_ ^= std::uint64_t{1} << index;
  update();
  Q_EMIT chosen_changed();
}

void FinderCells::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  for (int i = 0; i < cells_; ++i) {
    if (!cell(i).contains(event->position().toPoint())) continue;
    // With Ctrl this one alone, as with the counters above.
    if (event->modifiers() & Qt::ControlModifier) chosen_ = 0;
    return toggle(i);
  }
}

void FinderCells::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left: current_ = std::max(0, current_ - 1); break;
    case Qt::Key_Right: current_ = std::max(0, std::min(cells_ - 1, current_ + 1)); break;
    case Qt::Key_Space:
      if (cells_ > 0) toggle(current_);
      break;
    default: return QWidget::keyPressEvent(event);
  }
  update();
}

void FinderCells::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  update();
}

void FinderCells::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  update();
}

bool FinderCells::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    for (int i = 0; i < cells_; ++i)
      if (cell(i).contains(help->pos()))
        QToolTip::showText(help->globalPos(),
                           tr("found by %1 of %2 voters: %3 (Ctrl+click shows these alone)")
                               .arg(number_text(i))
                               .arg(voters_)
                               .arg(with_thousands(count_of(i))),
                           this);
    return true;
  }
  return QWidget::event(event);
}

ObjectFilter::ObjectFilter(QWidget* bar)
    : QObject(bar),
      tide_(word_combo(bar, QStringLiteral("tide"))),
      size_(word_combo(bar, QStringLiteral("size"))),
      crowding_(word_combo(bar, QStringLiteral("crowding"))),
      visible_(word_combo(bar, QStringLiteral("visible"))),
      finders_(new FinderCells(bar)) {
  tide_->setAccessibleName(tr("TIDE's type of error"));
  tide_->setToolTip(tide_explanation(TideBoxes::accepted));
  for (std::size_t i = 0; i < tide_words.size(); ++i)
    tide_->addItem(text_of(tide_words[i]), bit_of(static_cast<TideWord>(i)));
  size_->setAccessibleName(tr("Size"));
  size_->setToolTip(tr("S: below 32² pixels   M: below 96²   L: larger"));
  const int s = bit_of(SizeWord::small), m = bit_of(SizeWord::medium), l = bit_of(SizeWord::large);
  size_->addItem(tr("S"), s);
  size_->addItem(tr("M"), m);
  size_->addItem(tr("L"), l);
  size_->addItem(tr("S, M"), s | m);
  size_->addItem(tr("M, L"), m | l);
  crowding_->setAccessibleName(tr("Crowding"));
  crowding_->setToolTip(
      tr("IoU of the object's box with the nearest other object's\nalone: below 0.1   near others: "
         "below 0.3   crowded: below 0.5   covered: 0.5 or more"));
  add_shares(*crowding_, crowding_entries);
  visible_->setAccessibleName(tr("Visible part"));
  visible_->setToolTip(
      tr("Share of the object's box that its mask fills: little where it is covered, cut off or "
         "slender.\nObjects without a mask are left out."));
  add_shares(*visible_, visible_entries);
  tide_group_ = labelled(tide_title(TideBoxes::accepted), tide_, bar);
  size_group_ = labelled(tr("Size"), size_, bar);
  crowding_group_ = labelled(tr("Crowding"), crowding_, bar);
  visible_group_ = labelled(tr("Visible"), visible_, bar);
  finder_group_ = labelled(tr("Found by"), finders_, bar);
  connect(tide_, &QComboBox::activated, this, &ObjectFilter::changed);
  for (QComboBox* combo : {size_, crowding_, visible_})
    connect(combo, &QComboBox::activated, this, &ObjectFilter::changed);
  connect(finders_, &FinderCells::chosen_changed, this, &ObjectFilter::changed);
}

void ObjectFilter::set_visible(bool visible) {
  for (QWidget* group : groups()) group->setVisible(visible);
}

void ObjectFilter::set_query(const ReviewQuery& query) {
  choose_words(*tide_, words_in(query, box_column::tide));
  choose_words(*size_, words_in(query, box_column::size_class));
  choose_share(*crowding_, crowding_entries, box_column::crowding, query);
  choose_share(*visible_, visible_entries, box_column::visible, query);
  finders_->set_chosen(words_in(query, box_column::finders));
}

void ObjectFilter::fill(ReviewQuery& query) const {
  take_words(*tide_, box_column::tide, query);
  take_words(*size_, box_column::size_class, query);
  take_share(*crowding_, crowding_entries, box_column::crowding, query);
  take_share(*visible_, visible_entries, box_column::visible, query);
  if (const std::uint64_t words = finders_->chosen(); words != 0)
    query.words.push_back({std::string(box_column::finders), words});
}

}  // namespace plumbline
