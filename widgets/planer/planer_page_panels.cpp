// What the PLANER page is made of, and what its parts do when they are used.
#include "widgets/planer/planer_page.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/bars/title_bar.h"
#include "widgets/planer/architecture_model.h"
#include "widgets/planer/architecture_view.h"
#include "widgets/planer/latency_bars.h"
#include "widgets/planer/latency_slider.h"
#include "widgets/planer/probability_map_view.h"
#include "widgets/planer/search_bar.h"
#include "widgets/planer/selected_panel.h"
#include "widgets/planer/target_model.h"
#include "widgets/planer/target_view.h"
#include "widgets/planer/tradeoff_plot.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

constexpr int right_width = 536, left_width = 848, least_right_width = 452;
constexpr int least_plot_height = 310;

QToolButton* title_button(const QString& words, const char* name, bool checkable) {
  auto* button = new QToolButton;
  button->setText(words);
  button->setObjectName(QString::fromLatin1(name));
  button->setAutoRaise(true);
  button->setCheckable(checkable);
  button->setFont(ui_font(TextSize::small));
  return button;
}

QLabel* notice_label(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setAlignment(Qt::AlignCenter);
  label->setWordWrap(true);
  label->setTextFormat(Qt::RichText);
  label->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard |
                                 Qt::TextSelectableByMouse);
  return label;
}

}  // namespace

QWidget* PlanerPage::make_content() {
  auto* split = new QSplitter(Qt::Horizontal, this);
  split->setHandleWidth(1);
  split->setChildrenCollapsible(false);
  split->addWidget(make_left());
  split->addWidget(make_right());
  split->setStretchFactor(0, left_width);
  split->setStretchFactor(1, right_width);
  split->setSizes({left_width, right_width});
  return split;
}

QWidget* PlanerPage::make_empty() {
  page_notice_ = notice_label(this);
  page_notice_->setObjectName(QStringLiteral("planer_notice"));
  connect(page_notice_, &QLabel::linkActivated, this, &PlanerPage::follow);
  empty_ = new QWidget(this);
  empty_buttons_ = new QWidget(empty_);
  auto* row = new QHBoxLayout(empty_buttons_);
  row->addStretch(1);
  const auto add = [&](const QString& words, const char* name, void (PlanerPage::*act)()) {
    auto* button = new QPushButton(words, empty_buttons_);
    button->setObjectName(QString::fromLatin1(name));
    connect(button, &QPushButton::clicked, this, act);
    row->addWidget(button);
  };
  add(tr("Train a language model…"), "train_network_button", &PlanerPage::train_network);
  add(tr("Import a language model…"), "import_network_button", &PlanerPage::import_network);
  row->addStretch(1);
  auto* rows = new QVBoxLayout(empty_);
  rows->addStretch(1);
  rows->addWidget(page_notice_);
  rows->addWidget(empty_buttons_);
  rows->addStretch(1);
  return empty_;
}

/// Plot and slider share their left edge, so that a pixel of the one is a pixel of the other.
QWidget* PlanerPage::make_left() {
  auto* panel = new Ground;
  auto* rows = new QVBoxLayout(panel);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  plot_title_ = new TitleBar(tr("Accuracy against latency"),
                             tr("drag to preview, release or Enter to launch"), panel);
  searches_ = title_button(tr("Searches…"), "planer_searches", false);
  searches_->setToolTip(tr("further searches and devices in the same plot"));
  fractions_ = title_button(tr("× baseline"), "planer_fractions", true);
  fractions_->setToolTip(tr("latencies as fractions of the baseline's, so that devices compare"));
  plot_title_->add_control(searches_);
  plot_title_->add_control(fractions_);
  auto* settings = title_button(tr("Settings…"), "search_settings", false);
  settings->setToolTip(tr("steps, seed and name of the searches that are launched"));
  connect(settings, &QToolButton::clicked, this, &PlanerPage::ask_settings);
  plot_title_->add_control(settings);
  rows->addWidget(plot_title_);

  plot_stack_ = new QStackedWidget(panel);
  auto* chart = new Ground;
  auto* column = new QVBoxLayout(chart);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  plot_ = new TradeoffPlot(review_);
  slider_ = new LatencySlider;
  column->addWidget(plot_, 1);
  column->addWidget(slider_);
  plot_stack_->addWidget(chart);
  plot_stack_->setMinimumHeight(least_plot_height);
  auto* unmeasured = new Ground;
  auto* middle = new QVBoxLayout(unmeasured);
  measure_words_ = notice_label(unmeasured);
  measure_words_->setObjectName(QStringLiteral("measure_words"));
  measure_button_ = new QPushButton(tr("Measure this device"));
  measure_button_->setObjectName(QStringLiteral("measure_first"));
  measure_button_->setProperty("primary", true);
  middle->addStretch(1);
  middle->addWidget(measure_words_);
  middle->addSpacing(spacing::grid);
  middle->addWidget(measure_button_, 0, Qt::AlignHCenter);
  middle->addStretch(1);
  plot_stack_->addWidget(unmeasured);
  rows->addWidget(plot_stack_, 1);

  search_ = new SearchBar(review_);
  rows->addWidget(search_);
  rows->addWidget(new TitleBar(tr("Architectures"), tr("click two to compare"), panel));
  architectures_ = new ArchitectureModel(review_, this);
  strips_ = new ArchitectureView(architectures_);
  strips_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
  rows->addWidget(strips_);
  rows->addWidget(new OptionLegend);

  connect(plot_, &TradeoffPlot::axis_placed, slider_,
          [this](double left, double right, double lower, double upper) {
            slider_->set_axis(left, right, lower, upper);
          });
  connect(plot_, &TradeoffPlot::entry_clicked, this,
          [this](const QString& key) { review_->select({key.toStdString()}); });
  connect(slider_, &LatencySlider::target_moved, this, [this](double target) {
    if (slider_->is_dragging()) plot_->set_dragging(true);
    review_->set_target(target);
  });
  connect(slider_, &LatencySlider::drag_ended, this, [this] {
    plot_->set_dragging(false);
    refresh_map();
  });
  connect(slider_, &LatencySlider::launched, this, &PlanerPage::launch);
  connect(search_, &SearchBar::launch, this, [this] { launch(review_->target()); });
  connect(search_, &SearchBar::failed, this, &PlanerPage::failed);
  connect(fractions_, &QToolButton::toggled, plot_, &TradeoffPlot::set_fractions);
  connect(measure_button_, &QPushButton::clicked, this, &PlanerPage::measure);
  return panel;
}

