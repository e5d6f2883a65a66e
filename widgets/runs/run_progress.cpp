#include "widgets/runs/run_progress.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSplitter>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

#include "core/review/live_run.h"
#include "widgets/bars/bar.h"
#include "widgets/bars/elided_label.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/runs/accuracy_plot.h"
#include "widgets/runs/live_voter_model.h"
#include "widgets/runs/training_plot.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int live_row_height = 27;

bool is_shown(const JobFolder& job) {
  return job.subject().as<RunWork>() != nullptr || job.subject().as<TrainWork>() != nullptr;
}

/// Text cells of a table row with its faint line.
class LiveDelegate : public QStyledItemDelegate {
 public:
  explicit LiveDelegate(const LiveVoterModel* model, QTableView* view)
      : QStyledItemDelegate(view), model_(model) {}

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const Colours& c = colours();
    painter->save();
    const bool selected = option.state & QStyle::State_Selected;
    painter->fillRect(option.rect, selected ? c.accent_tint : c.base);
    painter->setPen(c.faint_line);
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    const QRect inner = option.rect.adjusted(8, 0, -8, 0);
    switch (index.column()) {
      case LiveVoterModel::progress: paint_progress(*painter, inner, index); break;
      case LiveVoterModel::strip: paint_strip(*painter, inner, index); break;
      default: {
        const bool strong = index.column() == LiveVoterModel::accuracy;
        const bool quiet = index.column() == LiveVoterModel::interval;
        painter->setFont(ui_font(TextSize::normal, strong ? QFont::DemiBold : QFont::Normal));
        painter->setPen(quiet ? c.secondary_text : c.text);
        painter->drawText(
            inner, static_cast<int>(index.data(Qt::TextAlignmentRole).value<Qt::Alignment>()),
            painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle,
                                              inner.width()));
      }
    }
    painter->restore();
  }

 private:
  static void paint_progress(QPainter& painter, const QRect& inner, const QModelIndex& index) {
    const double fraction = index.data(Qt::UserRole).toDouble();
    QRect bar(inner.left(), inner.center().y() - 2, inner.width(), 6);
    painter.fillRect(bar, colours().groove);
    bar.setWidth(qRound(bar.width() * fraction));
    painter.fillRect(bar, fraction < 1 ? colours().accent : colours().dissent);
  }

  /// The accuracy as a dot on its interval, the model's identity view as a dashed line.
  void paint_strip(QPainter& painter, const QRect& inner, const QModelIndex& index) const {
    const QVariantList values = index.data(Qt::UserRole).toList();
    // Not a structured binding: older compilers cannot capture one.
    const double low = model_->accuracy_range().first, high = model_->accuracy_range().second;
    if (values.size() < 2 || high <= low) return;
    const auto x = [&](double value) {
      return inner.left() + inner.width() * (value - low) / (high - low);
    };
    const Colours& c = colours();
    painter.setRenderHint(QPainter::Antialiasing);
    if (values.size() > 2) {
      QPen dashed(c.baseline, 1);
      dashed.setDashPattern({2, 2});
      painter.setPen(dashed);
      painter.drawLine(QPointF(x(values[2].toDouble()), inner.top() + 5),
                       QPointF(x(values[2].toDouble()), inner.bottom() - 4));
    }
    const double middle = inner.center().y() + 0.5;
    const double value = values[0].toDouble(), half = values[1].toDouble();
    painter.setPen(QPen(c.accent, 1.3));
    painter.drawLine(QPointF(x(value - half), middle), QPointF(x(value + half), middle));
    painter.setBrush(c.accent);
    painter.setPen(Qt::NoPen);
    painter.drawEllipse(QPointF(x(value), middle), 3, 3);
  }

  const LiveVoterModel* model_;
};

}  // namespace

