#pragma once
#include <QObject>

namespace plumbline::test {

class TestComparison : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void each_change_by_hand();
  void counts_are_those_of_a_plain_loop();
};

class TestExportRun : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void predictions_as_csv();
  void predictions_as_json();
  void failures_are_the_wrong_ones_surest_first();
  void unwritable_target_is_named();
};

class TestQuery : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_the_naive_reference_data();
  void equals_the_naive_reference();
  void opens_with_undetected_failures_most_confident_first();
};

class TestNameIndex : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_text_is_found_whatever_its_case();
};

}  // namespace plumbline::test
