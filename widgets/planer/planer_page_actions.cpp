// What the PLANER page does besides showing: launching, queueing, measuring, exporting.
#include <QAction>
#include <QFileDialog>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QTableView>
#include <QToolButton>

#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/planer/architecture_view.h"
#include "widgets/planer/latency_slider.h"
#include "widgets/planer/network_dialogs.h"
#include "widgets/planer/planer_bar.h"
#include "widgets/planer/planer_export.h"
#include "widgets/planer/planer_page.h"
#include "widgets/planer/planer_words.h"
#include "widgets/planer/search_dialog.h"
#include "widgets/planer/target_model.h"
#include "widgets/planer/tradeoff_plot.h"
#include "widgets/planer/train_further_dialog.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

std::vector<MenuCommand> PlanerPage::commands() {
  return {
      {MenuPart::study_make,
       QStringLiteral("import-language-model"),
       tr("Import a &language model…"),
       {},
       [this] { import_network(); }},
      {MenuPart::study_make,
       QStringLiteral("train-language-model"),
       tr("Train a lan&guage model…"),
       {},
       [this] { train_network(); }},
  };
}

std::vector<std::string> PlanerPage::network_names() const {
  std::vector<std::string> names;
  for (const NetworkInfo& network : review_->catalogue().networks) names.push_back(network.name);
  return names;
}

void PlanerPage::import_network() {
  if (const Study* study = context_.study_to_work_on())
    queue_when_accepted(
        new ImportNetworkDialog(text_of(study->folder().string()), network_names(), this),
        "planer-import");
}

void PlanerPage::train_network() {
  if (const Study* study = context_.study_to_work_on())
    queue_when_accepted(
        new TrainNetworkDialog(text_of(study->folder().string()), network_names(), this),
        "planer-train");
}

void PlanerPage::queue_when_accepted(ImportDialog* dialog, const std::string& kind) {
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setModal(true);
  connect(dialog, &QDialog::accepted, this,
          [this, dialog, kind] { submit(kind, dialog->command()); });
  dialog->open();
}

/// In the palette, and with their keys while the page is shown.
void PlanerPage::make_actions() {
  const auto add = [this](const QString& words, const QKeySequence& keys, auto act) {
    auto* action = new QAction(words, this);
    action->setShortcut(keys);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, act);
    addAction(action);
  };
  add(tr("PLANER: launch a search for the target"), {}, [this] { launch(review_->target()); });
  add(tr("PLANER: latency target"), {}, [this] { slider_->setFocus(Qt::ShortcutFocusReason); });
  add(tr("PLANER: measure this device"), {}, [this] { measure(); });
  add(tr("PLANER: settings of searches…"), {}, [this] { ask_settings(); });
  add(tr("PLANER: add targets to the queue"), {},
      [this] { new_targets_->setFocus(Qt::ShortcutFocusReason); });
  add(tr("PLANER: latency as a fraction of the baseline"), {}, [this] { fractions_->toggle(); });
  add(tr("PLANER: time by block"), {}, [this] { by_block_->toggle(); });
  add(tr("PLANER: compare architectures"), {},
      [this] { strips_->setFocus(Qt::ShortcutFocusReason); });
  add(tr("PLANER: select no architecture"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A),
      [this] { review_->select({}); });
  add(tr("PLANER: export the figure as PDF…"), {}, [this] { ask_export(QStringLiteral("pdf")); });
  add(tr("PLANER: export the data as CSV…"), {}, [this] { ask_export(QStringLiteral("csv")); });
  add(tr("PLANER: export the selected network…"), {}, [this] { export_network(); });
  add(tr("PLANER: train the selected network further…"), {}, [this] { ask_further(); });
}

void PlanerPage::make_export_menu() {
  auto* menu = new QMenu(export_);
  const auto add = [this, menu](const QString& words, const QString& ending) {
    menu->addAction(words, this, [this, ending] { ask_export(ending); });
  };
  add(tr("Figure as PDF…"), QStringLiteral("pdf"));
  add(tr("Figure as SVG…"), QStringLiteral("svg"));
  add(tr("Figure as PNG…"), QStringLiteral("png"));
  menu->addSeparator();
  add(tr("Data as CSV…"), QStringLiteral("csv"));
  add(tr("Data as JSON, with the command…"), QStringLiteral("json"));
  menu->addSeparator();
  menu->addAction(tr("Selected network…"), this, &PlanerPage::export_network);
  connect(export_, &QPushButton::clicked, menu,
          [this, menu] { menu->popup(export_->mapToGlobal(QPoint(0, export_->height()))); });
}

