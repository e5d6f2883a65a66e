#include "widgets/planer/target_panel.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/bars/title_bar.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/planer/planer_jobs.h"
#include "widgets/planer/planer_review.h"
#include "widgets/planer/target_model.h"
#include "widgets/planer/target_view.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

TargetPanel::TargetPanel(PlanerReview* review, TargetModel* targets, PlanerJobs* jobs,
                         QWidget* parent)
    : QWidget(parent),
      review_(review),
      targets_(targets),
      jobs_(jobs),
      title_(new TitleBar(tr("Targets"), {}, this)),
      table_(new TargetView(targets)),
      new_targets_(new QLineEdit),
      export_(new QPushButton(tr("Export…"))),
      export_menu_(new QMenu(export_)) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  explain(title_, "target.state");
  rows->addWidget(title_);
  rows->addWidget(table_);
  rows->addWidget(make_row());
  table_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  connect(targets_, &TargetModel::reordered, jobs_, &PlanerJobs::reorder);
  connect(targets_, &QAbstractItemModel::modelReset, this, &TargetPanel::refresh);
  connect(targets_, &QAbstractItemModel::dataChanged, this, &TargetPanel::refresh);
  connect(table_, &TargetView::removal_wanted, jobs_, &PlanerJobs::remove_target);
  connect(table_, &TargetView::row_chosen, this, &TargetPanel::select);
  connect(export_, &QPushButton::clicked, export_menu_,
          [this] { export_menu_->popup(export_->mapToGlobal(QPoint(0, export_->height()))); });
}

QWidget* TargetPanel::make_row() {
  new_targets_->setObjectName(QStringLiteral("new_targets"));
  new_targets_->setPlaceholderText(tr("0.55, 0.45"));
  new_targets_->setAccessibleName(
      tr("Targets to add, as fractions of the baseline's latency, or energy"));
  auto* add = new QPushButton(tr("Add to queue"));
  add->setObjectName(QStringLiteral("add_targets"));
  export_->setObjectName(QStringLiteral("planer_export"));
  auto* row = new QWidget(this);
  auto* items = new QHBoxLayout(row);
  items->setContentsMargins(spacing::page_margin, spacing::grid, spacing::page_margin,
                            spacing::grid);
  items->setSpacing(spacing::grid);
  auto* words = new SecondaryLabel(tr("Add targets"), row);
  words->setBuddy(new_targets_);
  items->addWidget(words);
  items->addWidget(new_targets_, 1);
  items->addWidget(add);
  items->addStretch(1);
  items->addWidget(export_);
  connect(add, &QPushButton::clicked, this, &TargetPanel::add_targets);
  connect(new_targets_, &QLineEdit::returnPressed, this, &TargetPanel::add_targets);
  return row;
}

void TargetPanel::refresh() { title_->set_fact(targets_->summary()); }

void TargetPanel::add_targets() {
  const auto targets = parse_target_list(new_targets_->text());
  if (!targets) return Q_EMIT failed(text_of(to_string(targets.error())));
  // One job each, so that they can be put into another order.
  for (const double target : *targets)
    if (!jobs_->launch(target)) return;
  new_targets_->clear();
}

void TargetPanel::select(int row) {
  const std::string& network = targets_->row(row).network;
  for (const PlanerEntry& entry : review_->strips())
    if (!network.empty() && entry.network == network) review_->select({entry.key()});
}

}  // namespace plumbline
