#include "widgets/jobs/job_words.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace plumbline {

namespace {

QString job_text(const char* text) { return QCoreApplication::translate("job_words", text); }

qsizetype parts(const QString& list) { return list.isEmpty() ? 0 : list.count(u',') + 1; }

QString counted(qsizetype count, const char* one, const char* many) {
  return QStringLiteral("%1 %2").arg(count).arg(job_text(count == 1 ? one : many));
}

QString run_title(const JobFolder& job) {
  QString voters;
  if (const QString single = job_option(job, QStringLiteral("--voters")); !single.isEmpty())
    voters = counted(parts(single), "voter", "voters");
  else
    voters = counted(parts(job_option(job, QStringLiteral("--models"))), "model", "models") +
             QStringLiteral(" × ") +
             counted(std::max<qsizetype>(1, parts(job_option(job, QStringLiteral("--views")))),
                     "view", "views");
  return job_text("Run %1 · %2 %3, %4")
      .arg(job_run(job), job_option(job, QStringLiteral("--dataset")),
           job_option(job, QStringLiteral("--split")), voters);
}

/// `planer VERB`: "PLANER search s3 · target 0.50 from base".
QString planer_title(const JobFolder& job) {
  const QString verb = QString::fromStdString(job.command()[1]);
  const QString name = job_option(job, QStringLiteral("--name"));
  const QString from = job_option(job, QStringLiteral("--from"));
  QString title = job_text("PLANER %1 %2").arg(verb, name).trimmed();
  if (const QString several = job_option(job, QStringLiteral("--targets")); !several.isEmpty())
    title += job_text(" · targets %1").arg(several);
  else if (const QString target = job_option(job, QStringLiteral("--target")); !target.isEmpty())
    title += job_text(" · target %1").arg(target);
  if (verb == QStringLiteral("profile"))
    title += job_text(" · batch %1, length %2")
                 .arg(job_option(job, QStringLiteral("--batch")),
                      job_option(job, QStringLiteral("--length")));
  if (verb == QStringLiteral("train"))
    title += job_text(" · %1, %2 steps")
                 .arg(job_option(job, QStringLiteral("--config")),
                      job_option(job, QStringLiteral("--steps")));
  if (!from.isEmpty()) title += job_text(" from %1").arg(from);
  return title;
}

}  // namespace

QString job_option(const JobFolder& job, const QString& option) {
  const auto& words = job.command();
  const std::string wanted = option.toStdString();
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == wanted && i + 1 < words.size()) return QString::fromStdString(words[i + 1]);
    if (words[i].starts_with(wanted + "="))
      return QString::fromStdString(words[i].substr(wanted.size() + 1));
  }
  return {};
}

QString job_run(const JobFolder& job) {
  return job.kind() == "run" ? job_option(job, QStringLiteral("--name")) : QString();
}

QString job_title(const JobFolder& job) {
  if (job.kind() == "run") return run_title(job);
  if (job.kind() == "train") {
    const QString view = job_option(job, QStringLiteral("--view"));
    return job_text("Train %1 · %2 on %3, %4 %5, %6 epochs")
        .arg(job_option(job, QStringLiteral("--name")),
             job_option(job, QStringLiteral("--architecture")),
             view.isEmpty() ? QStringLiteral("identity") : view,
             job_option(job, QStringLiteral("--dataset")),
             job_option(job, QStringLiteral("--split")),
             job_option(job, QStringLiteral("--epochs")));
  }
  const auto& words = job.command();
  if (words.size() > 1 && words[0] == "planer") return planer_title(job);
  if (job.kind() == "import" && words.size() > 1) {
    const QString what = words[1] == "dataset"       ? job_text("Import data set %1")
                         : words[1] == "predictions" ? job_text("Import predictions %1")
                                                     : job_text("Import model %1");
    QString title = what.arg(job_option(job, QStringLiteral("--name")));
    const QString file = job_option(
        job, words[1] == "dataset" ? QStringLiteral("--images") : QStringLiteral("--file"));
    if (!file.isEmpty()) title += QStringLiteral(" · ") + QFileInfo(file).fileName();
    return title;
  }
  return QString::fromStdString(job.kind());
}

QString job_state_name(JobState state) {
  switch (state) {
    case JobState::queued: return job_text("queued");
    case JobState::running: return job_text("running");
    case JobState::paused: return job_text("paused");
    case JobState::finished: return job_text("finished");
    case JobState::failed: return job_text("failed");
    case JobState::cancelled: return job_text("cancelled");
    case JobState::ended: return job_text("broken off");
  }
  return {};
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
  static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_./:=,+@%-]+$"));
  QStringList quoted;
  for (const QString& word : words) {
    QString text = word;
    if (!plain.match(word).hasMatch())
      text = u'\'' + QString(word).replace(u'\'', QStringLiteral("'\\''")) + u'\'';
    quoted << text;
  }
  return quoted.join(u' ');
}

}  // namespace plumbline