bool PlanerPage::submit(const std::string& kind, const QStringList& words) {
  const auto queued = jobs_->submit(kind, words);
  if (!queued) Q_EMIT failed(text_of(to_string(queued.error())));
  return queued.has_value();
}

QStringList PlanerPage::command(const std::vector<double>& targets) const {
  return search_command(study_, review_->subject(), current_settings(), targets,
                        bar_->device_key());
}

bool PlanerPage::launch(double target) {
  if (const QString reason = obstacle(); !reason.isEmpty()) {
    Q_EMIT failed(reason);
    return false;
  }
  const SearchCurve* curve = review_->curve();
  if (curve->front && curve->front->within(target * *curve->baseline_ms()) == nullptr) {
    Q_EMIT failed(
        tr("Nothing is as fast as %1: the fastest architecture takes %2.")
            .arg(ms_text(target * *curve->baseline_ms()), ms_text(curve->front->fastest_ms())));
    return false;
  }
  if (target > 1) {
    Q_EMIT failed(tr("A target above the baseline's own latency needs no search."));
    return false;
  }
  // What is found, queued or at work is not begun a second time.
  for (int row = 0; row < targets_->rowCount(); ++row) {
    const TargetRow& line = targets_->row(row);
    if (!same_target(line.target, target) || line.state == TargetRow::State::stopped) continue;
    Q_EMIT failed(tr("%1 is in the list of targets already.").arg(target_text(target)));
    return false;
  }
  const bool queue = jobs_->running() > 0;
  const SearchSettings settings = current_settings();
  if (!submit("planer-search", command({target}))) return false;
  // Further targets belong to the same search.
  settings_ = settings;
  Q_EMIT said((queue ? tr("Search %1 for %2 is queued") : tr("Search %1 for %2 is started"))
                  .arg(text_of(settings.name), target_text(target)));
  return true;
}

void PlanerPage::measure() {
  if (review_->curve() == nullptr) return Q_EMIT failed(tr("There is no network to measure."));
  const QString device = bar_->device_key();
  if (device.isEmpty())
    return Q_EMIT failed(tr("%1 is not in this machine: choose another device.")
                             .arg(text_of(review_->subject().key.device)));
  if (submit("planer-profile", profile_command(study_, review_->subject(), device)))
    Q_EMIT said(tr("The measurement is queued"));
}

void PlanerPage::add_targets() {
  const auto targets = parse_target_list(new_targets_->text());
  if (!targets) return Q_EMIT failed(text_of(to_string(targets.error())));
  // One job each, so that they can be put into another order.
  for (const double target : *targets)
    if (!launch(target)) return;
  new_targets_->clear();
}

/// A queue's order is that of its jobs' names: those behind are described anew.
void PlanerPage::reorder(const std::vector<std::string>& order) {
  struct Waiting {
    std::string id, kind;
    QStringList words;
  };
  std::vector<Waiting> jobs;
  for (const std::string& id : order) {
    const JobFolder* job = jobs_->job(id);
    if (job == nullptr || job->state() != JobState::queued) continue;
    QStringList words;
    for (const std::string& word : job->command()) words << text_of(word);
    jobs.push_back({id, job->kind(), words});
  }
  // All of them before the first is described anew, or that one would take the place of another.
  std::vector<Waiting> removed;
  for (const Waiting& job : jobs) {
    // One that has begun in the meantime stays.
    const JobFolder* now = jobs_->job(job.id);
    if (now == nullptr || now->state() != JobState::queued) continue;
    if (const auto gone = jobs_->cancel(job.id); !gone) {
      Q_EMIT failed(text_of(to_string(gone.error())));
      break;
    }
    if (jobs_->job(job.id) == nullptr) removed.push_back(job);
  }
  for (const Waiting& job : removed)
    if (!submit(job.kind, job.words)) return;
}

