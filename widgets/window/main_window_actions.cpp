// What the menus, the palette and a drop do besides opening runs.
#include <QAction>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QLayout>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QStackedWidget>
#include <QStatusBar>
#include <QUndoStack>

#include <algorithm>

#include "core/review/export_run.h"
#include "core/types/number.h"
#include "widgets/compare/compare_page.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_list.h"
#include "widgets/planer/network_dialogs.h"
#include "widgets/planer/planer_page.h"
#include "widgets/runs/runs_page.h"
#include "widgets/runs/train_dialog.h"
#include "widgets/study/import_dialogs.h"
#include "widgets/study/remarks.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/window/main_window.h"

namespace plumbline {

namespace {

constexpr std::size_t most_samples_found = 20;
constexpr int palette_width = 264;

/// Every command of a menu and its sub-menus.
void collect(const QMenu* menu, std::vector<PaletteEntry>& entries) {
  for (QAction* action : menu->actions()) {
    if (action->menu() != nullptr) {
      collect(action->menu(), entries);
      continue;
    }
    if (action->isSeparator() || !action->isEnabled() || !action->isVisible()) continue;
    QString name = action->text();
    name.remove(u'&');
    if (action->isCheckable() && action->isChecked()) name += QStringLiteral(" ✓");
    entries.push_back({QStringLiteral("command"), name,
                       action->shortcut().toString(QKeySequence::NativeText),
                       [action] { action->trigger(); }});
  }
}

}  // namespace

void MainWindow::make_edit_menu(QMenu* menu) {
  QAction* undo = undo_->createUndoAction(this, tr("&Undo"));
  undo->setShortcut(QKeySequence::Undo);
  QAction* redo = undo_->createRedoAction(this, tr("&Redo"));
  redo->setShortcuts(
      {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
  menu->addAction(undo);
  menu->addAction(redo);
  menu->addSeparator();
  // Their keys T, N and Ctrl+A belong to the gallery, so that they can be typed elsewhere.
  menu->addAction(tr("Add &tag… (T)"), this, [this] {
    show_page(failures_);
    failures_->begin_tag();
  });
  menu->addAction(tr("Write &note… (N)"), this, [this] {
    show_page(failures_);
    failures_->begin_note();
  });
  menu->addAction(tr("Select &all images"), this, [this] { failures_->gallery()->select_all(); });
  menu->addAction(
      tr("&Copy files of the selection"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), this,
      [this] {
        if (review_ == nullptr) return;
        const auto paths = item_paths(review_->run(), failures_->selected_items());
        if (!paths) return say(text_of(to_string(paths.error())));
        QGuiApplication::clipboard()->setText(text_of(*paths));
        say(tr("%1 paths are on the clipboard")
                .arg(with_thousands(static_cast<qint64>(failures_->selected_items().size()))));
      });
}

void MainWindow::make_study_menu(QMenu* menu) {
  menu->addAction(tr("Import a &data set…"), QKeySequence(Qt::CTRL | Qt::Key_I), this,
                  [this] { import_by_dialog(Import::dataset, {}); });
  menu->addAction(tr("Import a &model…"), QKeySequence(Qt::CTRL | Qt::Key_M), this,
                  [this] { import_by_dialog(Import::model, {}); });
  menu->addAction(tr("Import &predictions…"), this,
                  [this] { import_by_dialog(Import::predictions, {}); });
  menu->addAction(tr("&Train members…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T), this,
                  [this] { train_by_dialog(); });
  menu->addAction(tr("Import a &language model…"), this,
                  [this] { import_by_dialog(Import::network, {}); });
  menu->addAction(tr("Train a lan&guage model…"), this, [this] { train_network_by_dialog(); });
  menu->addSeparator();
  menu->addAction(tr("&New run"), QKeySequence(Qt::CTRL | Qt::Key_R), this,
                  [this] { show_page(runs_page_); });
  menu->addAction(tr("&Start the run that is ticked"), QKeySequence(Qt::CTRL | Qt::Key_Return),
                  this, [this] { runs_page_->start(); });
  menu->addAction(tr("Read the study &again"), QKeySequence(Qt::Key_F5), this,
                  [this] { reload_study(); });
}

void MainWindow::make_jobs_menu(QMenu* menu) {
  const auto on_current = [this](auto act) {
    return [this, act] {
      const std::string id = job_list_->current();
      if (id.empty()) return say(tr("There is no job."));
      if (const Result<void> done = act(id); !done) say(text_of(to_string(done.error())));
    };
  };
  menu->addAction(tr("&Pause or resume"), QKeySequence(Qt::CTRL | Qt::Key_P), this,
                  on_current([this](const std::string& id) -> Result<void> {
                    const JobFolder* job = jobs_->job(id);
                    if (job == nullptr) return {};
                    if (job->state() == JobState::running) return jobs_->pause(id);
                    if (job->state() == JobState::paused) return jobs_->resume(id);
                    if (is_over(job->state()) && job->state() != JobState::finished)
                      TRY(jobs_->run_again(id));
                    return {};
                  }));
  menu->addAction(tr("&Cancel"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_X), this,
                  on_current([this](const std::string& id) { return jobs_->cancel(id); }));
  menu->addAction(tr("Show the &log"), QKeySequence(Qt::CTRL | Qt::Key_L), this,
                  on_current([this](const std::string& id) -> Result<void> {
                    job_list_->show_log(id);
                    return {};
                  }));
  menu->addSeparator();
  menu->addAction(tr("Clear &finished jobs"), jobs_, &JobCenter::clear_finished);
}

void MainWindow::make_palette() {
  auto* row = menuWidget();
  palette_ = new CommandPalette([this](const QString& text) { return palette_entries(text); }, row);
  palette_->setFixedWidth(palette_width);
  row->layout()->addWidget(palette_);
  auto* open = new QAction(tr("Go to…"), this);
  open->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_K));
  connect(open, &QAction::triggered, palette_, &CommandPalette::open);
  addAction(open);
  connect(palette_, &CommandPalette::left, this, [this] {
    if (auto* page = qobject_cast<Page*>(stack_->currentWidget()))
      page->main_view()->setFocus(Qt::ShortcutFocusReason);
  });
  connect(failures_, &FailuresPage::names_read, this, [this] {
    if (palette_->hasFocus()) palette_->refresh();
  });
}

std::vector<PaletteEntry> MainWindow::palette_entries(const QString& text) {
  std::vector<PaletteEntry> entries;
  for (Page* page : pages_)
    entries.push_back({tr("page"), page->title(), {}, [this, page] { show_page(page); }});
  for (const RunInfo& run : runs_)
    entries.push_back({tr("run"), text_of(run.name), tr("%1 voters").arg(run.voters.size()),
                       [this, name = text_of(run.name)] {
                         open_run(name);
                         show_page(failures_);
                       }});
  for (const SearchInfo& search : planer_->review()->catalogue().searches)
    entries.push_back({tr("search"), text_of(search.name), text_of(search.base),
                       [this, name = text_of(search.name)] {
                         planer_->open_search(name);
                         show_page(planer_);
                       }});
  for (Page* page : pages_)
    for (QAction* action : page->actions())
      entries.push_back({tr("command"), action->text(),
                         action->shortcut().toString(QKeySequence::NativeText),
                         [this, page, action] {
                           show_page(page);
                           action->trigger();
                         }});
  for (QAction* action : menuWidget()->findChild<QMenuBar*>()->actions())
    if (action->menu() != nullptr) collect(action->menu(), entries);
  entries = matching_entries(std::move(entries), text);
  if (review_ == nullptr || text.trimmed().isEmpty()) return entries;

  std::vector<PaletteEntry> samples;
  const auto add = [&](std::uint32_t sample, const QString& name) {
    samples.push_back(
        {tr("sample"), name, tr("no. %1").arg(with_thousands(sample + 1)), [this, sample] {
           show_page(failures_);
           failures_->go_to(ItemRef(sample));
         }});
  };
  const auto count = review_->votes().samples();
  const QString wanted = text.trimmed();
  if (const auto number = parse_integer(wanted.toStdString());
      number && *number >= 1 && *number <= static_cast<std::int64_t>(count))
    add(static_cast<std::uint32_t>(*number - 1), tr("number %1").arg(wanted));
  if (const auto names = failures_->names(); names != nullptr && wanted.size() > 1) {
    const auto matches = names->matches(wanted.toStdString());
    for (std::size_t i = 0; i < matches.size() && samples.size() < most_samples_found; ++i)
      if (matches[i] != 0) {
        const std::string_view name = names->name(i);
        add(static_cast<std::uint32_t>(i),
            QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())));
      }
  }
  entries.insert(entries.end(), samples.begin(), samples.end());
  return entries;
}