RunProgress::RunProgress(JobCenter* center, QWidget* parent)
    : QWidget(parent),
      center_(center),
      model_(new LiveVoterModel(this)),
      bar_(new Bar(this)),
      content_(new QWidget(this)),
      name_(new QLabel(bar_)),
      what_(new ElidedLabel(bar_)),
      figures_(new QLabel(bar_)),
      message_(new QLabel(this)),
      progress_(new QProgressBar(bar_)),
      warnings_(new QPushButton(bar_)),
      pause_(new QPushButton(tr("Pause"), bar_)),
      cancel_(new QPushButton(tr("Cancel"), bar_)),
      open_(new QPushButton(tr("Open"), bar_)),
      table_(new QTableView(content_)),
      plot_(new AccuracyPlot(content_)),
      training_(new TrainingPlot(this)) {
  bar_->setFixedHeight(spacing::bar_height);
  name_->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  figures_->setObjectName(QStringLiteral("run_figures"));
  progress_->setTextVisible(false);
  progress_->setFixedHeight(10);
  progress_->setMinimumWidth(120);
  progress_->setRange(0, 1000);
  warnings_->setFlat(true);
  pause_->setObjectName(QStringLiteral("run_pause"));
  cancel_->setObjectName(QStringLiteral("run_cancel"));
  open_->setObjectName(QStringLiteral("run_open"));
  for (QWidget* of_job : {static_cast<QWidget*>(name_), static_cast<QWidget*>(what_)})
    explain(of_job, "job.title");
  explain(warnings_, "job.warnings");
  explain(plot_, "run.course");
  explain(training_, "train.course");
  set_figure_source(this, [this]() -> FigureSource {
    const JobFolder* job = center_->job(job_);
    if (job == nullptr) return {};
    if (const auto* training = job->subject().as<TrainWork>())
      return {{QStringLiteral("MODEL"), {text_of(training->model)}}};
    const QString run = job_run(*job);
    if (run.isEmpty()) return {};
    return {{QStringLiteral("RUN"), {run}}};
  });
  auto* items = new QHBoxLayout(bar_);
  items->setContentsMargins(spacing::page_margin, 0, spacing::page_margin, 0);
  items->setSpacing(10);
  items->addWidget(name_);
  items->addWidget(what_, 2);
  items->addWidget(progress_, 2);
  items->addWidget(figures_);
  items->addStretch(1);
  for (QPushButton* button : {warnings_, pause_, cancel_, open_}) items->addWidget(button);

  table_->setModel(model_);
  table_->setObjectName(QStringLiteral("live_table"));
  explain_columns(table_, {"", "", "run.samples", "run.samples", "run.time", "run.accuracy",
                           "run.half_width", "run.against_identity", "run.accuracy"});
  table_->setAccessibleName(tr("Voters of the run"));
  table_->setItemDelegate(new LiveDelegate(model_, table_));
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setMinimumSectionSize(20);
  table_->verticalHeader()->setDefaultSectionSize(live_row_height);
  table_->setShowGrid(false);
  table_->setFrameShape(QFrame::NoFrame);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setTabKeyNavigation(false);
  auto* header = table_->horizontalHeader();
  header->setHighlightSections(false);
  header->setFixedHeight(spacing::row_height + 4);
  header->setFont(ui_font(TextSize::small));
  header->setMinimumSectionSize(50);
  const int widths[] = {144, 92, 72, 66, 104, 92, 54, 112, 110};
  for (int column = 0; column < LiveVoterModel::columns; ++column)
    header->resizeSection(column, widths[column]);
  header->setSectionResizeMode(LiveVoterModel::strip, QHeaderView::Stretch);

  auto* right = new QWidget(content_);
  live_title_ = new QLabel(tr("Live accuracy"), right);
  live_title_->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  live_hint_ = new SecondaryLabel(tr("band: 95 % of the baseline"), right);
  explain(live_hint_, "run.course");
  live_hint_->setFont(ui_font(TextSize::small));
  auto* titles = new QHBoxLayout;
  titles->setContentsMargins(10, 6, 10, 0);
  titles->addWidget(live_title_);
  titles->addSpacing(spacing::grid);
  titles->addWidget(live_hint_);
  titles->addStretch(1);
  auto* right_rows = new QVBoxLayout(right);
  right_rows->setContentsMargins(0, 0, 0, 0);
  right_rows->setSpacing(0);
  right_rows->addLayout(titles);
  right_rows->addWidget(plot_, 1);
  auto* split = new QSplitter(Qt::Horizontal, content_);
  split->setHandleWidth(1);
  split->addWidget(table_);
  split->addWidget(right);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 2);
  auto* content_rows = new QVBoxLayout(content_);
  content_rows->setContentsMargins(0, 0, 0, 0);
  content_rows->addWidget(split);
  message_->setAlignment(Qt::AlignCenter);
  message_->setTextFormat(Qt::PlainText);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(bar_);
  rows->addWidget(content_, 1);
  rows->addWidget(training_, 1);
  rows->addWidget(message_, 1);

  const auto report = [this](const Result<void>& told) {
    if (!told) Q_EMIT failed(text_of(to_string(told.error())));
  };
  connect(pause_, &QPushButton::clicked, this, [this, report] {
    const JobFolder* job = center_->job(job_);
    if (job == nullptr) return;
    if (is_over(job->state())) {
      if (const auto again = center_->run_again(job_); !again)
        Q_EMIT failed(text_of(to_string(again.error())));
    } else {
      report(job->state() == JobState::paused ? center_->resume(job_) : center_->pause(job_));
    }
  });
  connect(cancel_, &QPushButton::clicked, this, [this, report] { report(center_->cancel(job_)); });
  connect(open_, &QPushButton::clicked, this, [this] {
    if (const JobFolder* job = center_->job(job_)) Q_EMIT open_run(job_run(*job));
  });
  connect(warnings_, &QPushButton::clicked, this, &RunProgress::show_warnings);
  connect(center_, &JobCenter::jobs_changed, this, &RunProgress::follow);
  connect(center_, &JobCenter::job_advanced, this, [this](const std::string& id) {
    const JobFolder* job = center_->job(id);
    // A queued run that begins takes the place of the one before.
    const bool had_begun = !named_.empty() && begun_.contains(id);
    if (job != nullptr && is_shown(*job) && id != job_ && !had_begun) {
      named_.clear();
      follow();
    }
    if (id == job_) refresh();
  });
  follow();
}

