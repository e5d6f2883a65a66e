#include "widgets/decision_page/costs_view.h"

#include <QCompleter>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QStringListModel>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

#include "core/data/atomic_file.h"
#include "core/decision/policies/counted_costs.h"
#include "core/types/number.h"
#include "widgets/bars/bar.h"
#include "widgets/decision_page/cost_model.h"
#include "widgets/decision_page/decision_analysis.h"
#include "widgets/decision_page/harm_analysis.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int cost_names_width = 88, least_cost_width = 44, reject_width = 76;
constexpr double greatest_cost = 1e6;

/// Writes what was typed into all cells that are selected.
class CostDelegate : public QStyledItemDelegate {
 public:
  CostDelegate(CostModel* model, QTableView* table)
      : QStyledItemDelegate(table), model_(model), table_(table) {}

  QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem&,
                        const QModelIndex& index) const override {
    auto* field = new QLineEdit(parent);
    field->setObjectName(QStringLiteral("cost_cell"));
    field->setAccessibleName(index.data(Qt::AccessibleTextRole).toString());
    field->setFont(ui_font(TextSize::small));
    field->setAlignment(Qt::AlignRight);
    field->setFrame(false);
    return field;
  }
  void setEditorData(QWidget* editor, const QModelIndex& index) const override {
    static_cast<QLineEdit*>(editor)->setText(index.data(Qt::EditRole).toString());
  }
  void setModelData(QWidget* editor, QAbstractItemModel*, const QModelIndex& index) const override {
    const QString text = static_cast<QLineEdit*>(editor)->text();
    const QItemSelection selected = table_->selectionModel()->selection();
    // An editor that is left as it was opened changes nothing.
    if (text == index.data(Qt::EditRole).toString() && selected.size() <= 1 &&
        (selected.isEmpty() || selected.front().width() * selected.front().height() == 1))
      return;
    model_->set_cells(selected.contains(index) ? selected : QItemSelection(index, index), text);
  }
  void updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                            const QModelIndex&) const override {
    editor->setGeometry(option.rect);
  }

 private:
  CostModel* model_;
  QTableView* table_;
};

/// The shortest text, so that 0.1 stands as it is said.
class CostSpinBox : public QDoubleSpinBox {
 public:
  using QDoubleSpinBox::QDoubleSpinBox;
  QString textFromValue(double value) const override { return text_of(shortest(value)); }
};

}  // namespace

CostsView::CostsView(DecisionAnalysis* analysis, HarmAnalysis* harm, QWidget* parent)
    : QWidget(parent),
      analysis_(analysis),
      harm_(harm),
      model_(new CostModel(this)),
      class_(new QLineEdit(this)),
      reject_(new CostSpinBox(this)),
      import_(new QPushButton(tr("Import…"), this)),
      export_(new QPushButton(tr("Export…"), this)),
      reset_(new QPushButton(tr("Reset"), this)),
      summary_(new SecondaryLabel({}, this)),
      table_(new QTableView(this)) {
  setObjectName(QStringLiteral("costs"));
  setAccessibleName(tr("Costs"));
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, spacing::together, 0, 0);
  rows->setSpacing(spacing::together);
  rows->addWidget(make_controls());
  summary_->setObjectName(QStringLiteral("costs_summary"));
  explain(summary_, "decision.harm");
  explain(table_, "decision.costs");
  summary_->setFont(ui_font(TextSize::small));
  summary_->setWordWrap(true);
  summary_->setContentsMargins(spacing::page_margin, 0, spacing::page_margin, 0);
  rows->addWidget(summary_);
  make_table();
  rows->addWidget(table_, 1);
  connect(model_, &CostModel::refused, this, &CostsView::failed);
  connect(analysis_, &DecisionAnalysis::moved, this, &CostsView::show_facts);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, &CostsView::show_facts);
  show_facts();
}

