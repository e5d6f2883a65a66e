#pragma once
#include <QByteArray>
#include <QJsonObject>
#include <QStringList>

namespace plumbline::test {

/// A backbone and a text that an engine trains in a second: FOLDER/small.json, FOLDER/text.txt.
void make_planer_inputs(const QString& folder);

/// `planer` with the words of a line; DIR stands for the folder.
QStringList planer(const QString& line, const QString& folder);

/// What was printed with --json.
QJsonObject json_of(const QByteArray& printed);

/// The bytes of a network's weights in the study.
QByteArray network_weights(const QString& study, const QString& name);

/// The events of all jobs of that kind ("planer-search"), in their order.
QList<QJsonObject> job_events(const QString& study, const QString& kind);

/// The phase that the process's job last reported; empty before the first.
QString last_phase(const QString& study, qint64 process);

}  // namespace plumbline::test
