#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include "core/report/writers/report_writer.h"
#include "widgets/bars/title_bar.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/report/report_page.h"
#include "widgets/report/report_preview.h"
#include "widgets/report/section_tree.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int side_width = 304;

}  // namespace

QWidget* ReportPage::make_side() {
  auto* side = new Ground(this);
  side->setFixedWidth(side_width);
  auto* rows = new QVBoxLayout(side);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  sections_title_ = new TitleBar(tr("Sections"), {}, side);
  rows->addWidget(sections_title_);
  tree_ = new SectionTree(side);
  // A tree view sets the margins of its viewport itself, for its header.
  auto* inset = new QHBoxLayout;
  inset->setContentsMargins(spacing::grid, spacing::together, spacing::grid, spacing::together);
  inset->addWidget(tree_);
  rows->addLayout(inset, 1);
  connect(tree_, &SectionTree::choice_changed, this, &ReportPage::retell);
  rows->addWidget(make_settings(side));
  auto* buttons = new QHBoxLayout;
  buttons->setContentsMargins(spacing::page_margin, spacing::grid, spacing::page_margin,
                              spacing::page_margin);
  buttons->setSpacing(spacing::grid);
  export_ = new QPushButton(tr("Export…"), side);
  export_->setObjectName(QStringLiteral("export_report"));
  export_->setDefault(true);
  copy_ = new QPushButton(tr("Copy command"), side);
  copy_->setObjectName(QStringLiteral("copy_command"));
  copy_->setToolTip(tr("The command line that writes this report"));
  buttons->addWidget(export_, 1);
  buttons->addWidget(copy_);
  rows->addLayout(buttons);
  connect(export_, &QPushButton::clicked, this, &ReportPage::ask_for_file);
  connect(copy_, &QPushButton::clicked, this, [this] {
    QApplication::clipboard()->setText(format() == "latex" && report_ ? text_of(latex_of(*report_))
                                                                      : command());
  });
  return side;
}

