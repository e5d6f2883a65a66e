#pragma once
#include <QObject>
#include <QTemporaryDir>
#include <memory>

namespace plumbline::test {

/// Where an installed engine finds LibTorch, in folders that only look like it.
class TestFindLibtorch : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init();
  void told_folder_is_used_or_refused();
  void order_is_kept();
  void version_is_read_data();
  void version_is_read();
  void relative_path_is_not_searched();
  void message_names_what_was_looked_at();

 private:
  QString path(const QString& name) const;
  /// A folder like LibTorch's, of this version.
  QString make_torch(const QString& name, const QByteArray& version = "2.11.0+cpu") const;
  /// A program that answers as an interpreter would whose package is `torch`.
  void make_python(const QString& name, const QString& torch) const;

  std::unique_ptr<QTemporaryDir> folder_;
};

/// A program's output, read without a shell.
class TestProgramOutput : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void output_is_read();
  void failures_are_nothing();
  void late_is_killed();
};

}  // namespace plumbline::test