QWidget* CostsView::make_controls() {
  auto* box = new QWidget(this);
  auto* row = new QHBoxLayout(box);
  row->setContentsMargins(spacing::page_margin, 0, spacing::page_margin, 0);
  row->setSpacing(spacing::grid);
  class_->setObjectName(QStringLiteral("cost_class"));
  class_->setAccessibleName(tr("Go to class"));
  class_->setPlaceholderText(tr("Go to class"));
  class_->setToolTip(
      tr("A class, or two as “cat, dog”: the true one, then what is decided. Enter "
         "goes there"));
  class_->setClearButtonEnabled(true);
  class_->setMinimumWidth(60);
  reject_->setObjectName(QStringLiteral("reject_cost"));
  reject_->setAccessibleName(tr("Cost of one rejection"));
  reject_->setToolTip(tr("What it costs to reject one image, where a plain error costs 1"));
  reject_->setLocale(QLocale::c());
  reject_->setDecimals(4);
  reject_->setRange(0, greatest_cost);
  reject_->setSingleStep(0.05);
  reject_->setKeyboardTracking(false);
  reject_->setAlignment(Qt::AlignRight);
  reject_->setFixedSize(reject_width, spacing::control_height);
  import_->setObjectName(QStringLiteral("import_costs"));
  import_->setToolTip(tr("Reads a cost matrix, CSV or JSON, of true classes by decided classes"));
  export_->setObjectName(QStringLiteral("export_costs"));
  export_->setToolTip(tr("Writes the matrix as CSV, which can be read back"));
  reset_->setObjectName(QStringLiteral("reset_costs"));
  reset_->setToolTip(tr("Every error costs 1, a rejection 0.1"));
  row->addWidget(class_, 1);
  row->addWidget(labelled(tr("rejecting"), reject_, box));
  for (QPushButton* button : {import_, export_, reset_}) row->addWidget(button);
  for (QWidget* widget : {static_cast<QWidget*>(class_), static_cast<QWidget*>(reject_),
                          static_cast<QWidget*>(import_), static_cast<QWidget*>(export_),
                          static_cast<QWidget*>(reset_)})
    widget->setFont(ui_font(TextSize::small));
  connect(class_, &QLineEdit::returnPressed, this, [this] {
    if (!class_->text().trimmed().isEmpty() && !go_to(class_->text()))
      Q_EMIT said(tr("No matches."));
  });
  connect(reject_, &QDoubleSpinBox::valueChanged, this, [this](double cost) {
    if (review_) review_->set_costs({review_->costs().matrix, cost});
  });
  connect(import_, &QPushButton::clicked, this, &CostsView::ask_for_import);
  connect(export_, &QPushButton::clicked, this, &CostsView::ask_for_export);
  connect(reset_, &QPushButton::clicked, this, [this] {
    if (review_)
      review_->set_costs(
          {std::make_shared<const CostMatrix>(plain_costs(review_->costs().matrix->classes)),
           HarmCosts::usual_reject});
  });
  return box;
}

void CostsView::make_table() {
  table_->setModel(model_);
  table_->setItemDelegate(new CostDelegate(model_, table_));
  table_->setObjectName(QStringLiteral("cost_table"));
  table_->setAccessibleName(tr("Costs by true class and by what is decided"));
  table_->setFrameShape(QFrame::NoFrame);
  table_->setTabKeyNavigation(false);
  table_->setWordWrap(false);
  table_->setCornerButtonEnabled(false);
  table_->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed |
                          QAbstractItemView::AnyKeyPressed);
  table_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  for (QHeaderView* head : {table_->horizontalHeader(), table_->verticalHeader()}) {
    // Fixed: a thousand columns are not measured one by one.
    head->setSectionResizeMode(QHeaderView::Fixed);
    head->setFont(ui_font(TextSize::caption));
    head->setHighlightSections(true);
    head->setTextElideMode(Qt::ElideRight);
    head->setMinimumSectionSize(18);
  }
  table_->verticalHeader()->setDefaultSectionSize(22);
  table_->verticalHeader()->setFixedWidth(cost_names_width);
  table_->horizontalHeader()->setFixedHeight(22);
  table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  table_->installEventFilter(this);
}

void CostsView::set_review(RunReview* review) {
  review_ = review;
  model_->set_review(review);
  offer_classes();
  fit_columns();
  show_facts();
}

/// Few classes share the width; of many each has enough for its figure.
void CostsView::fit_columns() {
  const int classes = model_->columnCount();
  if (classes == 0) return;
  const int room = table_->width() - cost_names_width - spacing::scroll_bar_width - 2;
  table_->horizontalHeader()->setDefaultSectionSize(std::max(least_cost_width, room / classes));
}

void CostsView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fit_columns();
}

void CostsView::offer_classes() {
  QStringList names;
  if (review_)
    for (const std::string& name : review_->costs().matrix->classes) names << text_of(name);
  auto* completer = new QCompleter(names, class_);
  completer->setCaseSensitivity(Qt::CaseInsensitive);
  completer->setFilterMode(Qt::MatchContains);
  if (class_->completer() != nullptr) class_->completer()->deleteLater();
  class_->setCompleter(completer);
}

