#pragma once
#include <QObject>

namespace plumbline::test {

class TestCondition : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void lists_are_read_data();
  void lists_are_read();
  void wrong_lists_are_named_data();
  void wrong_lists_are_named();
  void families_rise_in_their_order();
  void images_equal_their_definition_data();
  void images_equal_their_definition();
  void noise_is_of_the_sample_and_no_voters();
  void a_run_names_its_conditions();
  void predictions_belong_to_their_condition();
};

class TestDamage : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void damages_are_read_and_written_data();
  void damages_are_read_and_written();
  void wrong_damages_are_named_data();
  void wrong_damages_are_named();
  void outputs_equal_a_slow_definition_data();
  void outputs_equal_a_slow_definition();
  void a_rate_hits_as_many_and_rising_rates_nest();
  void noise_moves_to_every_class_alike();
  void a_majority_survives_one_damaged_voter();
  void odd_splits_stay_defined();
};

class TestSeverityCurve : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void points_equal_a_slow_count_data();
  void points_equal_a_slow_count();
  void what_is_fitted_stays_as_it_was();
  void mcp_is_by_the_voter_that_is_named();
  void a_condition_that_lacks_samples_says_so();
  void it_can_be_stopped();
};

}  // namespace plumbline::test