// --- importing

bool MainWindow::make_sure_of_a_study() {
  if (!study_) ask_for_new_study();
  return study_.has_value();
}

void MainWindow::ask_for_new_study() {
  QString folder = QFileDialog::getSaveFileName(this, tr("Make a new study (a folder NAME.plumb)"),
                                                QStringLiteral("study.plumb"));
  if (folder.isEmpty()) return;
  if (!folder.endsWith(QStringLiteral(".plumb"))) folder += QStringLiteral(".plumb");
  if (const auto made = Study::open(folder.toStdString(), Access::create); !made)
    return show_error(made.error());
  static_cast<void>(open_study(folder));
  show_page(runs_page_);
}

void MainWindow::import_path(const QString& path) {
  const QFileInfo info(path);
  if (info.isDir() && QFileInfo::exists(path + QStringLiteral("/study.sqlite"))) {
    static_cast<void>(open_study(path));
    return;
  }
  const QString ending = info.suffix().toLower();
  static const QStringList models = {QStringLiteral("pt"), QStringLiteral("safetensors"),
                                     QStringLiteral("pth"), QStringLiteral("th")};
  import_by_dialog(models.contains(ending)           ? Import::model
                   : ending == QStringLiteral("npy") ? Import::predictions
                                                     : Import::dataset,
                   path);
}

