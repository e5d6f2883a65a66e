#include "tests/app/planer_study.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <random>

#include "tests/app/engine_process.h"

namespace plumbline::test {

void make_planer_inputs(const QString& folder) {
  write_file(folder + "/small.json",
             R"({"layers": 2, "d_model": 32, "heads": 8, "d_head": 4, "d_inner": 64, "experts": 4,
                 "train": {"length": 16, "memory": 16}})");
  // Words in any order: spelling can be learned, what comes next cannot.
  constexpr const char* words[] = {"river", "stone", "and",  "light",   "a",   "slow",
                                   "wind",  "over",  "hill", "carries", "the", "rain"};
  std::mt19937 random(1);
  QByteArray text;
  while (text.size() < 60'000) {
    text += words[random() % std::size(words)];
    text += random() % 8 == 0 ? ".\n" : " ";
  }
  write_file(folder + "/text.txt", text);
}

QStringList planer(const QString& line, const QString& folder) {
  auto list = ("planer " + line).split(' ', Qt::SkipEmptyParts);
  list.replaceInStrings("DIR", folder);
  return list;
}

QJsonObject json_of(const QByteArray& printed) { return QJsonDocument::fromJson(printed).object(); }

QByteArray network_weights(const QString& study, const QString& name) {
  return read_file(study + "/networks/" + name + ".safetensors");
}

namespace {

QList<QJsonObject> events_of(const QString& study, const QString& jobs) {
  QList<QJsonObject> events;
  for (const auto& job : QDir(study + "/jobs").entryInfoList({jobs}, QDir::Dirs, QDir::Name)) {
    QFile file(job.filePath() + "/events.jsonl");
    // A job that has only just begun has none yet.
    if (!file.open(QIODevice::ReadOnly)) continue;
    for (const auto& line : file.readAll().split('\n'))
      if (const auto event = QJsonDocument::fromJson(line).object(); !event.isEmpty())
        events << event;
  }
  return events;
}

}  // namespace

QList<QJsonObject> job_events(const QString& study, const QString& kind) {
  return events_of(study, "*-" + kind + "-*");
}

QString last_phase(const QString& study, qint64 process) {
  const auto events = events_of(study, "*-" + QString::number(process));
  for (auto event = events.rbegin(); event != events.rend(); ++event)
    if (event->contains("phase")) return (*event)["phase"].toString();
  return {};
}

}  // namespace plumbline::test
