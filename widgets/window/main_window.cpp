#include "widgets/window/main_window.h"

#include <QAction>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>

#include <algorithm>

#include "widgets/bars/bar.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/inspector/sample_inspector.h"
#include "widgets/study/background.h"
#include "widgets/study/study_tree.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/style/theme.h"
#include "widgets/text/numbers.h"
#include "widgets/window/dock.h"
#include "widgets/window/settings.h"

namespace plumbline {

namespace {

QString text_of(const std::string& text) { return QString::fromStdString(text); }

QString error_notice(const Error& error) {
  QString text = QStringLiteral("<b>%1</b>").arg(text_of(error.message).toHtmlEscaped());
  if (!error.where.empty())
    text += QStringLiteral("<br>%1").arg(text_of(error.where).toHtmlEscaped());
  if (!error.hint.empty())
    text += QStringLiteral("<br>%1").arg(text_of(error.hint).toHtmlEscaped());
  return text;
}

QString open_link() { return QStringLiteral("<a href='open'>Open a study</a> to begin (Ctrl+O)."); }

}  // namespace

MainWindow::MainWindow(std::unique_ptr<Settings> settings, QWidget* parent)
    : QMainWindow(parent),
      settings_(std::move(settings)),
      tree_(new StudyTree),
      study_dock_(new Dock(tr("Study"), QStringLiteral("study"), spacing::study_width, this)),
      inspector_dock_(
          new Dock(tr("Inspector"), QStringLiteral("inspector"), spacing::inspector_width, this)),
      tabs_(new QTabBar),
      stack_(new QStackedWidget(this)),
      inspectors_(new QStackedWidget) {
  make_frame();
  make_menus();
  make_status_bar();

  failures_ = new FailuresPage;
  add_page(failures_);
  if (settings_ != nullptr && settings_->thumbnail_side() > 0)
    failures_->gallery()->set_thumbnail_side(settings_->thumbnail_side());

  set_up_docks();
  show_page(pages_.front());
  for (Page* page : pages_) page->show_notice(open_link());
  say_what_is_open();
}

MainWindow::~MainWindow() {
  for (Page* page : pages_) page->show_run(nullptr);
}

void MainWindow::add_page(Page* page) {
  pages_.push_back(page);
  stack_->addWidget(page);
  tabs_->addTab(page->title());
  if (QWidget* inspector = page->inspector()) inspectors_->addWidget(inspector);
  connect(page, &Page::inspector_fact_changed, this, [this, page] {
    if (stack_->currentWidget() == page) inspector_dock_->set_fact(page->inspector_fact());
  });
  connect(page, &Page::link_activated, this, &MainWindow::follow_link);
}

void MainWindow::set_up_docks() {
  setDockOptions(QMainWindow::DockOptions{});
  setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
  study_dock_->setWidget(tree_);
  inspector_dock_->setWidget(inspectors_);
  tree_->setMinimumWidth(140);
  inspectors_->setMinimumWidth(260);
  addDockWidget(Qt::LeftDockWidgetArea, study_dock_);
  addDockWidget(Qt::RightDockWidgetArea, inspector_dock_);
  resizeDocks({study_dock_, inspector_dock_}, {spacing::study_width, spacing::inspector_width},
              Qt::Horizontal);
  connect(tree_, &StudyTree::run_chosen, this, [this](const QString& name) {
    if (review_ == nullptr || text_of(review_->run().info.name) != name) open_run(name);
  });
  resize(1600, 1000);
  if (settings_ != nullptr) restoreGeometry(settings_->geometry());
}

void MainWindow::make_status_bar() {
  QStatusBar* bar = statusBar();
  bar->setSizeGripEnabled(false);
  bar->setFixedHeight(spacing::status_bar_height);
  bar->setContentsMargins(spacing::grid, 0, spacing::grid, 0);
  const auto add = [&](const char* name, bool right) {
    auto* label = new SecondaryLabel({}, bar);
    label->setObjectName(QString::fromLatin1(name));
    label->setFont(ui_font(TextSize::small));
    label->setContentsMargins(0, 0, right ? 0 : 16, 0);
    if (right)
      bar->addPermanentWidget(label);
    else
      bar->addWidget(label);
    return label;
  };
  status_study_ = add("status_study", false);
  status_run_ = add("status_run", false);
  status_decoder_ = add("status_decoder", false);
  status_device_ = add("status_device", true);
}

Page* MainWindow::page(const QString& key) const {
  const auto found = std::ranges::find_if(pages_, [&](const Page* p) { return p->key() == key; });
  return found == pages_.end() ? nullptr : *found;
}

void MainWindow::show_page(Page* page) {
  const auto place = std::ranges::find(pages_, page);
  if (place == pages_.end()) return;
  auto* before = qobject_cast<Page*>(stack_->currentWidget());
  if (settings_ != nullptr && before != nullptr && isVisible())
    settings_->set_layout(before->key(), saveState());
  stack_->setCurrentWidget(page);
  tabs_->setCurrentIndex(static_cast<int>(place - pages_.begin()));
  if (QWidget* inspector = page->inspector()) inspectors_->setCurrentWidget(inspector);
  inspector_dock_->setVisible(page->inspector() != nullptr && inspector_action_->isChecked());
  inspector_dock_->set_fact(page->inspector_fact());
  if (settings_ != nullptr) {
    if (const QByteArray layout = settings_->layout(page->key()); !layout.isEmpty()) {
      restoreState(layout);
      inspector_action_->setChecked(!inspector_dock_->isHidden());
    }
  }
  page->main_view()->setFocus();
}

Result<void> MainWindow::open_study(const QString& folder) {
  ++opening_;
  for (Page* page : pages_) page->show_run(nullptr);
  review_.reset();
  study_.reset();
  runs_.clear();
  tree_->clear();
  reading_ = false;
  const auto open = [&]() -> Result<void> {
    auto study = Study::open(QFileInfo(folder).absoluteFilePath().toStdString(), Access::read_only);
    if (!study) return tl::unexpected(study.error());
    if (auto shown = tree_->show_study(*study); !shown) return shown;
    auto runs = study->runs();
    if (!runs) return tl::unexpected(runs.error());
    runs_ = std::move(*runs);
    study_ = std::move(*study);
    return {};
  };
  const auto opened = open();
  study_dock_->set_fact(study_ ? text_of(study_->name()) : QString());
  say_what_is_open();
  if (!opened) {
    tree_->clear();
    show_error(opened.error());
    return opened;
  }
  if (runs_.empty()) {
    for (Page* page : pages_)
      page->show_notice(tr("Run models on a data set first:<br><tt>plumbline-engine run %1 …</tt>")
                            .arg(text_of(study_->folder().filename().string()).toHtmlEscaped()));
    return {};
  }
  open_run(text_of(runs_.back().name));
  return {};
}

void MainWindow::open_run(const QString& name, const std::string& policy) {
  if (!study_) return;
  const int opening = ++opening_;
  reading_ = true;
  for (Page* page : pages_) {
    page->show_run(nullptr);
    page->show_notice(tr("Reading the votes of %1…").arg(name.toHtmlEscaped()));
  }
  review_.reset();
  run_in_background(
      this,
      [folder = study_->folder(), run = name.toStdString()] {
        return plumbline::open_run(folder, run);
      },
      [this, opening, policy](Result<OpenedRun> run) {
        if (opening == opening_) take_run(std::move(run), policy);
      });
}

void MainWindow::take_run(Result<OpenedRun> run, const std::string& policy) {
  reading_ = false;
  if (!run) {
    show_error(run.error());
    Q_EMIT run_failed(run.error());
    return;
  }
  review_ = std::make_unique<RunReview>(std::move(*run));
  connect(review_.get(), &RunReview::failed, this, [this](const Error& error) {
    statusBar()->showMessage(text_of(to_string(error)), 15000);
    Q_EMIT run_failed(error);
  });
  tree_->show_run(review_->run());
  for (Page* page : pages_) {
    page->show_run(review_.get());
    if (review_->run().samples() == 0) page->show_notice(tr("The split has no samples."));
  }
  say_what_is_open();
  if (!policy.empty()) {
    const auto parsed = parse_policy(policy, review_->policy_voters().size());
    if (!parsed) {
      Q_EMIT run_failed(parsed.error());
      return;
    }
    review_->set_policy(*parsed);
  }
  Q_EMIT run_opened();
}

void MainWindow::show_error(const Error& error) {
  for (Page* page : pages_)
    page->show_notice(error_notice(error) + QStringLiteral("<br><br>") +
                      QStringLiteral("<a href='open'>Open another study</a>"));
}

void MainWindow::say_what_is_open() {
  QString run, decoder, device, title = QStringLiteral("Plumbline");
  if (review_ != nullptr) {
    const OpenedRun& open = review_->run();
    run = tr("%1 · %2 samples × %3 voters")
              .arg(text_of(open.info.name), with_thousands(static_cast<qint64>(open.samples())))
              .arg(open.info.voters.size());
    if (open.committed < static_cast<std::int64_t>(open.samples()))
      run += tr(" · %1 are there").arg(with_thousands(open.committed));
    if (!open.info.decoder.empty()) decoder = tr("decoder %1").arg(text_of(open.info.decoder));
    if (!open.info.device_kind.empty())
      device = QStringLiteral("%1 · %2").arg(text_of(open.info.device_kind),
                                             text_of(open.info.precision));
  }
  const QString study =
      study_ ? text_of(study_->folder().filename().string()) : tr("No study is open");
  if (study_) title = text_of(study_->name()) + QStringLiteral(" – ") + title;
  setWindowTitle(title);
  const auto say = [](QLabel* label, const QString& text) {
    label->setText(text);
    label->setVisible(!text.isEmpty());
  };
  say(status_study_, study);
  say(status_run_, run);
  say(status_decoder_, decoder);
  say(status_device_, device);
}

bool MainWindow::settled() const {
  const auto* page = qobject_cast<const Page*>(stack_->currentWidget());
  return !reading_ && (page == nullptr || page->settled());
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (settings_ != nullptr) {
    settings_->set_geometry(saveGeometry());
    settings_->set_thumbnail_side(failures_->gallery()->thumbnail_side());
    if (const auto* page = qobject_cast<const Page*>(stack_->currentWidget()))
      settings_->set_layout(page->key(), saveState());
  }
  QMainWindow::closeEvent(event);
}

}  // namespace plumbline
