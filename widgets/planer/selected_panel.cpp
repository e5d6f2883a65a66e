#include "widgets/planer/selected_panel.h"

#include <QGridLayout>
#include <QPainter>
#include <QPushButton>

#include <cmath>

#include "widgets/bars/bar.h"
#include "widgets/bars/elided_label.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/planer/planer_words.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

QString lower_first(QString title) {
  if (!title.isEmpty()) title[0] = title[0].toLower();
  return title;
}

QString signed_decimal(double value, int digits) {
  const QString text = decimal(value, digits);
  return value >= 0 ? u'+' + text : text;
}

}  // namespace

SelectedPanel::SelectedPanel(PlanerReview* review, QWidget* parent)
    : QWidget(parent),
      review_(review),
      title_(new QLabel(this)),
      reference_(new SecondaryLabel({}, this)),
      further_(new QPushButton(tr("Train further…"), this)) {
  setObjectName(QStringLiteral("selected_panel"));
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  title_->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  reference_->setFont(ui_font(TextSize::small));
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(spacing::page_margin, spacing::grid, spacing::page_margin,
                           spacing::grid);
  grid->setVerticalSpacing(3);
  grid->setHorizontalSpacing(16);
  auto* head = new QHBoxLayout;
  head->addWidget(title_);
  head->addStretch(1);
  head->addWidget(reference_);
  grid->addLayout(head, 0, 0, 1, 3);
  for (int row = 0; row < rows; ++row) {
    labels_[row] = new SecondaryLabel({}, this);
    values_[row] = new QLabel(this);
    others_[row] = new ElidedLabel(this);
    for (QLabel* label : {labels_[row], values_[row], others_[row]})
      label->setFont(ui_font(TextSize::small));
    values_[row]->setTextInteractionFlags(Qt::TextSelectableByMouse);
    grid->addWidget(labels_[row], row + 1, 0);
    grid->addWidget(values_[row], row + 1, 1);
    grid->addWidget(others_[row], row + 1, 2);
  }
  constexpr const char* figures[] = {"network.latency", "network.loss", "network.parameters",
                                     "network.active"};
  for (int row = 0; row < rows; ++row) {
    explain(labels_[row], figures[row]);
    explain(values_[row], figures[row]);
    explain(others_[row], row == 0 ? "network.ratio" : figures[row]);
  }
  explain(title_, "target.share");
  explain(reference_, "target.share");
  set_figure_source(this, [this] {
    const PlanerEntry* entry = review_->described();
    return network_source(entry == nullptr ? std::string() : entry->network);
  });
  further_->setObjectName(QStringLiteral("train_further_button"));
  further_->setToolTip(
      tr("more steps for this network, in which it can learn from the existing one"));
  connect(further_, &QPushButton::clicked, this, &SelectedPanel::further_asked);
  grid->addWidget(further_, rows + 1, 2, Qt::AlignRight);
  grid->setColumnStretch(2, 1);
  grid->setColumnMinimumWidth(0, 126);
  grid->setColumnMinimumWidth(1, 100);
  connect(review_, &PlanerReview::strips_changed, this, &SelectedPanel::refresh);
  connect(review_, &PlanerReview::selection_changed, this, &SelectedPanel::refresh);
  connect(review_, &PlanerReview::subject_changed, this, &SelectedPanel::refresh);
  refresh();
}

QString SelectedPanel::value(int row) const { return values_[row]->text(); }
QString SelectedPanel::against(int row) const { return others_[row]->text(); }

