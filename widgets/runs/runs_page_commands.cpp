// What the Runs page asks the engine for, and what menus and palette do on it.
#include <QComboBox>
#include <QInputDialog>
#include <QLineEdit>
#include <QSpinBox>

#include <algorithm>

#include "widgets/jobs/job_center.h"
#include "widgets/runs/runs_page.h"
#include "widgets/runs/train_dialog.h"
#include "widgets/runs/voter_choice_model.h"
#include "widgets/text/text_of.h"

namespace plumbline {

std::vector<MenuCommand> RunsPage::commands() {
  return {
      {MenuPart::study_make, QStringLiteral("train"), tr("&Train members…"),
       QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T), [this] { train_members(); }},
      {MenuPart::study_run,
       {},
       tr("&New run"),
       QKeySequence(Qt::CTRL | Qt::Key_R),
       [this] { Q_EMIT link_followed(Route{.page = key()}); }},
      {MenuPart::study_run,
       {},
       tr("&Start the run that is ticked"),
       QKeySequence(Qt::CTRL | Qt::Key_Return),
       [this] { start(); },
       true},
  };
}

std::vector<KeyHint> RunsPage::key_hints() const {
  return {{tr("Space"), tr("tick or untick the voter")},
          {tr("Shift+Space"), tr("the same for all up to here from the last one")}};
}

RunWork RunsPage::work() const {
  RunWork work{name_->text().trimmed().toStdString(),
               dataset_->currentText().toStdString(),
               {split_->currentData().toString().toStdString()},
               choice_->chosen()};
  const std::string baseline = baseline_->currentText().toStdString();
  std::ranges::stable_partition(work.voters,
                                [&](const Voter& voter) { return voter.model == baseline; });
  return work;
}

QStringList RunsPage::command() const {
  const RunWork run = work();
  const auto& voters = run.voters;
  QStringList models, views, all;
  for (const Voter& voter : voters) {
    if (!models.contains(text_of(voter.model))) models << text_of(voter.model);
    const QString view = text_of(to_string(voter.view));
    if (!views.contains(view)) views << view;
    all << text_of(to_string(voter));
  }
  QStringList words{QStringLiteral("run"),       study_,
                    QStringLiteral("--dataset"), text_of(run.dataset),
                    QStringLiteral("--split"),   text_of(run.splits.front())};
  if (models.size() * views.size() == all.size())
    words << QStringLiteral("--models") << models.join(u',') << QStringLiteral("--views")
          << views.join(u',');
  else
    words << QStringLiteral("--voters") << all.join(u',');
  words << QStringLiteral("--precision") << precision_->currentText() << QStringLiteral("--device")
        << device_->currentData().toString();
  if (batch_->value() > 0) words << QStringLiteral("--batch") << QString::number(batch_->value());
  words << QStringLiteral("--name") << text_of(run.run) << QStringLiteral("--resume");
  return words;
}

void RunsPage::start() {
  if (const QString reason = obstacle(); !reason.isEmpty()) return Q_EMIT failed(reason);
  const auto queued = jobs_->submit("run", command(), work());
  if (!queued) return Q_EMIT failed(text_of(to_string(queued.error())));
  name_edited_ = false;
  refresh();
}

void RunsPage::train_members() {
  const Study* study = context_.study_to_work_on();
  if (study == nullptr) return;
  if (const QString reason = jobs_->obstacle(); !reason.isEmpty()) return Q_EMIT failed(reason);
  auto datasets = study->datasets();
  if (!datasets) return Q_EMIT failed(text_of(to_string(datasets.error())));
  const auto models = study->models();
  if (!models) return Q_EMIT failed(text_of(to_string(models.error())));
  std::vector<std::string> taken;
  for (const ModelInfo& model : *models) taken.push_back(model.name);
  auto* dialog = new TrainDialog(text_of(study->folder().string()), std::move(*datasets),
                                 std::move(taken), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setModal(true);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    for (const auto& [command, work] : dialog->trainings())
      if (const auto queued = jobs_->submit("train", command, work); !queued)
        return Q_EMIT failed(text_of(to_string(queued.error())));
    Q_EMIT link_followed(Route{.page = key()});
    Q_EMIT reload_wanted();
  });
  dialog->open();
}

void RunsPage::add_view() {
  QStringList kinds;
  for (const ViewKind* kind : views::view_pool()) kinds << text_of(kind->name);
  bool chosen = false;
  const QString text =
      QInputDialog::getText(this, tr("Add a view"),
                            tr("A view, for example gamma=0.8 or flip_x+gamma=0.8. Views: %1")
                                .arg(kinds.join(QStringLiteral(", "))),
                            QLineEdit::Normal, {}, &chosen);
  if (!chosen || text.trimmed().isEmpty()) return;
  const auto views = parse_views(text.toStdString());
  if (!views) return Q_EMIT failed(text_of(to_string(views.error())));
  for (const View& view : *views) choice_->add_view(view);
}

}  // namespace plumbline
