#pragma once
#include <QStringList>
#include <QTemporaryDir>

namespace plumbline::test {

/// One study for the tests of decisions: 400 images of clothing, half of them in a split
/// "validation"; three small networks; a run "r" of them under noise=40, noise=80 and blur=2, one
/// voter looking through noise of its own.
class DecidedStudy {
 public:
  static const DecidedStudy& instance();
  static constexpr int images = 400;

  QString path() const { return directory_.filePath("d.plumb"); }
  QString file(const QString& name) const { return directory_.filePath(name); }
  /// Of the run: MODEL:VIEW.
  QString voter(int place) const { return voters_[place]; }
  const QStringList& voters() const { return voters_; }
  /// The images of a split as PNG files, in its order.
  QStringList pictures(const QString& split) const;

 private:
  DecidedStudy();
  QTemporaryDir directory_;
  QStringList voters_;
};

}  // namespace plumbline::test
