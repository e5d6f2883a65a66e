#include "widgets/decision_page/decision_page.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTableView>
#include <QVBoxLayout>

#include <array>

#include "core/decision/threshold_parameter.h"
#include "core/review/box_review.h"
#include "widgets/bars/bar.h"
#include "widgets/bars/row_table.h"
#include "widgets/decision/policy_controls.h"
#include "widgets/decision_page/confusion_view.h"
#include "widgets/decision_page/cost_plot.h"
#include "widgets/decision_page/costs_view.h"
#include "widgets/decision_page/damage_analysis.h"
#include "widgets/decision_page/damage_panel.h"
#include "widgets/decision_page/decision_analysis.h"
#include "widgets/decision_page/decision_words.h"
#include "widgets/decision_page/figure_model.h"
#include "widgets/decision_page/figure_source.h"
#include "widgets/decision_page/front_plot.h"
#include "widgets/decision_page/harm_analysis.h"
#include "widgets/decision_page/policy_panel.h"
#include "widgets/decision_page/reliability_plot.h"
#include "widgets/decision_page/risk_plot.h"
#include "widgets/decision_page/select_panel.h"
#include "widgets/decision_page/stress_view.h"
#include "widgets/decision_page/view_effects_view.h"
#include "widgets/decision_page/voter_pairs_view.h"
#include "widgets/decision_page/voter_searcher.h"
#include "widgets/detection/detection_view.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int panel_width = 296, least_figure_name = 160, widest_figure_name = 320;
constexpr std::array lower_widths = {830, 554}, heights = {600, 310};
constexpr int value_column = 58, interval_column = 82, reference_column = 112;

/// Shows through between its children as lines of one pixel.
class Lines : public QWidget {
 public:
  using QWidget::QWidget;

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.fillRect(rect(), colours().line);
  }
};

/// `shares`: of the two, which they keep when the window's size changes.
QSplitter* thin_splitter(Qt::Orientation orientation, QWidget* first, QWidget* second,
                         const std::array<int, 2>& shares) {
  auto* splitter = new QSplitter(orientation);
  splitter->setHandleWidth(1);
  splitter->setChildrenCollapsible(false);
  splitter->addWidget(first);
  splitter->addWidget(second);
  for (const int i : {0, 1}) splitter->setStretchFactor(i, shares[static_cast<std::size_t>(i)]);
  splitter->setSizes({shares[0], shares[1]});
  return splitter;
}

}  // namespace