bool CostsView::go_to(const QString& words) {
  if (!review_) return false;
  const auto& classes = review_->costs().matrix->classes;
  // Exactly, then by its beginning, then by any part of it.
  const auto place_of = [&](const QString& wanted) {
    if (wanted.isEmpty()) return -1;
    for (const auto matches : {+[](const QString& name, const QString& part) {
                                 return name.compare(part, Qt::CaseInsensitive) == 0;
                               },
                               +[](const QString& name, const QString& part) {
                                 return name.startsWith(part, Qt::CaseInsensitive);
                               },
                               +[](const QString& name, const QString& part) {
                                 return name.contains(part, Qt::CaseInsensitive);
                               }})
      for (std::size_t i = 0; i < classes.size(); ++i)
        if (matches(text_of(classes[i]), wanted)) return static_cast<int>(i);
    return -1;
  };
  // A name may have a comma of its own.
  int truth = place_of(words.trimmed()), decided = truth;
  if (truth < 0 && words.contains(u',')) {
    truth = place_of(words.section(u',', 0, 0).trimmed());
    decided = place_of(words.section(u',', 1).trimmed());
  }
  if (truth < 0 || decided < 0) return false;
  const QModelIndex cell = model_->index(truth, decided);
  table_->setCurrentIndex(cell);
  table_->scrollTo(cell, QAbstractItemView::PositionAtCenter);
  table_->setFocus();
  return true;
}

bool CostsView::eventFilter(QObject* watched, QEvent* event) {
  // What an open cell leaves of its keys is not the table's.
  if (watched == table_ && event->type() == QEvent::KeyPress && table_->hasFocus()) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool plain = key->key() == Qt::Key_Delete || key->key() == Qt::Key_Backspace;
    const bool opens = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (plain) model_->set_cells(table_->selectionModel()->selection(), 1.0);
    if (opens && table_->currentIndex().flags().testFlag(Qt::ItemIsEditable))
      table_->edit(table_->currentIndex());
    if (plain || opens) return true;
  }
  return QWidget::eventFilter(watched, event);
}

QString CostsView::summary() const { return summary_->text(); }

void CostsView::show_facts() {
  const bool there = review_ && model_->rowCount() > 0;
  for (QWidget* widget : {static_cast<QWidget*>(class_), static_cast<QWidget*>(reject_),
                          static_cast<QWidget*>(import_), static_cast<QWidget*>(export_),
                          static_cast<QWidget*>(table_)})
    widget->setEnabled(there);
  reset_->setEnabled(there && !review_->costs().is_plain());
  if (!review_) return summary_->clear();
  if (!there)
    return summary_->setText(
        tr("Costs can be given for 1 to %1 classes; this data set has %2.")
            .arg(with_thousands(most_cost_classes),
                 with_thousands(static_cast<qint64>(review_->run().dataset.classes.size()))));
  const QSignalBlocker quiet(reject_);
  // What is being typed stays.
  if (reject_->value() != review_->costs().reject) reject_->setValue(review_->costs().reject);
  const auto harm = harm_->harm();
  if (!harm) return summary_->setText(tr("No image is judged."));
  QString words = tr("Harm per image, in plain errors: %1 %2")
                      .arg(text_of(review_->rules().kind().name), decimal(*harm, 4));
  if (const auto baseline = harm_->baseline_harm()) {
    const double share = *baseline > 0 ? *harm / *baseline - 1 : 0;
    const QString than = share > 0   ? tr(", %1 more than").arg(percent(share, 0))
                         : share < 0 ? tr(", %1 less than").arg(percent(-share, 0))
                                     : tr(", beside");
    words +=
        than +
        tr(" %1, which keeps as many, %2").arg(analysis_->baseline_name(), decimal(*baseline, 4));
  }
  words += u'.';
  if (review_->decides_by_other_costs())
    words += u' ' + tr("The policy decides by different costs: those that it was saved with.");
  summary_->setText(words);
}

Result<void> CostsView::import_from(const QString& file) {
  if (!review_) return usage_error("no run is open");
  const auto read = load_cost_matrix(file.toStdString());
  TRY(read);
  auto ordered = in_order_of(*read, review_->costs().matrix->classes, file.toStdString());
  TRY(ordered);
  review_->set_costs(
      {std::make_shared<const CostMatrix>(std::move(*ordered)), review_->costs().reject});
  return {};
}

Result<void> CostsView::export_to(const QString& file) const {
  if (!review_) return usage_error("no run is open");
  return write_output(file.toStdString(), to_csv(*review_->costs().matrix));
}

void CostsView::ask_for_import() {
  const QString file = QFileDialog::getOpenFileName(
      this, tr("Import costs"), {}, tr("Cost matrices (*.csv *.json);;All files (*)"));
  if (file.isEmpty()) return;
  if (const auto done = import_from(file); !done)
    Q_EMIT failed(text_of(to_string(done.error())));
  else
    Q_EMIT said(tr("Costs are those of %1").arg(file));
}

void CostsView::ask_for_export() {
  const QString file = QFileDialog::getSaveFileName(
      this, tr("Export costs"), QString::fromLatin1(exported_costs), tr("CSV (*.csv)"));
  if (file.isEmpty()) return;
  if (const auto done = export_to(file); !done)
    Q_EMIT failed(text_of(to_string(done.error())));
  else
    Q_EMIT said(tr("The costs were written to %1").arg(file));
}

}  // namespace plumbline