QWidget* PlanerPage::make_right() {
  auto* panel = new Ground;
  auto* rows = new QVBoxLayout(panel);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  map_title_ = new TitleBar(tr("Probability map"), {}, panel);
  map_ = new ProbabilityMapView;
  bars_title_ = new TitleBar(tr("Where the time goes"), {}, panel);
  by_block_ = title_button(tr("By block"), "planer_by_block", true);
  by_block_->setToolTip(tr("each block of the selected network beside the baseline's"));
  bars_title_->add_control(by_block_);
  bars_ = new LatencyBars;
  targets_title_ = new TitleBar(tr("Targets"), {}, panel);
  targets_ = new TargetModel(review_, this);
  auto* table = new TargetView(targets_);
  target_table_ = table;
  new_targets_ = new QLineEdit;
  new_targets_->setObjectName(QStringLiteral("new_targets"));
  new_targets_->setPlaceholderText(tr("0.55, 0.45"));
  new_targets_->setAccessibleName(tr("Targets to add, as fractions of the baseline's latency"));
  add_ = new QPushButton(tr("Add to queue"));
  add_->setObjectName(QStringLiteral("add_targets"));
  export_ = new QPushButton(tr("Export…"));
  export_->setObjectName(QStringLiteral("planer_export"));
  selected_ = new SelectedPanel(review_);
  connect(selected_, &SelectedPanel::further_asked, this, &PlanerPage::ask_further);
  auto* add_row = new QWidget(panel);
  auto* items = new QHBoxLayout(add_row);
  items->setContentsMargins(spacing::page_margin, spacing::grid, spacing::page_margin,
                            spacing::grid);
  items->setSpacing(spacing::grid);
  auto* words = new SecondaryLabel(tr("Add targets"), add_row);
  words->setBuddy(new_targets_);
  items->addWidget(words);
  items->addWidget(new_targets_, 1);
  items->addWidget(add_);
  items->addStretch(1);
  items->addWidget(export_);
  rows->addWidget(map_title_);
  rows->addWidget(map_);
  rows->addWidget(bars_title_);
  rows->addSpacing(spacing::together);
  rows->addWidget(bars_);
  rows->addSpacing(spacing::together);
  rows->addWidget(targets_title_);
  rows->addWidget(target_table_);
  rows->addWidget(add_row);
  rows->addWidget(selected_);
  rows->addStretch(1);
  map_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  target_table_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);

  connect(by_block_, &QToolButton::toggled, this, &PlanerPage::refresh_bars);
  connect(add_, &QPushButton::clicked, this, &PlanerPage::add_targets);
  connect(new_targets_, &QLineEdit::returnPressed, this, &PlanerPage::add_targets);
  connect(targets_, &TargetModel::reordered, this, &PlanerPage::reorder);
  connect(table, &TargetView::removal_wanted, this, &PlanerPage::remove_target);
  connect(table, &TargetView::row_chosen, this, [this](int row) {
    const std::string& network = targets_->row(row).network;
    for (const PlanerEntry& entry : review_->strips())
      if (!network.empty() && entry.network == network) review_->select({entry.key()});
  });
  const auto count = [this] { targets_title_->set_fact(targets_->summary()); };
  connect(targets_, &QAbstractItemModel::modelReset, this, count);
  connect(targets_, &QAbstractItemModel::dataChanged, this, count);
  make_export_menu();

  // A low window scrolls this side; the plot on the other one gives way instead.
  auto* area = new QScrollArea;
  area->setObjectName(QStringLiteral("planer_right"));
  area->setFrameShape(QFrame::NoFrame);
  area->setWidgetResizable(true);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setWidget(panel);
  area->setMinimumWidth(least_right_width);
  area->setFocusPolicy(Qt::NoFocus);
  return area;
}

}  // namespace plumbline
