#include "tests/widgets/figure_walk.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QRegularExpression>
#include <QTextDocumentFragment>

#include <algorithm>
#include <vector>

#include "core/study/study.h"
#include "widgets/decision/run_review.h"
#include "widgets/decision_page/confusion_view.h"
#include "widgets/decision_page/damage_analysis.h"
#include "widgets/decision_page/decision_analysis.h"
#include "widgets/decision_page/decision_page.h"
#include "widgets/decision_page/select_panel.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/gallery/verdict_bar.h"
#include "widgets/inspector/class_probabilities.h"
#include "widgets/inspector/vote_table.h"
#include "widgets/inspector/voter_box_table.h"
#include "widgets/planer/latency_bars.h"
#include "widgets/planer/probability_map_view.h"
#include "widgets/runs/runs_page.h"
#include "widgets/runs/voter_choice_model.h"

namespace plumbline {

namespace {

/// A number that stands alone. Those within names ("gamma=0.8", "resnet20-a", "r1") are none.
bool has_number(const QString& text) {
  static const QRegularExpression number(
      QStringLiteral("(?<![\\w=.,:/-])[−+±×]?\\d[\\d,]*(\\.\\d+)?(?![\\w/-])"));
  return number.match(text).hasMatch();
}

bool is_viewport(const QWidget& widget) {
  const auto* area = qobject_cast<const QAbstractScrollArea*>(widget.parentWidget());
  return area != nullptr && area->viewport() == &widget;
}

/// The key by which the widget, or what it stands in, is explained.
QString explained_by(const QWidget& widget) {
  for (const QWidget* part = &widget; part != nullptr && !part->isWindow();
       part = part->parentWidget()) {
    const bool is_view = is_viewport(*part) &&
                         qobject_cast<const QAbstractItemView*>(part->parentWidget()) != nullptr;
    if (const QString key = is_view ? QString() : figure_at(*part, {}); !key.isEmpty()) return key;
  }
  return {};
}

/// What tells a user what to do next; and what a user wrote.
bool is_no_figure(const QWidget& widget) {
  static const std::set<QString> names{"status_study",  "runs_notice",  "decision_notice",
                                       "planer_notice", "run_obstacle", "report_problem"};
  return names.contains(widget.objectName());
}

/// Numbers that a command has to print wherever they are shown: a definition alone is not enough.
bool needs_command(const QString& key, const FigureSource& source) {
  static const std::set<QString> names{
      "decision.drift",      "decision.damage", "decision.selected",    "decision.confusion",
      "decision.stages",     "decision.harm",   "decision.reliability", "decision.costs",
      "tree.entries",        "tree.samples",    "tree.predictions",     "run.samples",
      "run.accuracy",        "run.half_width",  "run.against_identity", "run.state",
      "run.course",          "train.state",     "train.course",         "sample.why",
      "sample.distribution", "sample.agreement"};
  // A plan of no voter costs nothing, and is nothing that could be run.
  if (key.startsWith(QStringLiteral("plan.")))
    return !source.value(QStringLiteral("VOTERS")).isEmpty();
  return key.startsWith(QStringLiteral("compare.")) || key.startsWith(QStringLiteral("job.")) ||
         key.startsWith(QStringLiteral("status.")) || names.contains(key);
}

}  // namespace

QStringList unexplained_figures(const QWidget& root, FiguresSeen* seen) {
  QStringList found;
  const auto note = [&](const QString& where, const QString& text, const QString& key,
                        const FigureSource& source) {
    if (key.isEmpty()) {
      found << where + QStringLiteral(": ") + text;
      return;
    }
    seen->keys.insert(key);
    const auto words = find_figure(key.toStdString());
    const auto command = words ? figure_command(*words, source) : std::nullopt;
    const bool needed = needs_command(key, source);
    if (needed && !command) found << where + QStringLiteral(", without a command: ") + text;
    if (command && (needed || key.startsWith(QStringLiteral("network."))))
      seen->commands.insert(*command);
  };
  for (const QLabel* label : root.findChildren<QLabel*>()) {
    const QString text = label->textFormat() == Qt::PlainText
                             ? label->text()
                             : QTextDocumentFragment::fromHtml(label->text()).toPlainText();
    if (label->isVisible() && !is_no_figure(*label) && has_number(text))
      note(label->objectName(), text, explained_by(*label), figure_source_at(*label, {}));
  }
  for (const QAbstractButton* button : root.findChildren<QAbstractButton*>())
    if (button->isVisible() && has_number(button->text()))
      note(button->objectName(), button->text(), explained_by(*button),
           figure_source_at(*button, {}));
  for (const QAbstractItemView* view : root.findChildren<QAbstractItemView*>()) {
    if (!view->isVisible() || view->model() == nullptr ||
        qobject_cast<const QHeaderView*>(view) != nullptr || view->window() != root.window())
      continue;
    const bool is_tree = view->objectName() == QStringLiteral("study_tree");
    const auto walk = [&](const auto& self, const QModelIndex& parent) -> void {
      for (int row = 0; row < std::min(view->model()->rowCount(parent), 100); ++row)
        for (int column = 0; column < view->model()->columnCount(parent); ++column) {
          const QModelIndex index = view->model()->index(row, column, parent);
          // The study's tree paints its figures beside the names.
          const QString text =
              index.data(is_tree ? Qt::AccessibleTextRole : Qt::DisplayRole).toString();
          if (has_number(text))
            note(view->objectName(), QStringLiteral("%1, %2: %3").arg(row).arg(column).arg(text),
                 figure_of_item(*view, index), figure_source_of_item(*view, index));
          if (column == 0) self(self, index);
        }
    };
    walk(walk, {});
  }
  // Numbers that are painted.
  const auto painted = [&](const auto& widgets) {
    for (const QWidget* widget : widgets)
      if (widget->isVisible())
        note(widget->metaObject()->className(), widget->objectName(), explained_by(*widget),
             figure_source_at(*widget, {}));
  };
  for (const ConfusionView* confusion : root.findChildren<ConfusionView*>())
    if (confusion->isVisible())
      note(QStringLiteral("ConfusionView"), confusion->objectName(),
           explained_by(*confusion->viewport()), figure_source_at(*confusion->viewport(), {}));
  painted(root.findChildren<VerdictCounter*>());
  painted(root.findChildren<FigureLine*>());
  painted(root.findChildren<ProportionBar*>());
  painted(root.findChildren<VoteTableView*>());
  painted(root.findChildren<ClassProbabilities*>());
  painted(root.findChildren<VoterBoxTable*>());
  painted(root.findChildren<LatencyBars*>());
  painted(root.findChildren<ProbabilityMapView*>());
  return found;
}

void add_times(const std::filesystem::path& folder) {
  auto study = Study::open(folder, Access::read_write);
  if (!study) qFatal("%s", to_string(study.error()).c_str());
  const auto sets = study->all_prediction_sets();
  if (!sets) qFatal("%s", to_string(sets.error()).c_str());
  for (const PredictionSet& set : *sets)
    if (const auto kept = study->set_latency(set.id, VoterLatency{"CPU", 50, 100, 120.0, 0.5});
        !kept)
      qFatal("%s", to_string(kept.error()).c_str());
}

void ask_for_more(Page* page) {
  if (auto* runs = qobject_cast<RunsPage*>(page)) {
    std::vector<Voter> voters;
    const auto& models = runs->choice()->catalogue().models;
    for (std::size_t row = 0; row < std::min<std::size_t>(models.size(), 2); ++row) {
      if (!runs->choice()
               ->obstacle(static_cast<int>(row), VoterChoiceModel::first_view_column)
               .isEmpty())
        continue;
      voters.push_back({models[row].name, View()});
      // Something has still to be computed.
      if (!is_imported(models[row])) voters.push_back({models[row].name, *parse_view("gamma=0.5")});
    }
    if (!voters.empty()) runs->choice()->choose(voters);
  }
  if (auto* decision = qobject_cast<DecisionPage*>(page)) {
    const RunReview* review = decision->analysis()->review();
    if (review == nullptr || !review->has_votes()) return;
    Damage damage;
    damage.voter = review->run().info.voters[review->policy_voters().front()];
    decision->damage()->set_damage(damage);
    decision->selection()->select();
  }
}

QByteArray state_of(const QString& study) {
  QStringList files;
  QDirIterator all(study, QDir::Files, QDirIterator::Subdirectories);
  while (all.hasNext()) {
    const QFileInfo file(all.next());
    const QString path = QDir(study).relativeFilePath(file.filePath());
    if (!path.startsWith(QStringLiteral("cache/")) &&
        !path.startsWith(QStringLiteral("study.sqlite-")))
      files << QStringLiteral("%1 %2").arg(path).arg(file.size());
  }
  files.sort();
  QFile database(study + QStringLiteral("/study.sqlite"));
  if (!database.open(QIODevice::ReadOnly)) qFatal("no database in %s", qPrintable(study));
  return files.join(u'\n').toUtf8() + database.readAll();
}

}  // namespace plumbline