DecisionPage::DecisionPage(const PageContext& context, QWidget* parent)
    : Page(parent),
      analysis_(new DecisionAnalysis(this)),
      harm_(new HarmAnalysis(analysis_)),
      panel_(new PolicyPanel(analysis_)),
      select_(new SelectPanel(analysis_, context.remarks)),
      damage_(new DamageAnalysis(analysis_)),
      front_(new FrontPlot(analysis_, damage_, harm_)),
      risk_(new RiskPlot(analysis_)),
      reliability_(new ReliabilityPlot(analysis_)),
      searcher_(new VoterSearcher(analysis_)),
      cost_(new CostPlot(analysis_, searcher_)),
      confusion_(new ConfusionView(analysis_)),
      pairs_(new VoterPairsView(analysis_)),
      effects_(new ViewEffectsView(analysis_)),
      stress_(new StressView(analysis_)),
      costs_(new CostsView(analysis_, harm_)),
      damage_panel_(new DamagePanel(analysis_, damage_)),
      figures_(new FigureModel(analysis_, harm_, this)),
      table_(new QTableView),
      lack_(new SecondaryLabel),
      notice_(new QLabel),
      stack_(new QStackedWidget(this)) {
  panel_->add_section(select_);
  auto* scroll = new QScrollArea;
  scroll->setWidget(panel_);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);  // it follows the control that has it
  scroll->setObjectName(QStringLiteral("policy_panel_area"));
  scroll->setFixedWidth(panel_width);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  // The bar stands beside the panel, not on its figures.
  connect(scroll->verticalScrollBar(), &QScrollBar::rangeChanged, scroll,
          [scroll](int least, int most) {
            const int bar = most > least ? scroll->verticalScrollBar()->sizeHint().width() : 0;
            scroll->setFixedWidth(panel_width + bar);
          });
  auto* upper = new Lines;
  auto* row = new QHBoxLayout(upper);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(1);
  row->addWidget(scroll);
  row->addWidget(make_plots(), 1);
  QSplitter* lower = thin_splitter(Qt::Horizontal, make_figures(), make_matrices(), lower_widths);
  QSplitter* all = thin_splitter(Qt::Vertical, upper, lower, heights);
  notice_->setAlignment(Qt::AlignCenter);
  notice_->setWordWrap(true);
  notice_->setTextFormat(Qt::RichText);
  notice_->setObjectName(QStringLiteral("decision_notice"));
  connect(notice_, &QLabel::linkActivated, this, &DecisionPage::follow);
  stack_->addWidget(notice_);
  stack_->addWidget(all);
  auto* page = new QVBoxLayout(this);
  page->setContentsMargins(0, 0, 0, 0);
  page->addWidget(stack_);

  connect(front_, &FrontPlot::point_chosen, this, [this](const OperatingPoint& point) {
    if (review_)
      review_->set_decision(at_point(review_->bound_policy(), point.value, point.counted),
                            review_->policy_voters());
  });
  connect(risk_, &RiskPlot::policy_chosen, this, [this](const QString& text) {
    if (!review_) return;
    const auto policy = parse_policy(text.toStdString(), review_->policy_voters().size());
    if (policy) review_->set_policy(*policy);
  });
  connect(
      confusion_, &ConfusionView::cell_chosen, this, [this](ClassIndex truth, ClassIndex label) {
        Q_EMIT link_followed(
            Route{.page = QStringLiteral("failures"),
                  .verdict = truth == label ? QStringLiteral("kept") : QStringLiteral("undetected"),
                  .truth = truth,
                  .label = label});
      });
  const auto show_pair = [this](std::size_t wrong, std::size_t right) {
    Q_EMIT link_followed(Route{.page = QStringLiteral("failures"),
                               .wrong_voter = static_cast<std::uint32_t>(wrong),
                               .right_voter = static_cast<std::uint32_t>(right)});
  };
  connect(pairs_, &VoterPairsView::pair_chosen, this, show_pair);
  connect(effects_, &ViewEffectsView::pair_chosen, this, show_pair);
  connect(stress_, &StressView::failed, this, &Page::failed);
  connect(harm_, &HarmAnalysis::failed, this, &Page::failed);
  connect(costs_, &CostsView::failed, this, &Page::failed);
  connect(costs_, &CostsView::said, this, &Page::said);
  connect(damage_, &DamageAnalysis::failed, this, &Page::failed);
  set_figure_source(this, [this] { return figure_source_of(*analysis_, *damage_); });
  connect(stress_, &StressView::condition_chosen, this, [this](const QString& condition) {
    Q_EMIT link_followed(Route{.page = QStringLiteral("failures"), .condition = condition});
  });
  for (DecisionPlot* plot :
       {static_cast<DecisionPlot*>(front_), static_cast<DecisionPlot*>(risk_),
        static_cast<DecisionPlot*>(reliability_), static_cast<DecisionPlot*>(cost_)}) {
    connect(plot, &DecisionPlot::said, this, &Page::said);
    connect(plot, &DecisionPlot::failed, this, &Page::failed);
  }
  connect(cost_, &CostPlot::search_wanted, this, [this] { searcher_->start(select_->rule()); });
  connect(searcher_, &VoterSearcher::failed, this, &Page::failed);
  connect(select_, &SelectPanel::said, this, &Page::said);
  connect(select_, &SelectPanel::failed, this, &Page::failed);
  connect(select_, &SelectPanel::saved, this, &Page::reload_wanted);
  connect(analysis_, &DecisionAnalysis::failed, this, &Page::failed);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, &DecisionPage::show_facts);
}

DecisionPage::~DecisionPage() {
  analysis_->set_review(nullptr);
  if (detection_ != nullptr) detection_->set_review(nullptr);
}

QWidget* DecisionPage::make_plots() {
  auto* plots = new Lines;
  auto* grid = new QGridLayout(plots);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setSpacing(1);
  grid->addWidget(front_, 0, 0);
  grid->addWidget(risk_, 0, 1);
  grid->addWidget(reliability_, 1, 0);
  grid->addWidget(cost_, 1, 1);
  for (const int i : {0, 1}) {
    grid->setColumnStretch(i, 1);
    grid->setRowStretch(i, 1);
  }
  return plots;
}

