#include "widgets/detection/detection_view.h"

#include <QGridLayout>
#include <QHeaderView>
#include <QPainter>
#include <QStandardItemModel>
#include <QTableView>
#include <QVBoxLayout>

#include "widgets/bars/row_table.h"
#include "widgets/bars/title_bar.h"
#include "widgets/decision/policy_bar.h"
#include "widgets/decision/policy_controls.h"
#include "widgets/detection/detection_analysis.h"
#include "widgets/detection/detection_plots.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

// Of the numbers' heads; what is left is the classes' names.
constexpr int class_width = 436, number_widths[] = {58, 58, 118, 52, 46};
constexpr int category_role = Qt::UserRole + 1;

QStandardItem* figure_cell(const QString& text, const QVariant& sort) {
  auto* item = new QStandardItem(text);
  item->setEditable(false);
  item->setData(sort, Qt::UserRole);
  return item;
}

}  // namespace

DetectionView::DetectionView(QWidget* parent)
    : QWidget(parent),
      analysis_(new DetectionAnalysis(this)),
      policy_(new PolicyBar(this)),
      precision_(new PrecisionPlot(analysis_, this)),
      prices_(new PricePlot(analysis_, this)),
      model_(new QStandardItemModel(this)),
      table_(new QTableView(this)) {
  setObjectName(QStringLiteral("detection_view"));
  auto* classes = new Ground(this);
  auto* class_rows = new QVBoxLayout(classes);
  class_rows->setContentsMargins(0, 0, 0, 0);
  class_rows->setSpacing(0);
  class_rows->addWidget(
      new TitleBar(tr("Classes"), tr("click a row to open its undetected objects"), classes));
  class_rows->addWidget(table_, 1);
  table_->setModel(model_);
  table_->setObjectName(QStringLiteral("class_figures"));
  table_->setAccessibleName(tr("Classes"));
  explain_columns(table_, {"", "classes.objects", "classes.found", "classes.undetected",
                           "classes.false", "classes.ap"});
  show_as_rows(table_, spacing::dock_title_height);
  table_->setSortingEnabled(true);
  QHeaderView* head = table_->horizontalHeader();
  model_->setSortRole(Qt::UserRole);
  model_->setHorizontalHeaderLabels(
      {tr("class"), tr("objects"), tr("found"), tr("undetected"), tr("false"), tr("AP")});
  for (int column = 1; column < model_->columnCount(); ++column)
    model_->setHeaderData(column, Qt::Horizontal, int{Qt::AlignRight | Qt::AlignVCenter},
                          Qt::TextAlignmentRole);
  head->setSectionResizeMode(0, QHeaderView::Stretch);
  for (int column = 1; column < model_->columnCount(); ++column)
    head->resizeSection(column, number_widths[column - 1]);
  model_->setHeaderData(0, Qt::Horizontal, int{Qt::AlignLeft | Qt::AlignVCenter},
                        Qt::TextAlignmentRole);
  head->setSortIndicator(3, Qt::DescendingOrder);
  classes->setFixedWidth(class_width);

  auto* grid = new QGridLayout;
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setSpacing(1);
  grid->addWidget(precision_, 0, 0);
  grid->addWidget(prices_, 0, 1);
  grid->addWidget(new TidePlot(analysis_, this), 1, 0);
  grid->addWidget(new FinderPlot(analysis_, this), 1, 1);
  grid->addWidget(classes, 0, 2, 2, 1);
  grid->setColumnStretch(0, 1);
  grid->setColumnStretch(1, 1);
  grid->setRowStretch(0, 3);
  grid->setRowStretch(1, 2);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(policy_);
  rows->addLayout(grid, 1);
  connect(analysis_, &DetectionAnalysis::moved, this, &DetectionView::show_classes);
  connect(analysis_, &DetectionAnalysis::changed, this, &DetectionView::show_classes);
  const auto open = [this](const QModelIndex& index) {
    const QVariant category = model_->item(index.row(), 0)->data(category_role);
    Q_EMIT class_chosen(static_cast<ClassIndex>(category.toInt()));
  };
  connect(table_, &QTableView::clicked, this, open);
  connect(table_, &QTableView::activated, this, open);
}

void DetectionView::set_review(RunReview* review) {
  review_ = review;
  policy_->set_review(review);
  analysis_->set_review(review);
}

void DetectionView::offer_decisions(const Study* study) {
  policy_->controls()->offer_decisions(study);
}

QWidget* DetectionView::main_view() const { return policy_->controls()->kinds(); }

bool DetectionView::settled() const {
  return !review_ || (!review_->busy() && analysis_->settled());
}

void DetectionView::show_classes() {
  if (!review_) return;
  const auto classes = analysis_->classes();
  table_->setSortingEnabled(false);
  model_->setRowCount(0);
  for (const ClassFound& of_class : classes) {
    const auto number = [](std::int64_t value) {
      return figure_cell(with_thousands(value), QVariant::fromValue<qlonglong>(value));
    };
    QList<QStandardItem*> row = {
        figure_cell(text_of(review_->run().class_name(static_cast<ClassIndex>(of_class.category))),
                    static_cast<int>(of_class.category)),
        number(of_class.objects),
        number(of_class.found),
        number(of_class.undetected()),
        number(of_class.false_detections),
        figure_cell(of_class.ap < 0 ? QString(no_value) : decimal(of_class.ap * 100, 1),
                    of_class.ap)};
    row.front()->setData(row.front()->text(), Qt::UserRole);
    row.front()->setToolTip(row.front()->text());
    row.front()->setData(static_cast<int>(of_class.category), category_role);
    for (qsizetype i = 1; i < row.size(); ++i)
      row[i]->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    model_->appendRow(row);
  }
  table_->setSortingEnabled(true);
}

void DetectionView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().line);
}

}  // namespace plumbline
