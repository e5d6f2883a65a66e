#pragma once
#include <QByteArray>
#include <QProcess>
#include <QStringList>
#include <memory>

namespace plumbline::test {

/// What a finished engine left.
struct Outcome {
  int exit_code = -1;
  QByteArray out, err;
};

/// Runs plumbline-engine to its end.
Outcome engine(const QStringList& arguments);

/// Starts it and lets it run.
std::unique_ptr<QProcess> start_engine(const QStringList& arguments);

/// The folder resources/ of the checkout, and the shared example data (empty where it is absent).
QString resources();
QString shared_data();

/// A study with the Fashion-MNIST images of the demo (the first `samples` of them) and its members.
void make_fashion_study(const QString& study, const QString& scratch, int samples, int members);

QByteArray read_file(const QString& path);
void write_file(const QString& path, const QByteArray& bytes);

}  // namespace plumbline::test
