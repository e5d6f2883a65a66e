#include "widgets/decision_page/stage_panel.h"

#include <QCheckBox>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

#include "core/decision/staging.h"
#include "widgets/bars/bar.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int stage_row = 18, stage_name = 96, stage_figure = 56, stage_bar = 6;
constexpr std::size_t most_stages = 8, most_numbers = 4;

/// "temperature 2.35, 1.98", of the policy and of those that are nested in it.
void add_learned(const BoundPolicy& policy, QStringList& words) {
  if (!policy.learned.split.empty())
    for (const auto& [name, numbers] : policy.learned.numbers) {
      if (name == "order") continue;
      QStringList values;
      for (std::size_t i = 0; i < std::min(numbers.size(), most_numbers); ++i)
        values << text_of(value_text(numbers[i], false));
      if (numbers.size() > most_numbers) values << QStringLiteral("…");
      words << QStringLiteral("%1 %2").arg(text_of(name), values.join(QStringLiteral(", ")));
    }
  for (const BoundPolicy& inner : policy.inner) add_learned(inner, words);
}

}  // namespace

/// A row a stage: voter, bar, share.
class StagePanel::Bars : public QWidget {
 public:
  Bars(DecisionAnalysis* analysis, QWidget* parent) : QWidget(parent), analysis_(analysis) {}

  std::vector<Stage> stages() const {
    const RunReview* review = analysis_->review();
    if (review == nullptr || !review->is_staged()) return {};
    return stages_of(review->bound_policy(), analysis_->shares());
  }
  QString name(std::size_t place) const {
    const RunReview& review = *analysis_->review();
    return text_of(to_string(review.run().info.voters[review.policy_voters()[place]]));
  }
  void fit() {
    setFixedHeight(stage_row * static_cast<int>(std::min(stages().size(), most_stages)));
    update();
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    const Colours& c = colours();
    const bool current = analysis_->cost_is_current();
    const QFont small = ui_font(TextSize::small);
    painter.setFont(small);
    const auto asked = stages();
    for (std::size_t i = 0; i < std::min(asked.size(), most_stages); ++i) {
      const int top = static_cast<int>(i) * stage_row;
      painter.setPen(c.text);
      painter.drawText(
          QRect(0, top, stage_name, stage_row), Qt::AlignLeft | Qt::AlignVCenter,
          QFontMetrics(small).elidedText(name(asked[i].voter), Qt::ElideMiddle, stage_name - 4));
      const int left = stage_name + 4, length = width() - left - stage_figure;
      const QRect groove(left, top + (stage_row - stage_bar) / 2, length, stage_bar);
      painter.fillRect(groove, c.groove);
      const double share = asked[i].share;
      painter.fillRect(
          QRect(groove.topLeft(), QSize(static_cast<int>(share * length + 0.5), stage_bar)),
          current ? c.accent : c.control_line);
      painter.setPen(current ? c.text : c.disabled_text);
      painter.drawText(QRect(width() - stage_figure, top, stage_figure, stage_row),
                       Qt::AlignRight | Qt::AlignVCenter, percent(share));
    }
  }

 private:
  DecisionAnalysis* analysis_;
};

StagePanel::StagePanel(DecisionAnalysis* analysis, QWidget* parent)
    : QWidget(parent),
      analysis_(analysis),
      staged_(new QCheckBox(tr("Staged activation"), this)),
      order_(new SecondaryLabel({}, this)),
      foot_(new SecondaryLabel(tr("share of samples that reaches each stage"), this)),
      learned_(new SecondaryLabel({}, this)),
      bars_(new Bars(analysis, this)) {
  staged_->setObjectName(QStringLiteral("staged"));
  learned_->setObjectName(QStringLiteral("learned"));
  for (QLabel* label : {order_, foot_, learned_}) label->setFont(ui_font(TextSize::small));
  for (QWidget* part :
       {static_cast<QWidget*>(order_), static_cast<QWidget*>(foot_), static_cast<QWidget*>(bars_)})
    explain(part, "decision.stages");
  explain(learned_, "decision.learned");
  order_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  learned_->setWordWrap(true);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(spacing::together);
  auto* head = new QHBoxLayout;
  head->setSpacing(spacing::grid);
  head->addWidget(staged_);
  head->addWidget(order_, 1);
  rows->addLayout(head);
  rows->addWidget(bars_);
  rows->addWidget(foot_);
  rows->addWidget(learned_);
  connect(staged_, &QCheckBox::clicked, this, [this](bool on) {
    if (RunReview* review = analysis_->review()) review->set_staged(on);
  });
  connect(analysis_, &DecisionAnalysis::moved, this, &StagePanel::refresh);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, &StagePanel::refresh);
  refresh();
}

QString StagePanel::learned_text() const {
  return learned_->isHidden() ? QString() : learned_->text();
}

QStringList StagePanel::stage_texts() const {
  QStringList texts;
  for (const Stage& stage : bars_->stages())
    texts << bars_->name(stage.voter) + u' ' + percent(stage.share);
  return texts;
}

/// What a stage that a share of the batch reaches is taken to cost.
QString StagePanel::times_text() const {
  const VoterTimes& times = analysis_->times();
  if (times.latency_ms.empty() || !times.latency_ms.front()) return tr("nothing was timed");
  QStringList sizes;
  for (const double size : times.of(analysis_->review()->policy_voters()).common_sizes())
    sizes << text_of(value_text(size, true));
  if (sizes.size() < 2)
    return tr("costs in proportion: only batches of %1 were timed")
        .arg(text_of(value_text(times.batch, true)));
  return tr("costs as timed with batches of %1").arg(sizes.join(QStringLiteral(", ")));
}

void StagePanel::refresh() {
  const RunReview* review = analysis_->review();
  const bool can = review != nullptr && review->rules().traits().can_be_staged;
  const bool staged = can && review->is_staged();
  staged_->setEnabled(can && !review->busy());
  staged_->setChecked(staged);
  staged_->setToolTip(
      can ? tr("Voters are asked one after another until no other can change the verdict")
          : tr("This policy needs all of its voters. Those that count votes can be staged."));
  const bool any = !bars_->stages().empty();
  bars_->setVisible(any);
  foot_->setVisible(any);
  bars_->fit();
  foot_->setText(tr("share of samples that reaches each stage") +
                 (any ? u'\n' + times_text() : QString()));
  QString order;
  if (staged)
    order = review->bound_policy().learned.split.empty()
                ? tr("as listed")
                : tr("cheapest first on %1").arg(text_of(review->bound_policy().learned.split));
  order_->setText(order);
  order_->setToolTip(tr("the order in which voters are asked, and where it was found"));
  QStringList learned;
  if (review != nullptr) add_learned(review->bound_policy(), learned);
  const auto splits =
      review == nullptr ? std::vector<std::string>() : fitted_on(review->bound_policy());
  learned_->setVisible(!learned.isEmpty());
  if (learned.isEmpty()) return;
  const bool here = std::ranges::find(splits, review->run().split) != splits.end();
  learned_->setText((here ? tr("Fitted on %1, which is also shown: the figures are too good. %2")
                          : tr("Fitted on %1: %2"))
                        .arg(text_of(splits.front()), learned.join(QStringLiteral("; "))));
}

}  // namespace plumbline