QWidget* DecisionPage::make_figures() {
  auto* box = new Ground;
  auto* rows = new QVBoxLayout(box);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  auto* title = new TitleBar(tr("Figures"), tr("± half of the 95 % interval"), box);
  explain(title, "decision.half_width");
  rows->addWidget(title);
  lack_->setObjectName(QStringLiteral("figures_lack"));
  explain(lack_, "decision.drift");
  lack_->setFont(ui_font(TextSize::small));
  lack_->setWordWrap(true);
  lack_->setContentsMargins(spacing::page_margin, spacing::together, spacing::page_margin,
                            spacing::together);
  lack_->setTextFormat(Qt::RichText);
  connect(lack_, &QLabel::linkActivated, this, &DecisionPage::follow);
  rows->addWidget(lack_);
  rows->addWidget(table_, 1);
  table_->setModel(figures_);
  table_->setObjectName(QStringLiteral("figures_table"));
  table_->setAccessibleName(tr("Figures"));
  show_as_rows(table_, spacing::dock_title_height);
  table_->setWordWrap(false);
  QHeaderView* head = table_->horizontalHeader();
  head->setMinimumSectionSize(40);
  head->setTextElideMode(Qt::ElideRight);
  // The first one takes what is left, which has to be enough for the names: but no more than lets a
  // row be read as one.
  constexpr std::array wide = {value_column,      value_column + 54, interval_column,
                               value_column + 32, interval_column,   value_column + 26,
                               reference_column},
                       narrow = {value_column, 80, 70, 64, 70, 62, 84};
  const auto set_widths = [this, head, wide, narrow] {
    constexpr int least_wide = 760;
    const int room = table_->viewport()->width();
    const auto& widths = room < least_wide ? narrow : wide;
    figures_->set_brief(room < least_wide);
    const auto give = [head](int column, int width) {
      if (head->sectionSize(column) != width) head->resizeSection(column, width);
    };
    int left = room;
    for (int column = FigureModel::name + 1; column < FigureModel::columns; ++column) {
      give(column, widths[static_cast<std::size_t>(column)]);
      if (!head->isSectionHidden(column)) left -= widths[static_cast<std::size_t>(column)];
    }
    give(FigureModel::name, std::clamp(left, least_figure_name, widest_figure_name));
  };
  head->setSectionResizeMode(QHeaderView::Fixed);
  connect(head, &QHeaderView::geometriesChanged, this, set_widths);
  // A column that is hidden or shown again leaves or takes room.
  connect(head, &QHeaderView::sectionResized, this, [set_widths](int, int before, int now) {
    if (before == 0 || now == 0) set_widths();
  });
  set_widths();
  box->setMinimumHeight(140);
  return box;
}

/// What stands beside the figures: one of five views, chosen by tabs.
QWidget* DecisionPage::make_matrices() {
  auto* box = new Ground;
  auto* rows = new QVBoxLayout(box);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  auto* head = new Bar(box);
  head->setFixedHeight(spacing::dock_title_height);
  auto* items = new QHBoxLayout(head);
  items->setContentsMargins(spacing::together, 0, spacing::page_margin, 0);
  items->setSpacing(spacing::grid);
  auto* tabs = new QTabBar(head);
  tabs->setObjectName(QStringLiteral("matrix_tabs"));
  tabs->setAccessibleName(tr("Confusion, pairs of voters, views, stress, costs"));
  tabs->setDrawBase(false);
  tabs->setExpanding(false);
  tabs->setUsesScrollButtons(false);
  tabs->setFont(ui_font(TextSize::normal));
  auto* fact = new ElidedLabel(head);
  fact->setFont(ui_font(TextSize::small));
  fact->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  fact->set_elide_mode(Qt::ElideRight);
  fact->set_note(true);
  auto* form = new QComboBox(head);
  form->addItems({tr("matrix"), tr("list")});
  form->setObjectName(QStringLiteral("confusion_form"));
  form->setAccessibleName(tr("Matrix or list"));
  form->setFont(ui_font(TextSize::small));
  items->addWidget(tabs);
  items->addWidget(fact, 1);
  items->addWidget(form);
  auto* stressed = new QWidget(box);
  auto* faults = new QVBoxLayout(stressed);
  faults->setContentsMargins(0, 0, 0, 0);
  faults->setSpacing(0);
  faults->addWidget(damage_panel_);
  faults->addWidget(stress_, 1);
  auto* views = new QStackedWidget(box);
  const std::array<std::pair<QString, QWidget*>, 5> pages = {{{tr("Confusion"), confusion_},
                                                              {tr("Pairs"), pairs_},
                                                              {tr("Views"), effects_},
                                                              {tr("Stress"), stressed},
                                                              {tr("Costs"), costs_}}};
  const std::array facts = {tr("accepted samples"),
                            tr("above: disagreement (%); below: error correlation"),
                            tr("against the model's identity view"),
                            tr("over severity (%); click to open failures"), tr("true × decided")};
  for (const auto& [name, view] : pages) {
    tabs->addTab(name);
    views->addWidget(view);
  }
  const auto choose = [views, fact, form, facts](int tab) {
    views->setCurrentIndex(tab);
    fact->setText(facts[static_cast<std::size_t>(tab)]);
    form->setVisible(tab == 0);
  };
  choose(0);
  connect(tabs, &QTabBar::currentChanged, this, choose);
  connect(form, &QComboBox::activated, this,
          [this](int index) { confusion_->set_listed(index == 1); });
  rows->addWidget(head);
  rows->addWidget(views, 1);
  return box;
}

