// What menus, palette and buttons of the page ask for: dialogs, exports, and the keys to its parts.
#include <QAction>
#include <QFileDialog>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>

#include "widgets/jobs/job_center.h"
#include "widgets/planer/architecture_view.h"
#include "widgets/planer/latency_panel.h"
#include "widgets/planer/network_dialogs.h"
#include "widgets/planer/planer_export.h"
#include "widgets/planer/planer_jobs.h"
#include "widgets/planer/planer_page.h"
#include "widgets/planer/search_dialog.h"
#include "widgets/planer/target_panel.h"
#include "widgets/planer/target_slider.h"
#include "widgets/planer/tradeoff_panel.h"
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

/// In the palette, and with their keys while the page is shown.
void PlanerPage::make_actions() {
  const auto add = [this](const QString& words, const QKeySequence& keys, auto act) {
    auto* action = new QAction(words, this);
    action->setShortcut(keys);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, act);
    addAction(action);
  };
  const auto focus = [](QWidget* widget) {
    return [widget] { widget->setFocus(Qt::ShortcutFocusReason); };
  };
  add(tr("PLANER: launch a search for the target"), {},
      [this] { jobs_->launch(review_->target()); });
  add(tr("PLANER: target of the search"), {}, focus(slider()));
  add(tr("PLANER: measure this device"), {}, [this] { jobs_->measure(); });
  add(tr("PLANER: settings of searches…"), {}, [this] { ask_settings(); });
  add(tr("PLANER: add targets to the queue"), {}, focus(target_panel_->new_targets()));
  add(tr("PLANER: costs as fractions of the baseline"), {},
      [this] { tradeoff_->fractions()->toggle(); });
  add(tr("PLANER: time by block"), {}, [this] { times_->by_block()->toggle(); });
  add(tr("PLANER: compare architectures"), {}, focus(tradeoff_->strips()));
  add(tr("PLANER: select no architecture"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A),
      [this] { review_->select({}); });
  add(tr("PLANER: export the figure as PDF…"), {}, [this] { ask_export(QStringLiteral("pdf")); });
  add(tr("PLANER: export the data as CSV…"), {}, [this] { ask_export(QStringLiteral("csv")); });
  add(tr("PLANER: export the selected network…"), {}, [this] { export_network(); });
  add(tr("PLANER: train the selected network further…"), {}, [this] { train_further(); });
}

void PlanerPage::fill_export_menu() {
  QMenu* menu = target_panel_->export_menu();
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
}

void PlanerPage::queue_when_accepted(ImportDialog* dialog, const std::string& kind,
                                     const QString& words) {
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setModal(true);
  connect(dialog, &QDialog::accepted, this, [this, dialog, kind, words] {
    if (jobs_->submit(kind, dialog->command(), dialog->subject()) && !words.isEmpty())
      Q_EMIT said(words);
  });
  dialog->open();
}

/// Before a dialog is filled in for nothing.
bool PlanerPage::may_queue() {
  const QString reason = context_.jobs->obstacle();
  if (!reason.isEmpty()) Q_EMIT failed(reason);
  return reason.isEmpty();
}

void PlanerPage::import_network() {
  if (const Study* study = context_.study_to_work_on(); study != nullptr && may_queue())
    queue_when_accepted(
        new ImportNetworkDialog(text_of(study->folder().string()), jobs_->taken_networks(), this),
        "planer-import");
}

void PlanerPage::train_network() {
  if (const Study* study = context_.study_to_work_on(); study != nullptr && may_queue())
    queue_when_accepted(
        new TrainNetworkDialog(text_of(study->folder().string()), jobs_->taken_networks(), this),
        "planer-train");
}

void PlanerPage::train_further() {
  if (!may_queue()) return;
  const PlanerEntry* entry = review_->described();
  if (entry == nullptr || !entry->can_go_on())
    return Q_EMIT failed(tr("Select a network that was found first."));
  const QString device = jobs_->device();
  if (device.isEmpty()) return;
  queue_when_accepted(
      new TrainFurtherDialog(jobs_->study(), review_->subject(), *entry, jobs_->settings(), device,
                             jobs_->taken_networks(), this),
      "planer-train", tr("The further training of %1 was queued").arg(text_of(entry->network)));
}

void PlanerPage::ask_settings() {
  if (review_->curve() == nullptr) return;
  auto* dialog = new SearchDialog(jobs_->settings(), jobs_->taken_searches(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setModal(true);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    jobs_->keep_settings(dialog->settings());
    refresh_launch();
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
    const bool saved = plot()->save(file);
    if (saved)
      Q_EMIT said(tr("The figure was written to %1").arg(file));
    else
      Q_EMIT failed(tr("%1 cannot be written: check that its folder exists.").arg(file));
    return saved;
  }
  std::vector<double> targets;
  if (const SearchCurve* curve = review_->curve())
    for (const PlanerEntry& entry : curve->entries)
      if (entry.role == PlanerEntry::Role::found) targets.push_back(entry.target);
  if (targets.empty()) targets.push_back(review_->target());
  const auto rows = export_tradeoff(file, *review_, jobs_->command(targets));
  if (!rows) {
    Q_EMIT failed(text_of(to_string(rows.error())));
    return false;
  }
  Q_EMIT said((*rows == 1 ? tr("1 row was written to %1")
                          : tr("%1 rows were written to %2").arg(with_thousands(*rows)))
                  .arg(file));
  return true;
}

void PlanerPage::export_network() {
  if (!may_queue()) return;  // the engine writes it, in a job
  const PlanerEntry* entry = review_->described();
  if (entry == nullptr || entry->network.empty())
    return Q_EMIT failed(tr("Select a network that was found first."));
  const QString file = QFileDialog::getSaveFileName(
      this, tr("Export the network %1").arg(text_of(entry->network)),
      text_of(entry->network) + QStringLiteral(".pt"),
      tr("TorchScript (*.pt);;Weights and architecture (*.safetensors)"));
  if (file.isEmpty()) return;
  if (jobs_->submit("planer-export", export_command(jobs_->study(), entry->network, file),
                    NetworkWork{.task = "export",
                                .networks = {entry->network},
                                .from = {},
                                .config = {},
                                .steps = 0,
                                .batches = {},
                                .lengths = {}}))
    Q_EMIT said(tr("The export of %1 was queued").arg(text_of(entry->network)));
}

}  // namespace plumbline
