#pragma once
#include <QObject>

namespace plumbline::test {

/// Decisions: chosen, certified, saved, under conditions and with voters damaged.
class TestDecisions : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_threshold_is_chosen_on_one_split_and_shown_on_another();
  void rules_bound_what_they_say();
  void a_certificate_is_made_of_what_was_counted();
  void what_was_not_chosen_is_not_kept();
  void exports_are_of_the_split_that_is_named();
  void splits_that_all_voters_have_can_be_named_everywhere();
  void intervals_surround_their_figures();
  void a_saved_decision_is_applied_as_it_is();
  void what_is_fitted_elsewhere_stays_as_it_was();
  void conditions_are_computed_and_shown();
  void a_damaged_voter_is_said();
  void harm_is_counted_in_the_costs_that_are_given();
  void few_voters_are_searched_for_data();
  void few_voters_are_searched_for();
  void a_search_that_is_interrupted_ends();
  void a_search_says_what_it_has_nothing_to_do_with_data();
  void a_search_says_what_it_has_nothing_to_do_with();
};

/// `apply`: a saved decision on new images, from a study or a bundle.
class TestApply : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void verdicts_equal_those_of_decide_data();
  void verdicts_equal_those_of_decide();
  void stages_change_no_verdict_data();
  void stages_change_no_verdict();
  void a_split_of_the_study_needs_no_files_data();
  void a_split_of_the_study_needs_no_files();
  void a_policy_that_needs_all_is_not_staged();
  void unreadable_images_are_named_in_their_order();
  void names_come_from_standard_input();
  void wrong_requests_are_named_data();
  void wrong_requests_are_named();
  void a_data_set_without_splits_is_said_to_have_none();
  void a_bundle_decides_alike_elsewhere();
  void a_bundle_that_was_changed_is_refused_data();
  void a_bundle_that_was_changed_is_refused();
  void cancel_writes_nothing();
};

/// Commands that print what the window shows, and change nothing: comparisons, the cost of a run
/// before it is started, the drift of a policy, language models.
class TestReadingCommands : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void sides_of_a_comparison_are_what_decide_prints();
  void a_comparison_begins_as_the_page_does();
  void sides_meet_at_equal_kept();
  void wrong_comparisons_are_named_data();
  void wrong_comparisons_are_named();
  void a_run_is_estimated_and_not_computed();
  void wrong_estimates_are_named_data();
  void wrong_estimates_are_named();
  void a_fixed_policy_drifts_between_splits();
  void networks_are_printed_as_they_are_kept();
  void damaged_energies_are_left_out_and_named();
};

/// Options that print what the window draws beside figures: confusion, reliability, stages, costs
/// that were changed, how far a run is, and what jobs have done.
class TestWindowCommands : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void confusion_is_counted_by_pairs();
  void bins_add_up_to_the_calibration_error();
  void stages_are_reached_by_what_is_left();
  void harm_is_counted_in_costs_that_are_written();
  void costs_of_a_file_are_listed_in_part();
  void one_sample_is_said_with_its_reason();
  void wrong_requests_are_named_data();
  void wrong_requests_are_named();
  void a_run_says_how_far_it_is();
  void a_training_says_how_far_it_is();
  void jobs_say_what_they_have_done();
};

/// Energy: what a run says of it where the device counts and where it does not, and what a decision
/// makes of it.
class TestEnergyFigures : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_run_measures_or_says_why_not();
  void a_decision_has_its_voters_joules();
  void a_profile_measures_or_says_why_not();
};

}  // namespace plumbline::test