void RunProgress::set_study(std::vector<DatasetInfo> datasets, std::vector<RunInfo> runs) {
  datasets_ = std::move(datasets);
  runs_ = std::move(runs);
  refresh();
}

void RunProgress::follow() {
  const JobFolder* chosen = watched_job(center_->jobs(), [this](const JobFolder& job) {
    const auto* run = job.subject().as<RunWork>();
    return is_shown(job) && (named_.empty() || (run != nullptr && run->run == named_));
  });
  job_ = chosen == nullptr ? std::string() : chosen->id();
  refresh();
}

void RunProgress::show_run(const std::string& name) {
  named_ = name;
  begun_.clear();
  for (const JobFolder& job : center_->jobs())
    if (job.state() != JobState::queued) begun_.insert(job.id());
  follow();
}

QString RunProgress::state_text() const { return figures_->text(); }

void RunProgress::refresh() {
  const JobFolder* job = center_->job(job_);
  const auto* training = job == nullptr ? nullptr : job->subject().as<TrainWork>();
  const bool trains = training != nullptr;
  for (QWidget* state : {static_cast<QWidget*>(progress_), static_cast<QWidget*>(figures_)})
    explain(state, trains ? "train.state" : "run.state");
  bar_->setVisible(job != nullptr);
  content_->setVisible(job != nullptr && !trains);
  training_->setVisible(trains);
  message_->setVisible(job == nullptr);
  if (job == nullptr) {
    message_->setText(named_.empty()
                          ? tr("No run yet. Tick models and views above, or train members.")
                          : tr("No job of the run %1 is kept in this study.").arg(text_of(named_)));
    model_->show_run({});
    training_->clear();
    return plot_->clear();
  }
  const JobLog& log = job->log();
  const WorkNow run =
      trains ? WorkNow() : work_now(*job->subject().as<RunWork>(), runs_, datasets_);
  const QString title = trains ? job_title(*job) : subject_title(run.work);
  const auto dot = title.indexOf(QStringLiteral(" · "));
  name_->setText(title.left(dot));
  static_cast<ElidedLabel*>(what_)->setText(dot < 0 ? QString() : title.mid(dot + 3));
  progress_->setValue(job->state() == JobState::finished ? 1000
                      : log.total > 0 ? static_cast<int>(1000 * log.done / log.total)
                                      : 0);
  QStringList figures;
  if (log.total > 0 && job->state() != JobState::finished)
    figures << QStringLiteral("%1 / %2").arg(with_thousands(log.done), with_thousands(log.total));
  if (job->state() == JobState::running) {
    if (log.rate > 0) figures << tr("%1 /s").arg(with_thousands(qRound64(log.rate)));
    if (log.eta_s) figures << tr("%1 left").arg(duration_text(*log.eta_s));
  } else {
    figures << job_state_name(job->state());
    if (job->state() == JobState::finished)
      figures << tr("took %1").arg(duration_text(log.seconds));
    if (const QString why = job_end_words(*job); !why.isEmpty()) figures << why;
  }
  const bool wrong = job->state() == JobState::failed || job->state() == JobState::ended;
  QPalette words = palette();
  if (wrong) words.setColor(QPalette::WindowText, colours().failure);
  figures_->setPalette(words);
  figures_->setText(figures.join(QStringLiteral("   ")));
  figures_->setToolTip(job_end_words(*job));
  warnings_->setVisible(log.warning_count > 0);
  warnings_->setText(counted(log.warning_count, tr("warning"), tr("warnings")));
  const bool over = is_over(job->state());
  pause_->setVisible(job->state() != JobState::queued && job->state() != JobState::finished);
  pause_->setText(job->state() == JobState::running ? tr("Pause") : tr("Resume"));
  cancel_->setVisible(!over);
  for (QPushButton* control : {pause_, cancel_}) offer(control, center_->obstacle());
  open_->setVisible(job->state() == JobState::finished && !trains);
  if (trains) return training_->show_training(training_course(training->epochs, log));
  const std::vector<Voter>& voters = run.work.voters;
  model_->show_run(live_run(voters, run.samples, log));
  const bool of_objects = model_->run().of_objects;
  live_title_->setText(of_objects ? tr("Objects found") : tr("Live accuracy"));
  live_hint_->setText(of_objects ? tr("share of all objects, each detector alone, score ≥ 0.25")
                                 : tr("band: 95 % of the baseline"));
  // Where no model votes on the image itself there is nothing to hold its views against.
  table_->setColumnHidden(
      LiveVoterModel::against,
      std::ranges::none_of(voters, [](const Voter& voter) { return voter.view == View(); }));
  // Objects of one image are not drawn apart: there is no interval of their share.
  table_->setColumnHidden(LiveVoterModel::interval, of_objects);
  plot_->show_run(voters, run.samples, log);
}

void RunProgress::show_warnings() {
  const JobFolder* job = center_->job(job_);
  if (job == nullptr) return;
  auto* dialog = new QDialog(window());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Warnings of %1").arg(name_->text()));
  QString words;
  for (const JobWarning& warning : job->log().warnings)
    words +=
        text_of(warning.sample + (warning.sample.empty() ? "" : ": ") + warning.message) + u'\n';
  auto* text = new QPlainTextEdit(words, dialog);
  text->setReadOnly(true);
  auto* close = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
  connect(close, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  auto* rows = new QVBoxLayout(dialog);
  rows->addWidget(text);
  rows->addWidget(close);
  dialog->resize(640, 320);
  dialog->show();
}

void RunProgress::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().base);
}

}  // namespace plumbline
