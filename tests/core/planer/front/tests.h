#pragma once
#include <QObject>

namespace plumbline::test {

class TestLatencyTable : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void estimate_by_hand();
  void what_was_not_measured_has_no_estimate();
  void shares_by_hand();
  void shares_sum_to_the_estimate();
  void what_is_written_is_read_back();
  void an_older_table_has_fewer_options();
  void mistakes_are_named_data();
  void mistakes_are_named();
  void random_damage_never_crashes();
  void names_and_training_do_not_change_a_latency();
  void a_spread_is_a_share_of_its_median();
  void a_target_is_met_within_a_hundredth();
};

class TestEnergyTable : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void estimate_by_hand();
  void tables_are_read_back();
  void mistakes_are_named_data();
  void mistakes_are_named();
  void what_is_saved_decides_the_front();
  void energies_beyond_reason_are_refused();
};

class TestLossIncrements : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void what_is_written_is_read_back();
  void columns_go_by_name();
  void mistakes_are_named_data();
  void mistakes_are_named();
  void random_damage_never_crashes();
  void losses_are_shown_as_defined();
};

class TestSurrogate : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void two_slots_by_hand();
  void equals_brute_force_data();
  void equals_brute_force();
  void ties_go_to_the_lower_option_first_slot_first();
  void better_and_slower_all_along();
  void each_point_is_its_architectures_sum();
  void within_is_the_last_that_fits();
  void no_architecture_beats_the_front();
  void what_cannot_be_solved_is_named();
};

class TestLikeliest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void spends_what_is_left_by_hand();
  void none_of_the_near_ones_is_better();
  void a_target_that_nothing_meets_is_named();
};

class TestMostParameters : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void none_within_the_limit_has_more();
  void takes_only_what_is_offered();
};

class TestPrediction : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void sum_by_hand();
  void errors_by_hand();
  void a_line_is_found_exactly();
  void equal_predictions_have_an_offset_only();
  void what_cannot_be_predicted_is_left_out();
};

}  // namespace plumbline::test
