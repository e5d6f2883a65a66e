#pragma once
#include <QObject>
#include <QTemporaryDir>

namespace plumbline::test {

/// Runs of several processes: whatever becomes of one of them, the study ends in the bytes that one
/// process gives.
class TestRanks : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void three_ranks_give_the_bytes_of_one();
  void ranks_say_who_decoded();
  void a_killed_rank_is_named_and_the_run_goes_on();
  void a_killed_rank_0_leaves_what_was_written();
  void a_rank_that_is_interrupted_ends_all();
  void an_error_of_one_is_said_by_all();
  void what_one_process_does_is_refused_data();
  void what_one_process_does_is_refused();

 private:
  QString path(const QString& name) const { return folder_.filePath(name); }
  /// A study with the images and members that all tests use.
  QString make_study(const QString& name) const;

  QTemporaryDir folder_;
  QByteArray expected_;  ///< what one process exports
};

/// `merge`: what comes back from elsewhere.
class TestMerge : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void a_copy_brings_its_run();
  void another_model_is_refused();
  void other_samples_are_refused();
  void a_hostile_manifest_changes_nothing_data();
  void a_hostile_manifest_changes_nothing();

 private:
  QString path(const QString& name) const { return folder_.filePath(name); }
  QTemporaryDir folder_;
};

}  // namespace plumbline::test
