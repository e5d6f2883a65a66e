#include "widgets/runs/cost_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/bars/bar.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/jobs/job_words.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

/// Seconds by model, side by side, in shades of the accent.
class CostPanel::Bar : public QWidget {
 public:
  explicit Bar(QWidget* parent) : QWidget(parent) { setFixedHeight(26); }
  std::vector<std::pair<QString, double>> parts;

 protected:
  void paintEvent(QPaintEvent*) override {
    const Colours& c = colours();
    QPainter painter(this);
    painter.fillRect(QRect(0, 0, width(), 8), c.groove);
    double sum = 0;
    for (const auto& part : parts) sum += part.second;
    if (sum <= 0) return;
    painter.setFont(ui_font(TextSize::caption));
    double from = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const int left = qRound(width() * from / sum);
      from += parts[i].second;
      const int right = qRound(width() * from / sum);
      QColor shade = c.accent;
      shade.setAlphaF(static_cast<float>(parts.size() < 2
                                             ? 1.0
                                             : 0.4 + 0.6 * static_cast<double>(i) /
                                                         static_cast<double>(parts.size() - 1)));
      painter.fillRect(QRect(left, 0, std::max(1, right - left - 1), 8), shade);
      const QString text = duration_text(parts[i].second);
      painter.setPen(c.secondary_text);
      if (painter.fontMetrics().horizontalAdvance(text) + 4 <= right - left)
        painter.drawText(QRect(left, 10, right - left, 16), Qt::AlignLeft | Qt::AlignVCenter, text);
    }
    QStringList words;
    for (const auto& [model, seconds] : parts)
      words << model + QStringLiteral(": ") + duration_text(seconds);
    setToolTip(words.join(u'\n'));
  }
};

CostPanel::CostPanel(QWidget* parent)
    : QWidget(parent),
      voters_(new QLabel(this)),
      per_image_(new SecondaryLabel({}, this)),
      total_(new QLabel(this)),
      note_(new SecondaryLabel({}, this)),
      bar_(new Bar(this)) {
  total_->setFont(ui_font(TextSize::figure, QFont::DemiBold));
  total_->setObjectName(QStringLiteral("cost_total"));
  note_->setFont(ui_font(TextSize::small));
  note_->setWordWrap(true);
  voters_->setObjectName(QStringLiteral("cost_voters"));
  explain(voters_, "plan.voters");
  explain(per_image_, "plan.per_image");
  explain(bar_, "plan.per_image");
  explain(total_, "plan.time");
  explain(note_, "plan.note");
  auto* first = new QHBoxLayout;
  first->addWidget(voters_);
  first->addStretch(1);
  first->addWidget(per_image_);
  auto* second = new QHBoxLayout;
  second->setSpacing(spacing::grid);
  second->addWidget(total_);
  second->addWidget(note_, 1);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(spacing::together);
  rows->addLayout(first);
  rows->addWidget(bar_);
  rows->addLayout(second);
}

QString CostPanel::total_text() const { return total_->text(); }

void CostPanel::show_cost(const RunEstimate& cost, bool on_gpu) {
  const std::size_t voters = cost.voters.size();
  voters_->setText(QStringLiteral("%1 × %2").arg(counted(voters, tr("voter"), tr("voters")),
                                                 counted(cost.samples, tr("image"), tr("images"))));
  per_image_->setText(
      cost.ms_per_image > 0 ? tr("%1 ms per image").arg(decimal(cost.ms_per_image, 2)) : QString());
  bar_->parts.clear();
  for (const auto& [model, seconds] : cost.by_model)
    bar_->parts.emplace_back(text_of(model), seconds);
  bar_->update();
  QStringList notes;
  if (voters == 0) {
    total_->setText(QStringLiteral("–"));
    note_->setText(tr("tick models and views"));
    return;
  }
  if (cost.predictions == 0) {
    total_->setText(tr("nothing to compute"));
    notes << tr("already computed");
  } else if (cost.unknown > 0 && cost.seconds == 0) {
    // Voters that are already computed add nothing to what is known of the others.
    total_->setText(tr("not known"));
    notes << tr("these models have not run on %1 yet; the first run measures them")
                 .arg(on_gpu ? tr("this GPU") : tr("this CPU"));
  } else {
    total_->setText((cost.unknown > 0 ? tr("more than ")
                     : cost.about     ? tr("about ")
                                      : QString()) +
                    duration_text(cost.seconds));
    notes << tr("predicted");
    if (cost.unknown > 0)
      notes << tr("%1 not measured yet").arg(counted(cost.unknown, tr("voter"), tr("voters")));
  }
  if (cost.times_baseline > 0 && voters > 1)
    notes << tr("%1 × the baseline").arg(decimal(cost.times_baseline, 1));
  note_->setText(notes.join(QStringLiteral(", ")));
}

}  // namespace plumbline