void SelectedPanel::refresh() {
  const PlanerEntry* entry = review_->described();
  const SearchCurve* curve = review_->curve();
  setVisible(entry != nullptr && curve != nullptr);
  if (entry == nullptr || curve == nullptr) return;
  const PlanerEntry* other = &curve->entries.front();
  if (review_->selected().size() == 2) other = review_->entry(review_->selected().front());
  if (other == nullptr) other = &curve->entries.front();
  const bool itself = entry->key() == other->key();
  further_->setVisible(entry->can_go_on());
  title_->setText(tr("Selected: %1").arg(lower_first(entry_title(*entry))));
  reference_->setVisible(!itself);
  reference_->setText(
      tr("against %1")
          .arg(lower_first(other->role == PlanerEntry::Role::baseline ? tr("the baseline")
                                                                      : entry_title(*other))));

  const bool of_time = curve->subject.cost == CostKind::latency;
  labels_[0]->setText((of_time ? tr("latency, batch %1") : tr("J per 1,000 tokens, batch %1"))
                          .arg(curve->subject.key.batch));
  for (QLabel* shown : {labels_[0], values_[0]}) explain(shown, cost_figure(curve->subject.cost));
  labels_[1]->setText(tr("%1, validation").arg(curve->unit.name()));
  labels_[2]->setText(tr("parameters"));
  labels_[3]->setText(tr("active per token"));

  const auto cost = entry->shown_cost();
  const auto own = entry->measured(), beside = entry->beside();
  const auto text_of_cost = [&](const MeasuredCost& measured) {
    return measured_text(entry->cost, measured.median, measured.spread);
  };
  values_[0]->setText(!cost ? QString(no_value)
                      : own ? text_of_cost(*own)
                            : tr("%1 est.").arg(curve->text(*cost)));
  QStringList latency;
  // A ratio is of two latencies that were measured in turns: of two found networks through the
  // baseline that each of them was measured beside.
  const bool against_baseline = other->role == PlanerEntry::Role::baseline;
  if (const auto fraction = entry->fraction()) {
    const auto reference = against_baseline ? std::optional(1.0) : other->fraction();
    if (reference) latency << target_text(*fraction / *reference);
    if (const auto met = entry->target_met(); met && against_baseline)
      latency << (*met ? tr("limit %1 met") : tr("above the limit %1"))
                     .arg(curve->text(entry->target * beside->median));
  } else if (own) {
    latency << tr("measured in a different sitting");
  } else if (cost && curve->baseline_cost() && against_baseline) {
    if (const auto estimated = curve->shown_fraction(*entry))
      latency << tr("%1 est.").arg(target_text(*estimated));
  }
  if (entry->is_noisy()) latency << tr("noisy");
  static_cast<ElidedLabel*>(others_[0])
      ->setText(itself ? QString() : latency.join(QStringLiteral(", ")));
  others_[0]->setToolTip(entry->fraction() ? tr("%1 beside the baseline's %2, measured in turns")
                                                 .arg(text_of_cost(*own), text_of_cost(*beside))
                                           : QString());

  const auto nats = entry->shown_nats();
  values_[1]->setText(entry->loss ? curve->unit.text(*entry->loss)
                      : nats      ? curve->unit.text(*nats)
                                  : QString(no_value));
  QString loss;
  if (!itself && nats && other->shown_nats()) {
    const double difference = curve->unit.value(*nats) - curve->unit.value(*other->shown_nats());
    loss = signed_decimal(difference, curve->unit.digits());
    // Both on the same text: the errors are taken as independent, which is the wider interval.
    if (entry->loss && other->loss) {
      const double half =
          std::hypot(curve->unit.half_width(*entry->loss), curve->unit.half_width(*other->loss));
      loss = QStringLiteral("%1 ± %2, ").arg(loss, decimal(half, curve->unit.digits())) +
             (std::abs(difference) <= half ? tr("interval contains 0")
              : difference > 0             ? tr("worse")
                                           : tr("better"));
    } else {
      loss += entry->role == PlanerEntry::Role::predicted ? tr(", predicted") : tr(", so far");
    }
  }
  static_cast<ElidedLabel*>(others_[1])->setText(loss);
  const auto count = [](const PlanerEntry& of, bool active) {
    return of.parameters ? parameters_text(active ? of.parameters->active : of.parameters->all)
                         : QString(no_value);
  };
  for (const int row : {2, 3}) {
    values_[row]->setText(count(*entry, row == 3));
    static_cast<ElidedLabel*>(others_[row])->setText(itself ? QString() : count(*other, row == 3));
  }
}

void SelectedPanel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().base);
  painter.fillRect(QRect(0, 0, width(), 1), colours().line);
}

}  // namespace plumbline
