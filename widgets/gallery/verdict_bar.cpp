#include "widgets/gallery/verdict_bar.h"

#include <QHBoxLayout>
#include <QMouseEvent>
#include <QPainter>
#include <QSignalBlocker>
#include <QStyleOption>
#include <QVBoxLayout>

#include <cmath>
#include <ranges>

#include "core/metrics/metric_table.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/control_look.h"
#include "widgets/style/fonts.h"
#include "widgets/style/marks.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

namespace {

constexpr int mark_icon = 11;

std::string_view figure_of(Verdict verdict, JudgedItem item) {
  const bool of_objects = item == JudgedItem::object;
  switch (verdict) {
    case Verdict::kept: return of_objects ? "boxes.found" : "kept_correct";
    case Verdict::undetected: return of_objects ? "boxes.undetected" : "undetected_mispredictions";
    case Verdict::caught: return "caught_mispredictions";
    case Verdict::needlessly_rejected: return "needlessly_rejected";
    case Verdict::unjudged: return of_objects ? "boxes.false" : "not_judged";
  }
  return {};
}

}  // namespace

VerdictCounter::VerdictCounter(Verdict verdict, QWidget* parent)
    : QAbstractButton(parent), verdict_(verdict) {
  setCheckable(true);
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_Hover);
  setObjectName(QStringLiteral("verdict_%1").arg(static_cast<int>(verdict)));
  set_item(JudgedItem::sample);
  set_value(0, false);
}

void VerdictCounter::set_item(JudgedItem item) {
  item_ = item;
  setToolTip(tr("%1 (key %2; Ctrl+click shows these alone)")
                 .arg(full_verdict_name(verdict_, item))
                 .arg(static_cast<int>(verdict_) + 1));
  explain(this, figure_of(verdict_, item_));
  setAccessibleName(short_verdict_name(verdict_, item_) + u' ' + with_thousands(value_));
  updateGeometry();
  update();
}

void VerdictCounter::set_value(std::int64_t value, bool stale) {
  const auto digits = with_thousands(value).size();
  const bool wider = digits != with_thousands(value_).size();
  value_ = value;
  stale_ = stale;
  setAccessibleName(short_verdict_name(verdict_, item_) + u' ' + with_thousands(value));
  if (wider) updateGeometry();
  update();
}

QSize VerdictCounter::sizeHint() const {
  const QFontMetrics words(ui_font());
  const QFontMetrics figures(ui_font(TextSize::normal, QFont::DemiBold));
  // As wide as nines, so that the bar stays still while figures change.
  QString widest = with_thousands(value_);
  for (QChar& c : widest)
    if (c.isDigit()) c = u'0';
  return {9 + mark_icon + 6 + words.horizontalAdvance(short_verdict_name(verdict_, item_)) + 6 +
              figures.horizontalAdvance(widest) + 9,
          spacing::control_height};
}

void VerdictCounter::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Colours& c = colours();
  QStyleOption option;
  option.initFrom(this);
  const bool focused = hasFocus() && (option.state & QStyle::State_KeyboardFocusChange);
  if (isChecked() || focused || underMouse())
    draw_control_panel(
        painter, rect(),
        {.hovered = underMouse(), .focused = focused, .pressed = isDown(), .enabled = isChecked()});
  const QRectF box(9, (height() - mark_icon) / 2.0, mark_icon, mark_icon);
  if (item_ == JudgedItem::object && verdict_ == Verdict::unjudged)
    draw_cross(painter, box, verdict_text(verdict_));
  else
    draw_verdict_mark(painter, box, verdict_, verdict_fill(verdict_));
  const int x = 9 + mark_icon + 6;
  const QString name = short_verdict_name(verdict_, item_);
  painter.setFont(ui_font());
  painter.setPen(isChecked() ? c.text : c.secondary_text);
  painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignLeft | Qt::AlignVCenter, name);
  painter.setFont(ui_font(TextSize::normal, QFont::DemiBold));
  painter.setPen(stale_ ? c.secondary_text : c.text);
  painter.drawText(rect().adjusted(0, 0, -9, 0), Qt::AlignRight | Qt::AlignVCenter,
                   with_thousands(value_));
}

void VerdictCounter::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && (event->modifiers() & Qt::ControlModifier) &&
      rect().contains(event->position().toPoint())) {
    setDown(false);
    Q_EMIT alone();
    return;
  }
  QAbstractButton::mouseReleaseEvent(event);
}

ProportionBar::ProportionBar(QWidget* parent) : QWidget(parent) {
  setFixedHeight(spacing::proportion_height);
}

void ProportionBar::set_counts(const VerdictCounts& counts) {
  counts_ = counts;
  update();
}

void ProportionBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().groove);
  std::int64_t all = 0;
  for (const std::int64_t count : counts_.by_verdict) all += count;
  if (all == 0) return;
  std::int64_t before = 0;
  for (std::size_t i = 0; i < verdict_kinds; ++i) {
    const std::int64_t count = counts_.by_verdict[i];
    if (count == 0) continue;
    const auto from = static_cast<int>(width() * before / all);
    before += count;
    const auto to = static_cast<int>(width() * before / all);
    // One pixel between neighbours; what is there is never invisible.
    painter.fillRect(QRect(from, 0, std::max(1, to - from - (before < all)), height()),
                     verdict_fill(static_cast<Verdict>(i)));
    if (before < all) painter.fillRect(QRect(to - 1, 0, 1, height()), colours().window);
  }
}