QWidget* ReportPage::make_settings(QWidget* parent) {
  auto* box = new Ground(parent);
  auto* form = new QFormLayout(box);
  form->setContentsMargins(spacing::page_margin, spacing::page_margin, spacing::page_margin, 0);
  form->setHorizontalSpacing(spacing::label_to_control);
  form->setVerticalSpacing(6);
  const auto line = [&](const QString& label, const char* name) {
    auto* edit = new QLineEdit(box);
    edit->setObjectName(QString::fromLatin1(name));
    edit->setAccessibleName(label);
    form->addRow(label, edit);
    connect(edit, &QLineEdit::editingFinished, this, [this] {
      if (!filling_) retell();
    });
    return edit;
  };
  const auto combo = [&](const QString& label, const char* name) {
    auto* choice = new QComboBox(box);
    choice->setObjectName(QString::fromLatin1(name));
    choice->setAccessibleName(label);
    choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    choice->setMinimumContentsLength(10);
    form->addRow(label, choice);
    connect(choice, &QComboBox::currentIndexChanged, this, &ReportPage::take_choice);
    return choice;
  };
  title_ = line(tr("Title"), "report_title");
  author_ = line(tr("Author"), "report_author");
  remarks_ = line(tr("Remarks"), "report_remarks");
  decision_ = combo(tr("Run, decision"), "report_decision");
  search_ = combo(tr("Search"), "report_search");
  cases_ = combo(tr("Cases"), "report_cases");
  case_count_ = new QSpinBox(box);
  case_count_->setObjectName(QStringLiteral("report_case_count"));
  case_count_->setAccessibleName(tr("Cases at most"));
  case_count_->setRange(1, 10'000);
  case_count_->setValue(24);
  case_count_->setKeyboardTracking(false);
  form->addRow(tr("At most"), case_count_);
  connect(case_count_, &QSpinBox::valueChanged, this, &ReportPage::take_choice);
  provenance_ = new QCheckBox(tr("provenance under figures"), box);
  provenance_->setObjectName(QStringLiteral("report_provenance"));
  paths_ = new QCheckBox(tr("absolute paths of files"), box);
  paths_->setObjectName(QStringLiteral("report_paths"));
  for (QCheckBox* tick : {provenance_, paths_}) {
    form->addRow(QString(), tick);
    connect(tick, &QCheckBox::toggled, this, &ReportPage::take_choice);
  }
  return box;
}

QWidget* ReportPage::make_desk() {
  auto* desk = new QWidget(this);
  auto* rows = new QVBoxLayout(desk);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  auto* bar = new Bar(desk);
  auto* controls = new WrapLayout(bar, spacing::bar_height, spacing::grid, spacing::page_margin);
  formats_ = new QTabBar(bar);
  formats_->setObjectName(QStringLiteral("report_formats"));
  formats_->setAccessibleName(tr("Format"));
  formats_->setDrawBase(false);
  formats_->setExpanding(false);
  formats_->setUsesScrollButtons(false);
  for (const auto& [name, words] :
       {std::pair("html", "HTML"), std::pair("pdf", "PDF"), std::pair("csv", "CSV"),
        std::pair("json", "JSON"), std::pair("latex", "LaTeX")})
    formats_->setTabData(formats_->addTab(QString::fromLatin1(words)), QString::fromLatin1(name));
  connect(formats_, &QTabBar::currentChanged, this, [this] {
    copy_->setText(format() == "latex" ? tr("Copy LaTeX") : tr("Copy command"));
    show_format();
  });
  formats_->setMinimumWidth(formats_->sizeHint().width());
  controls->addWidget(formats_);
  page_ = new QSpinBox(bar);
  page_->setObjectName(QStringLiteral("report_page_number"));
  page_->setAccessibleName(tr("Page"));
  page_->setRange(1, 1);
  pages_ = new QLabel(bar);
  explain(pages_, "report.pages");
  explain(sections_title_, "report.pages");
  zoom_ = new QComboBox(bar);
  zoom_->setAccessibleName(tr("Zoom"));
  zoom_->addItem(tr("Fit width"), 0.0);
  for (const int percent_of : {75, 100, 150, 200})
    zoom_->addItem(QStringLiteral("%1\u00A0%").arg(percent_of), percent_of * 96.0 / 7200);
  auto* right = new QWidget(bar);
  auto* row = new QHBoxLayout(right);
  row->setContentsMargins(0, 0, 0, 0);
  auto* page_label = new QLabel(tr("Page"), right);
  page_label->setBuddy(page_);
  row->addWidget(page_label);
  row->addWidget(page_);
  row->addWidget(pages_);
  row->addWidget(zoom_);
  controls->add_trailing(right);
  rows->addWidget(bar);
  busy_ = new QProgressBar(desk);
  busy_->setRange(0, 0);
  busy_->setTextVisible(false);
  busy_->setFixedHeight(3);
  busy_->hide();
  rows->addWidget(busy_);
  views_ = new QStackedWidget(desk);
  preview_ = new ReportPreview(views_);
  preview_->setObjectName(QStringLiteral("report_preview"));
  explain(preview_->viewport(), "report.preview");
  text_ = new QPlainTextEdit(views_);
  text_->setObjectName(QStringLiteral("report_text"));
  text_->setReadOnly(true);
  text_->setLineWrapMode(QPlainTextEdit::NoWrap);
  text_->setFrameShape(QFrame::NoFrame);
  problem_ = new QLabel(views_);
  problem_->setObjectName(QStringLiteral("report_problem"));
  problem_->setAlignment(Qt::AlignCenter);
  problem_->setWordWrap(true);
  problem_->setTextFormat(Qt::RichText);
  connect(problem_, &QLabel::linkActivated, this, &ReportPage::follow);
  for (QWidget* view : {static_cast<QWidget*>(preview_), static_cast<QWidget*>(text_),
                        static_cast<QWidget*>(problem_)})
    views_->addWidget(view);
  rows->addWidget(views_, 1);
  connect(preview_, &ReportPreview::section_clicked, tree_, &SectionTree::select);
  connect(tree_, &SectionTree::section_selected, preview_, &ReportPreview::go_to_section);
  connect(preview_, &ReportPreview::page_changed, this, [this](int page) {
    const QSignalBlocker quiet(page_);
    page_->setValue(page + 1);
  });
  connect(page_, &QSpinBox::valueChanged, this,
          [this](int page) { preview_->go_to_page(page - 1); });
  connect(zoom_, &QComboBox::currentIndexChanged, this,
          [this] { preview_->set_zoom(zoom_->currentData().toDouble()); });
  return desk;
}

}  // namespace plumbline
