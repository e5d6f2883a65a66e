#include "widgets/window/imports.h"

#include <QFile>
#include <QFileInfo>
#include <QLineEdit>
#include <QWidget>

#include <algorithm>
#include <optional>

#include "core/jobs/job_folder.h"
#include "widgets/jobs/job_center.h"
#include "widgets/study/import_dialogs.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

enum class PathKind { dataset, labels, model, predictions, unknown };

/// By a file's first bytes: IDX begins with two zeros, its type, and its number of dimensions.
PathKind kind_of_data(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return PathKind::unknown;
  const QByteArray head = file.read(4);
  if (head.size() < 4) return PathKind::unknown;
  if (head.startsWith("\x1f\x8b"))
    return path.contains(QStringLiteral("idx1")) ? PathKind::labels : PathKind::dataset;
  if (head[0] != 0 || head[1] != 0 || head[2] < 8) return PathKind::unknown;
  return head[3] == 1 ? PathKind::labels : PathKind::dataset;
}

PathKind kind_of_path(const QString& path) {
  static const QStringList models = {QStringLiteral("pt"), QStringLiteral("pt2"),
                                     QStringLiteral("safetensors"), QStringLiteral("pth"),
                                     QStringLiteral("th")};
  const QFileInfo info(path);
  if (info.isDir()) return PathKind::dataset;
  const QString ending = info.suffix().toLower();
  if (models.contains(ending)) return PathKind::model;
  if (ending == QStringLiteral("npy")) return PathKind::predictions;
  if (ending == QStringLiteral("bin")) return PathKind::dataset;
  return kind_of_data(path);
}

}  // namespace

Imports::Imports(PageContext context, QWidget* window)
    : QObject(window), context_(std::move(context)), window_(window) {}

void Imports::ask(What what, const QString& path) {
  queue_.push_back({what, path, {}, {}});
  ask_next();
}

void Imports::ask_by_paths(const QStringList& paths) {
  QStringList labels, unknown;
  std::deque<Request> wanted;
  for (const QString& path : paths) {
    switch (kind_of_path(path)) {
      case PathKind::dataset: wanted.push_back({What::dataset, path, {}, {}}); break;
      case PathKind::model: wanted.push_back({What::model, path, {}, {}}); break;
      case PathKind::predictions: wanted.push_back({What::predictions, path, {}, {}}); break;
      case PathKind::labels: labels << path; break;
      case PathKind::unknown: unknown << QFileInfo(path).fileName(); break;
    }
  }
  for (const QString& path : labels) {
    const auto images = std::ranges::find_if(wanted, [](const Request& request) {
      return request.what == What::dataset && request.labels.isEmpty() &&
             !QFileInfo(request.path).isDir();
    });
    if (images != wanted.end())
      images->labels = path;
    else
      wanted.push_back({What::dataset, {}, path, {}});
  }
  if (!unknown.isEmpty())
    Q_EMIT failed(
        tr("Not imported, since it is neither a data set nor a model nor predictions: %1. Data "
           "sets are folders of images, IDX and CIFAR-10 files; models .pt, .pt2 and .safetensors; "
           "predictions .npy.")
            .arg(unknown.join(QStringLiteral(", "))));
  queue_.insert(queue_.end(), wanted.begin(), wanted.end());
  ask_next();
}

void Imports::ask_again(const JobFolder& job) {
  const auto* import = job.subject().as<ImportWork>();
  if (import == nullptr) return;
  Request request;
  request.what = import->what == ImportWork::What::dataset ? What::dataset
                 : import->what == ImportWork::What::model ? What::model
                                                           : What::predictions;
  for (const std::string& word : job.command()) request.command << text_of(word);
  queue_.push_back(std::move(request));
  ask_next();
}

void Imports::ask_next() {
  if (open_) return;
  if (queue_.empty()) {
    asked_ = 0;
    return;
  }
  const Request request = std::move(queue_.front());
  queue_.pop_front();
  ++asked_;
  const int all = asked_ + static_cast<int>(queue_.size());
  open_dialog(request, all > 1 ? tr(" (%1 of %2)").arg(asked_).arg(all) : QString());
}

void Imports::open_dialog(const Request& request, const QString& place) {
  const Study* study = context_.study_to_work_on();
  if (study == nullptr) {
    queue_.clear();
    asked_ = 0;
    return;
  }
  const QString folder = text_of(study->folder().string());
  ImportDialog* dialog = nullptr;
  if (request.what == What::dataset) {
    dialog = new ImportDatasetDialog(folder, request.path, window_);
  } else if (request.what == What::model) {
    dialog = new ImportModelDialog(folder, request.path, window_);
  } else {
    const auto datasets = study->datasets();
    if (!datasets) return Q_EMIT failed(text_of(to_string(datasets.error())));
    dialog = new ImportPredictionsDialog(folder, *datasets, request.path, window_);
  }
  if (auto* labels = dialog->findChild<QLineEdit*>(QStringLiteral("import_labels"));
      labels != nullptr && !request.labels.isEmpty())
    labels->setText(request.labels);
  if (!request.command.isEmpty()) dialog->take_command(request.command);
  dialog->setWindowTitle(dialog->windowTitle() + place);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  // Not exec(): the window stays usable, and what runs goes on being shown.
  dialog->setModal(true);
  open_ = true;
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    if (auto* model = qobject_cast<ImportModelDialog*>(dialog))
      if (const auto kept = model->keep_card(); !kept)
        return Q_EMIT failed(text_of(to_string(kept.error())));
    const auto queued = context_.jobs->submit("import", dialog->command(), dialog->subject());
    if (!queued) Q_EMIT failed(text_of(to_string(queued.error())));
  });
  connect(dialog, &QDialog::finished, this, [this] {
    open_ = false;
    // After the dialog has gone, so that the next one takes its place.
    QMetaObject::invokeMethod(this, &Imports::ask_next, Qt::QueuedConnection);
  });
  dialog->open();
}

}  // namespace plumbline