void PlanerPage::remove_target(int row) {
  const TargetRow& line = targets_->row(row);
  if (line.state != TargetRow::State::queued)
    return Q_EMIT failed(tr("Only what is queued can be removed."));
  const QString words = target_text(line.target);
  if (const auto removed = jobs_->cancel(line.job); !removed)
    return Q_EMIT failed(text_of(to_string(removed.error())));
  Q_EMIT said(tr("%1 is taken off the queue").arg(words));
}

void PlanerPage::ask_settings() {
  if (review_->curve() == nullptr) return;
  std::vector<std::string> taken = taken_names();
  for (const SearchInfo& search : review_->catalogue().searches) taken.push_back(search.name);
  auto* dialog = new SearchDialog(current_settings(), std::move(taken), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setModal(true);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    settings_ = dialog->settings();
    refresh_launch();
  });
  dialog->open();
}

void PlanerPage::ask_further() {
  const PlanerEntry* entry = review_->described();
  if (entry == nullptr || !entry->can_go_on())
    return Q_EMIT failed(tr("Select a network that was found first."));
  if (bar_->device_key().isEmpty())
    return Q_EMIT failed(tr("%1 is not in this machine: choose another device.")
                             .arg(text_of(review_->subject().key.device)));
  std::vector<std::string> taken = network_names();
  for (const JobFolder& job : jobs_->jobs())
    if (job.kind() == "planer-train" && !is_over(job.state()))
      taken.push_back(job_option(job, QStringLiteral("--name")).toStdString());
  auto* dialog = new TrainFurtherDialog(study_, review_->subject(), *entry, current_settings(),
                                        bar_->device_key(), std::move(taken), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setModal(true);
  connect(dialog, &QDialog::accepted, this, [this, dialog, network = entry->network] {
    if (submit("planer-train", dialog->command()))
      Q_EMIT said(tr("The further training of %1 is queued").arg(text_of(network)));
  });
  dialog->open();
}

void PlanerPage::ask_export(const QString& ending) {
  if (review_->curve() == nullptr) return Q_EMIT failed(tr("There is nothing to export yet."));
  const QString name = review_->subject().search.empty() ? text_of(review_->subject().network)
                                                         : text_of(review_->subject().search);
  const QString file =
      QFileDialog::getSaveFileName(this, tr("Export"), QStringLiteral("%1.%2").arg(name, ending),
                                   QStringLiteral("%1 (*.%2)").arg(ending.toUpper(), ending));
  if (!file.isEmpty()) export_file(file);
}

bool PlanerPage::export_file(const QString& file) {
  const bool figures = file.endsWith(QStringLiteral(".csv"), Qt::CaseInsensitive) ||
                       file.endsWith(QStringLiteral(".json"), Qt::CaseInsensitive);
  if (!figures) {
    const bool saved = plot_->save(file);
    if (saved)
      Q_EMIT said(tr("The figure is in %1").arg(file));
    else
      Q_EMIT failed(tr("%1 cannot be written: is there such a folder?").arg(file));
    return saved;
  }
  std::vector<double> targets;
  for (const PlanerEntry& entry :
       review_->curve() == nullptr ? std::vector<PlanerEntry>() : review_->curve()->entries)
    if (entry.role == PlanerEntry::Role::found) targets.push_back(entry.target);
  if (targets.empty()) targets.push_back(review_->target());
  const auto rows = export_tradeoff(file, *review_, command(targets));
  if (!rows) {
    Q_EMIT failed(text_of(to_string(rows.error())));
    return false;
  }
  Q_EMIT said(tr("%1 rows are in %2").arg(with_thousands(*rows), file));
  return true;
}

void PlanerPage::export_network() {
  const PlanerEntry* entry = review_->described();
  if (entry == nullptr || entry->network.empty())
    return Q_EMIT failed(tr("Select a network that was found first."));
  const QString file = QFileDialog::getSaveFileName(
      this, tr("Export the network %1").arg(text_of(entry->network)),
      text_of(entry->network) + QStringLiteral(".pt"),
      tr("TorchScript (*.pt);;Weights and architecture (*.safetensors)"));
  if (file.isEmpty()) return;
  if (submit("planer-export", export_command(study_, entry->network, file)))
    Q_EMIT said(tr("The export of %1 is queued").arg(text_of(entry->network)));
}

}  // namespace plumbline
