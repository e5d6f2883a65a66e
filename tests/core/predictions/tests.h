#pragma once
#include <QObject>

namespace plumbline::test {

class TestClassPredictions : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void round_trip_data();
  void round_trip();
  void the_rounding_of_distributions_is_taken_back_data();
  void the_rounding_of_distributions_is_taken_back();
  void given_probabilities_stay_as_they_are_data();
  void given_probabilities_stay_as_they_are();
  void equal_content_gives_equal_bytes();
  void wrong_range_is_refused();
  void every_truncation_is_refused();
  void files_of_the_first_version_open();
  void newer_and_unknown_kinds_are_named_data();
  void newer_and_unknown_kinds_are_named();
};

class TestBoxPredictions : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void boxes_come_back_by_sample();
  void a_range_without_boxes_is_a_file();
  void what_is_wrong_is_named_data();
  void what_is_wrong_is_named();
};

class TestPredictionStore : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void names_depend_on_the_voters_and_the_range_alone();
  void a_manifest_names_what_was_written();
  void a_manifest_that_was_cut_off_goes_on();
  void wrong_lines_are_named_data();
  void wrong_lines_are_named();
};

}  // namespace plumbline::test
