#pragma once
#include <QObject>

#include <map>
#include <memory>
#include <vector>

namespace plumbline::test {

class ImageStudy;

/// The proof that a kind of output costs its own files and a line in each table: a study of
/// networks that give one number a sample is run, decided, measured, exported and shown in the
/// window.
class TestThirdKind : public QObject {
  Q_OBJECT
 public:
  TestThirdKind();
  ~TestThirdKind() override;

 private Q_SLOTS:
  void initTestCase();
  void policies_of_other_kinds_are_refused();
  void a_policy_decides_on_the_numbers();
  void decide_prints_the_metric();
  void export_writes_the_named_columns();
  void the_window_shows_the_table();
  void two_policies_are_compared();

 private:
  std::unique_ptr<ImageStudy> images_;
  /// By voter, by sample: what the networks give, computed apart from them.
  std::vector<std::vector<double>> expected_;
  std::vector<int> labels_;
};

}  // namespace plumbline::test