QWidget* DecisionPage::main_view() {
  if (detection_ != nullptr && stack_->currentWidget() == detection_)
    return detection_->main_view();
  return review_ ? static_cast<QWidget*>(panel_->controls()->kinds()) : notice_;
}

void DecisionPage::make_detection() {
  detection_ = new DetectionView;
  stack_->addWidget(detection_);
  if (const auto study = Study::open(study_, Access::read_only); study)
    detection_->offer_decisions(&*study);
  connect(detection_, &DetectionView::class_chosen, this, [this](ClassIndex category) {
    Q_EMIT link_followed(Route{.page = QStringLiteral("failures"),
                               .verdict = QStringLiteral("undetected"),
                               .truth = category});
  });
}

bool DecisionPage::settled() const {
  return analysis_->settled() && select_->settled() && !searcher_->running() &&
         stress_->settled() && damage_->settled() && harm_->settled() &&
         (detection_ == nullptr || detection_->settled());
}

bool DecisionPage::shows_runs_of(std::string_view predictions) const {
  return predictions == "classes" || predictions == box_review().name;
}

void DecisionPage::show_run(RunReview* review) {
  // Thresholds are swept and samples confused where predictions are classes.
  const bool of_classes = review != nullptr && review->has_votes();
  const bool of_boxes = review != nullptr && review->run().kind == &box_review();
  if (of_boxes && detection_ == nullptr) make_detection();
  if (detection_ != nullptr) detection_->set_review(of_boxes ? review : nullptr);
  if (review != nullptr && !of_classes)
    notice_->setText(tr("The predictions of %1 are not classes. %2 shows what its policy decides.")
                         .arg(text_of(review->run().info.name).toHtmlEscaped(),
                              anchor(Route{.page = QStringLiteral("failures")}, tr("Failures"))));
  review_ = of_classes ? review : nullptr;
  analysis_->set_review(review_);
  panel_->set_review(review_);
  costs_->set_review(review_);
  stack_->setCurrentIndex(of_classes ? 1 : of_boxes ? 2 : 0);
  show_facts();
}

Result<void> DecisionPage::show_study(const Study* study) {
  study_ = study == nullptr ? std::filesystem::path() : study->folder();
  if (detection_ != nullptr) detection_->offer_decisions(study);
  panel_->controls()->offer_decisions(study);
  return {};
}

void DecisionPage::show_notice(const QString& text) {
  notice_->setText(text);
  if (review_ && review_->run().samples() == 0) stack_->setCurrentIndex(0);
}

/// Which run would fill the columns that there is nothing for.
void DecisionPage::show_facts() {
  const bool lacks =
      review_ && analysis_->validation_is_read() && analysis_->validation_run() == nullptr;
  lack_->setVisible(lacks);
  table_->setColumnHidden(FigureModel::validation_half, lacks);
  if (!lacks) return;
  const OpenedRun& run = review_->run();
  QString other;
  for (const SplitInfo& split : run.dataset.splits)
    if (split.name != run.split && other.isEmpty()) other = text_of(split.name);
  const QString runs = anchor(Route{.page = QStringLiteral("runs")}, tr("Runs"));
  lack_->setText(
      other.isEmpty()
          ? tr("Validation and drift need a second split of %1, and these voters run on it: import "
               "one or hold one out, then %2.")
                .arg(text_of(run.dataset.name).toHtmlEscaped(), runs)
          : tr("Validation and drift need the run's %1 on the split %2 of %3, too: %4.")
                .arg(
                    counted(static_cast<qint64>(run.info.voters.size()), tr("voter"), tr("voters")),
                    other.toHtmlEscaped(), text_of(run.dataset.name).toHtmlEscaped(), runs));
}

}  // namespace plumbline
