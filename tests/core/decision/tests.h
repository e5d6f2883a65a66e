#pragma once
#include <QObject>

namespace plumbline::test {

class TestPolicies : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equal_the_definitions_data();
  void equal_the_definitions();
  void ties_are_broken_as_defined();
  void every_input_has_a_label();
  void order_of_voters_does_not_matter();
  void raising_a_threshold_accepts_no_more();
  void no_threshold_and_all_votes_is_unanimous();
  void threshold_is_compared_in_float32();
  void distributions_are_scored_as_defined_data();
  void distributions_are_scored_as_defined();
  void counts_and_rates();
  void samples_without_label_or_output_are_not_judged();
  void numbers_of_threads_give_equal_decisions();
  void decisions_are_filled_anew();
  void what_is_not_a_number_is_not_sure();
  void a_threshold_on_scores_equals_the_definition();
  void near_scores_stay_distinct();
  void equal_means_are_the_lower_class();
  void the_surest_voter_is_the_greatest_probability();
  void every_sample_is_in_one_range();
};

class TestPolicyText : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void what_is_written_is_read_back_data();
  void what_is_written_is_read_back();
  void defaults_depend_on_the_voters();
  void mistakes_are_named_data();
  void mistakes_are_named();
  void random_text_never_crashes();
  void values_are_moved_into_their_range();
};

class TestBoundPolicies : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void what_is_able_to_do_what();
  void logarithms_are_added_as_probabilities();
  void what_can_be_staged_may_be_settled_early();
  void every_type_of_parameter_is_written_and_read();
  void wrong_values_of_every_type_are_named_data();
  void wrong_values_of_every_type_are_named();
  void policies_are_not_nested_without_end();
  void another_number_of_voters_keeps_what_fits();
  void one_value_is_changed_by_its_text();
  void only_acceptance_is_changed_on_kept_scores();
  void a_temperature_stands_before_any_policy_data();
  void a_temperature_stands_before_any_policy();
  void what_is_fitted_needs_a_split();
  void what_was_learned_is_kept_while_a_threshold_moves();
  void a_relay_asks_its_second_voter_for_some();
  void only_voters_that_are_asked_cost();
  void what_is_left_of_a_batch_costs_what_it_takes();
  void what_is_bound_is_written_and_read();
  void wrong_documents_are_named_data();
  void wrong_documents_are_named();
  void explanations_are_in_words_data();
  void explanations_are_in_words();
  void default_voters_are_those_of_the_identity_view_data();
  void default_voters_are_those_of_the_identity_view();
};

class TestLearningPolicies : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void scores_equal_the_definitions();
  void a_threshold_that_nobody_gave_keeps_the_baselines_coverage();
  void a_temperature_is_the_likeliest();
  void weights_are_the_likeliest();
  void a_regression_equals_scikit_learns();
  void learned_ranks_better_than_it_was_taught_nothing();
  void a_conformal_set_misses_as_seldom_as_promised();
  void zero_counts_the_surest();
  void a_stop_sign_is_not_one_error_like_another();
  void costs_are_changed_by_words();
  void wrong_changes_of_costs_are_named_data();
  void wrong_changes_of_costs_are_named();
  void costs_are_given_to_a_policy_that_names_no_file();
  void a_cascade_stops_at_the_first_that_is_sure();
  void what_is_staged_has_the_same_verdicts_data();
  void what_is_staged_has_the_same_verdicts();
  void the_cheapest_order_is_found();
};

class TestEqualKept : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_a_search_over_all_thresholds();
  void more_than_the_voter_can_keep_is_nothing();
  void nothing_kept_needs_nothing_undetected();
  void what_is_not_judged_is_left_out();
};

class TestMetrics : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void small_example_by_hand();
  void ties_by_hand();
  void order_of_samples_does_not_matter();
  void auroc_equals_all_pairs();
  void areas_equal_a_sum_over_points();
  void augrc_of_a_perfect_score_is_half_the_error_squared();
  void what_is_not_defined_is_nothing();
  void fpr95_equals_a_search_over_all_thresholds();
  void coverage_and_risk_equal_a_search_over_all_thresholds();
  void what_is_not_a_number_ranks_last();
  void calibration_by_hand();
  void a_metric_without_what_it_needs_has_no_value();
  void the_table_gives_each_figure();
  void a_metric_may_need_a_column_of_its_own();
  void figures_are_written_with_their_units_data();
  void figures_are_written_with_their_units();
};

class TestLosses : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equal_the_definitions_data();
  void equal_the_definitions();
  void every_policy_with_a_distribution_is_among_them();
  void why_there_are_none_is_said();
};

class TestIntervals : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void intervals_are_those_of_the_papers_data();
  void intervals_are_those_of_the_papers();
  void poissons_interval_equals_its_closed_form();
  void no_samples_no_interval();
};

class TestDecisionCurves : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void risk_at_each_score_is_that_of_what_is_not_below();
  void a_thinned_risk_curve_keeps_exact_points();
  void risk_of_decisions_leaves_out_what_is_not_judged();
  void bins_of_reliability_add_up_to_the_calibration_error();
  void confusion_counts_what_is_accepted_data();
  void confusion_counts_what_is_accepted();
};

}  // namespace plumbline::test
