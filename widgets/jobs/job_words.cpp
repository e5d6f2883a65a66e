#include "widgets/jobs/job_words.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>
#include <cmath>

#include "core/jobs/job_figures.h"
#include "core/jobs/job_subject.h"
#include "core/types/number.h"
#include "core/types/shell_word.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

QString job_text(const char* text) { return QCoreApplication::translate("job_words", text); }

QString counted_text(std::size_t count, const char* one, const char* many) {
  return counted(static_cast<qint64>(count), job_text(one), job_text(many));
}

QString joined_words(const std::vector<std::string>& words, const QString& between) {
  QStringList list;
  for (const std::string& word : words) list << text_of(word);
  return list.join(between);
}

QString joined_numbers(const std::vector<std::int64_t>& numbers) {
  QStringList list;
  for (const std::int64_t number : numbers) list << QString::number(number);
  return list.join(u',');
}

/// "4 models × 4 views" where each model has each view, else "5 voters".
QString voters_text(const std::vector<Voter>& voters) {
  std::vector<std::string> models;
  std::vector<View> views;
  for (const Voter& voter : voters) {
    if (std::ranges::find(models, voter.model) == models.end()) models.push_back(voter.model);
    if (std::ranges::find(views, voter.view) == views.end()) views.push_back(voter.view);
  }
  if (voters != cross(models, views)) return counted_text(voters.size(), "voter", "voters");
  return counted_text(models.size(), "model", "models") + QStringLiteral(" × ") +
         counted_text(views.size(), "view", "views");
}

struct SubjectTitle {
  QString operator()(const std::monostate&) const { return {}; }

  QString operator()(const RunWork& run) const {
    QString title = job_text("Run %1 · %2 %3")
                        .arg(text_of(run.run), text_of(run.dataset),
                             joined_words(run.splits, QStringLiteral(", ")));
    if (!run.voters.empty()) title += QStringLiteral(", ") + voters_text(run.voters);
    return title;
  }

  QString operator()(const TrainWork& train) const {
    QString title =
        job_text("Train %1 · %2 on %3, %4 %5")
            .arg(text_of(train.model), text_of(train.architecture), text_of(to_string(train.view)),
                 text_of(train.dataset), joined_words(train.splits, QStringLiteral(", ")));
    if (train.epochs > 0)
      title += QStringLiteral(", ") + counted(train.epochs, job_text("epoch"), job_text("epochs"));
    return title;
  }

  QString operator()(const ImportWork& import) const {
    const QString what = import.what == ImportWork::What::dataset ? job_text("Import data set %1")
                         : import.what == ImportWork::What::predictions
                             ? job_text("Import predictions %1")
                             : job_text("Import model %1");
    QString title = what.arg(text_of(import.name));
    if (!import.file.empty())
      title += QStringLiteral(" · ") + QFileInfo(text_of(import.file)).fileName();
    return title;
  }

  /// "PLANER search s3 · target 0.5 from base".
  QString operator()(const SearchWork& search) const {
    QStringList targets;
    for (const double target : search.targets) targets << text_of(shortest(target));
    QString title = job_text(targets.size() > 1 ? "PLANER sweep %1" : "PLANER search %1")
                        .arg(text_of(search.search));
    if (targets.size() > 1)
      title += job_text(" · targets %1").arg(targets.join(u','));
    else if (targets.size() == 1)
      title += job_text(" · target %1").arg(targets.front());
    if (!search.from.empty()) title += job_text(" from %1").arg(text_of(search.from));
    return title;
  }

  QString operator()(const NetworkWork& network) const {
    QString title =
        job_text("PLANER %1 %2")
            .arg(text_of(network.task), joined_words(network.networks, QStringLiteral(",")))
            .trimmed();
    QStringList details;
    if (!network.config.empty()) details << text_of(network.config);
    if (network.steps > 0) details << counted(network.steps, job_text("step"), job_text("steps"));
    if (!network.batches.empty())
      details << job_text("batch %1").arg(joined_numbers(network.batches));
    if (!network.lengths.empty())
      details << job_text("length %1").arg(joined_numbers(network.lengths));
    if (!details.isEmpty()) title += QStringLiteral(" · ") + details.join(QStringLiteral(", "));
    if (!network.from.empty()) title += job_text(" from %1").arg(text_of(network.from));
    return title;
  }
};

}  // namespace

QString job_run(const JobFolder& job) {
  const auto* run = job.subject().as<RunWork>();
  return run == nullptr ? QString() : text_of(run->run);
}

QString subject_title(const JobSubject& subject) {
  return std::visit(SubjectTitle(), subject.work);
}

QString job_title(const JobFolder& job) {
  return job.subject().known() ? subject_title(job.subject()) : text_of(job.kind());
}

QString job_state_name(JobState state) { return job_text(state_word(state).data()); }

QString job_end_words(const JobFolder& job) {
  const JobLog& log = job.log();
  if (job.state() == JobState::cancelled) return job_text("what was finished is kept");
  if (job.state() == JobState::ended)
    return job_text("the engine was killed or crashed; what it committed is kept");
  if (!log.failure) return {};
  const QString hint = text_of(log.failure->hint);
  // An option is not named in the window: what it does is a button there, or a box to tick.
  const bool shown =
      !hint.isEmpty() && !hint.contains(QStringLiteral("--resume")) &&
      (job.subject().as<ImportWork>() == nullptr || !hint.contains(QStringLiteral("--trust")));
  return text_of(log.failure->message) + (shown ? QStringLiteral(" – ") + hint : QString());
}

QString duration_text(double seconds) {
  const auto whole = static_cast<qint64>(std::ceil(std::max(0.0, seconds)));
  const auto two = [](qint64 number) {
    return QStringLiteral("%1").arg(number, 2, 10, QChar(u'0'));
  };
  if (whole < 60) return job_text("%1 s").arg(whole);
  if (whole < 3600) return job_text("%1 min %2 s").arg(whole / 60).arg(two(whole % 60));
  return job_text("%1 h %2 min").arg(whole / 3600).arg(two(whole % 3600 / 60));
}

QString shell_line(const QStringList& words) {
  QStringList quoted;
  for (const QString& word : words) quoted << text_of(shell_word(word.toStdString()));
  return quoted.join(u' ');
}

}  // namespace plumbline
