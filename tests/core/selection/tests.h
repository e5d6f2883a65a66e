#pragma once
#include <QObject>

namespace plumbline::test {

class TestBootstrap : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void figures_equal_those_of_other_programs_data();
  void figures_equal_those_of_other_programs();
  void a_resample_has_as_many_samples();
  void a_resample_draws_each_place_alike();
  void counts_equal_samples_written_out();
  void intervals_equal_slow_ones();
  void threads_give_equal_intervals();
  void what_policies_share_cancels_in_the_difference();
  void intervals_hold_what_they_promise();
  void what_is_not_defined_has_no_interval();
  void it_can_be_stopped();
  void drift_is_chance_or_not();
  void a_fixed_policy_drifts_in_shares();
};

class TestOperatingPoints : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_sweep_equals_deciding_anew_data();
  void a_sweep_equals_deciding_anew();
  void a_sweep_of_a_subset_equals_its_table();
  void a_choice_among_few_points_equals_that_among_all_data();
  void a_choice_among_few_points_equals_that_among_all();
  void all_points_are_visited_where_all_are_wanted();
  void the_front_equals_all_settings_data();
  void the_front_equals_all_settings();
  void a_policy_without_a_threshold_is_a_point();
  void rules_are_read_and_written_data();
  void rules_are_read_and_written();
  void wrong_rules_are_named_data();
  void wrong_rules_are_named();
  void a_rule_chooses_as_a_search_does_data();
  void a_rule_chooses_as_a_search_does();
};

class TestCertificate : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void tails_equal_scipy_data();
  void tails_equal_scipy();
  void bounds_have_the_tail_that_they_should();
  void needed_samples_are_enough_and_no_more();
  void targets_are_read_and_written();
  void a_promise_is_seldom_broken_data();
  void a_promise_is_seldom_broken();
  void votes_share_the_error_rate();
  void without_a_promise_the_need_is_said();
  void what_was_fitted_here_is_not_certified();
};

class TestHarm : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_front_equals_deciding_anew_data();
  void a_front_equals_deciding_anew();
  void rules_are_read_as_they_are_written();
  void plain_costs_count_undetected();
  void p_values_equal_their_definition_data();
  void p_values_equal_their_definition();
  void targets_are_read_data();
  void targets_are_read();
  void a_promise_is_seldom_broken_data();
  void a_promise_is_seldom_broken();
};

class TestVoterPairs : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void pairs_equal_their_definition();
  void what_is_not_judged_does_not_count();
};

class TestSubsetSearch : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void all_subsets_equal_a_slow_search_data();
  void all_subsets_equal_a_slow_search();
  void threads_find_the_same();
  void a_beam_finds_what_is_planted();
  void it_can_be_stopped();
  void too_many_voters_are_refused();
};

class TestBoxRule : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void rules_for_boxes_are_read_and_written();
  void a_price_is_a_number_of_detections();
  void the_loosest_setting_equals_trying_all();
  void a_price_that_cannot_be_met_accepts_nothing();
};

}  // namespace plumbline::test