FigureLine::FigureLine(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void FigureLine::set_pieces(std::vector<Piece> pieces, bool stale) {
  if (pieces == pieces_ && stale == stale_) return;
  pieces_ = std::move(pieces);
  stale_ = stale;
  setAccessibleName(text());
  update();
  // As wide as with the widest digits, so that the bar is not laid out anew at every figure.
  QString widest = text();
  for (QChar& c : widest)
    if (c.isDigit()) c = u'0';
  if (widest == widest_) return;
  widest_ = widest;
  const QFontMetrics metrics(ui_font(TextSize::small));
  hint_ = {metrics.horizontalAdvance(widest) + 2, metrics.height()};
  updateGeometry();
}

QString FigureLine::text() const {
  QString text;
  for (const Piece& piece : pieces_) text += piece.text;
  return text;
}

void FigureLine::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Colours& c = colours();
  const QFont font = ui_font(TextSize::small);
  const QFontMetrics metrics(font);
  painter.setFont(font);
  int right = width();
  for (const Piece& piece : pieces_ | std::views::reverse) {
    const int wide = metrics.horizontalAdvance(piece.text);
    painter.setPen(piece.figure && !stale_ ? c.text : c.secondary_text);
    painter.drawText(QRect(right - wide, 0, wide, height()), Qt::AlignLeft | Qt::AlignVCenter,
                     piece.text);
    right -= wide;
  }
}

VerdictBar::VerdictBar(QWidget* parent)
    : Bar(parent), proportion_(new ProportionBar(this)), figures_(new FigureLine(this)) {
  setAccessibleName(tr("Verdicts"));
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 7);
  rows->setSpacing(0);
  auto* top = new QWidget(this);
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  top->setSizePolicy(policy);
  auto* row = new WrapLayout(top, 35, spacing::together, spacing::page_margin);
  for (std::size_t i = 0; i < verdict_kinds; ++i) {
    counters_[i] = new VerdictCounter(static_cast<Verdict>(i), top);
    row->addWidget(counters_[i]);
    connect(counters_[i], &QAbstractButton::toggled, this, &VerdictBar::chosen_changed);
    connect(counters_[i], &VerdictCounter::alone, this, [this, i] {
      Chosen only{};
      only[i] = true;
      set_chosen(only);
      Q_EMIT chosen_changed();
    });
  }
  counters_[static_cast<std::size_t>(Verdict::unjudged)]->hide();
  figures_->setObjectName(QStringLiteral("figures"));
  explain(figures_, "failures.shares");
  explain(proportion_, "failures.proportion");
  row->add_trailing(figures_);
  rows->addWidget(top);
  auto* inset = new QHBoxLayout;
  inset->setContentsMargins(spacing::page_margin, 0, spacing::page_margin, 0);
  inset->addWidget(proportion_);
  rows->addLayout(inset);
}

VerdictBar::Chosen VerdictBar::chosen() const {
  Chosen chosen{};
  for (std::size_t i = 0; i < verdict_kinds; ++i) chosen[i] = counters_[i]->isChecked();
  return chosen;
}

void VerdictBar::set_chosen(const Chosen& chosen) {
  for (std::size_t i = 0; i < verdict_kinds; ++i) {
    const QSignalBlocker blocker(counters_[i]);
    counters_[i]->setChecked(chosen[i]);
  }
}

void VerdictBar::toggle(Verdict verdict) {
  VerdictCounter* chosen = counter(verdict);
  if (!chosen->isHidden()) chosen->toggle();
}

void VerdictBar::show_counts(const VerdictCounts& counts,
                             std::optional<std::int64_t> baseline_undetected, bool stale) {
  set_item(JudgedItem::sample);
  for (std::size_t i = 0; i < verdict_kinds; ++i)
    counters_[i]->set_value(counts.by_verdict[i], stale);
  explain(figures_, "failures.shares");
  // Most data sets have a label for every image: the fifth counter is there for the others.
  counter(Verdict::unjudged)->setVisible(counts[Verdict::unjudged] > 0);
  proportion_->set_counts(counts);
  const QString baseline =
      baseline_undetected ? with_thousands(*baseline_undetected) : QStringLiteral("–");
  MetricData figures;
  figures.counts = counts;
  const auto share = [&](std::string_view key) {
    return percent(value_of(*find_metric(key), figures).value_or(std::nan("")));
  };
  figures_->set_pieces({{tr("coverage "), false},
                        {share("coverage"), true},
                        {tr("  risk "), false},
                        {share("selective_risk"), true},
                        {tr("  mcp at equal kept: "), false},
                        {baseline, true},
                        {tr(" undetected"), false}},
                       stale);
}

void VerdictBar::set_item(JudgedItem item) {
  if (item == item_) return;
  item_ = item;
  for (VerdictCounter* of_verdict : counters_) of_verdict->set_item(item);
  for (const Verdict verdict : {Verdict::caught, Verdict::needlessly_rejected})
    counter(verdict)->setVisible(item == JudgedItem::sample);
}

void VerdictBar::show_objects(const VerdictCounts& counts, std::vector<FigureLine::Piece> figures,
                              const QString& explanation, bool stale, bool figures_stale) {
  set_item(JudgedItem::object);
  VerdictCounts shown;
  for (const Verdict verdict : {Verdict::kept, Verdict::undetected, Verdict::unjudged}) {
    const auto place = static_cast<std::size_t>(verdict);
    shown.by_verdict[place] = counts[verdict];
    counters_[place]->set_value(counts[verdict], stale);
  }
  counter(Verdict::unjudged)->show();
  proportion_->set_counts(shown);
  figures_->setToolTip(explanation);
  explain(figures_, "boxes.figures");
  figures_->set_pieces(std::move(figures), figures_stale);
}

}  // namespace plumbline
