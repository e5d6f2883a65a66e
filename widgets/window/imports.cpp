#include "widgets/window/imports.h"

#include <QFileInfo>
#include <QWidget>

#include "widgets/jobs/job_center.h"
#include "widgets/study/import_dialogs.h"
#include "widgets/text/text_of.h"

namespace plumbline {

Imports::Imports(PageContext context, QWidget* window)
    : QObject(window), context_(std::move(context)), window_(window) {}

void Imports::ask_by_path(const QString& path) {
  static const QStringList models = {QStringLiteral("pt"), QStringLiteral("safetensors"),
                                     QStringLiteral("pth"), QStringLiteral("th")};
  const QString ending = QFileInfo(path).suffix().toLower();
  ask(models.contains(ending)           ? What::model
      : ending == QStringLiteral("npy") ? What::predictions
                                        : What::dataset,
      path);
}

void Imports::ask(What what, const QString& path) {
  const Study* study = context_.study_to_work_on();
  if (study == nullptr) return;
  const QString folder = text_of(study->folder().string());
  ImportDialog* dialog = nullptr;
  if (what == What::dataset) {
    dialog = new ImportDatasetDialog(folder, path, window_);
  } else if (what == What::model) {
    dialog = new ImportModelDialog(folder, path, window_);
  } else {
    const auto datasets = study->datasets();
    if (!datasets) return Q_EMIT failed(text_of(to_string(datasets.error())));
    dialog = new ImportPredictionsDialog(folder, *datasets, path, window_);
  }
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  // Not exec(): the window stays usable, and what runs goes on being shown.
  dialog->setModal(true);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    if (auto* model = qobject_cast<ImportModelDialog*>(dialog))
      if (const auto kept = model->keep_card(); !kept)
        return Q_EMIT failed(text_of(to_string(kept.error())));
    const auto queued = context_.jobs->submit("import", dialog->command(), dialog->subject());
    if (!queued) Q_EMIT failed(text_of(to_string(queued.error())));
  });
  dialog->open();
}

}  // namespace plumbline