void MainWindow::import_by_dialog(Import what, const QString& path) {
  if (!make_sure_of_a_study()) return;
  const QString study = text_of(study_->folder().string());
  ImportDialog* dialog = nullptr;
  if (what == Import::dataset) {
    dialog = new ImportDatasetDialog(study, path, this);
  } else if (what == Import::model) {
    dialog = new ImportModelDialog(study, path, this);
  } else if (what == Import::network) {
    std::vector<std::string> taken;
    for (const NetworkInfo& network : planer_->review()->catalogue().networks)
      taken.push_back(network.name);
    dialog = new ImportNetworkDialog(study, std::move(taken), this);
  } else {
    const auto datasets = study_->datasets();
    if (!datasets) return say(text_of(to_string(datasets.error())));
    dialog = new ImportPredictionsDialog(study, *datasets, path, this);
  }
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  // Not exec(): the window stays usable, and what runs goes on being shown.
  dialog->setModal(true);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    if (auto* model = qobject_cast<ImportModelDialog*>(dialog))
      if (const auto kept = model->keep_card(); !kept) return say(text_of(to_string(kept.error())));
    const bool network = qobject_cast<ImportNetworkDialog*>(dialog) != nullptr;
    if (const auto queued = jobs_->submit(network ? "planer-import" : "import", dialog->command());
        !queued)
      say(text_of(to_string(queued.error())));
  });
  dialog->open();
}

void MainWindow::train_by_dialog() {
  if (!make_sure_of_a_study()) return;
  auto datasets = study_->datasets();
  if (!datasets) return say(text_of(to_string(datasets.error())));
  const auto models = study_->models();
  if (!models) return say(text_of(to_string(models.error())));
  std::vector<std::string> taken;
  for (const ModelInfo& model : *models) taken.push_back(model.name);
  auto* dialog = new TrainDialog(text_of(study_->folder().string()), std::move(*datasets),
                                 std::move(taken), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setModal(true);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    for (const QStringList& command : dialog->commands())
      if (const auto queued = jobs_->submit("train", command); !queued)
        return say(text_of(to_string(queued.error())));
    show_page(runs_page_);
    reload_study();
  });
  dialog->open();
}

void MainWindow::train_network_by_dialog() {
  if (!make_sure_of_a_study()) return;
  std::vector<std::string> taken;
  for (const NetworkInfo& network : planer_->review()->catalogue().networks)
    taken.push_back(network.name);
  auto* dialog = new TrainNetworkDialog(text_of(study_->folder().string()), std::move(taken), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setModal(true);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    if (const auto queued = jobs_->submit("planer-train", dialog->command()); !queued)
      say(text_of(to_string(queued.error())));
  });
  dialog->open();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls() && event->mimeData()->urls().first().isLocalFile())
    event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.isEmpty() || !urls.first().isLocalFile()) return;
  event->acceptProposedAction();
  const QString path = urls.first().toLocalFile();
  // After the drop has ended: a dialog would hold the other program's drag.
  QMetaObject::invokeMethod(this, [this, path] { import_path(path); }, Qt::QueuedConnection);
}

// --- exporting

void MainWindow::export_selection() {
  if (review_ == nullptr) return say(tr("Open a run first."));
  const auto items = failures_->selected_items();
  if (items.empty()) return say(tr("Select images first: Shift or Ctrl with a click, or Ctrl+A."));
  const QString file = QFileDialog::getSaveFileName(
      this, tr("Export %1 images").arg(with_thousands(static_cast<qint64>(items.size()))),
      QStringLiteral("selection.csv"), tr("CSV (*.csv);;JSON (*.json)"));
  if (file.isEmpty()) return;
  const auto rows = export_items(review_->run(), review_->policy_voters(), review_->decisions(),
                                 remarks_->values(), items, export_format_of(file.toStdString()),
                                 file.toStdString());
  say(rows ? tr("%1 rows are in %2").arg(with_thousands(*rows), file)
           : text_of(to_string(rows.error())));
}

}  // namespace plumbline
