#pragma once
#include <QObject>

namespace plumbline::test {

class TestComparison : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void each_change_by_hand();
  void counts_are_those_of_a_plain_loop();
  void shares_and_their_difference();
  void harm_of_the_baseline_by_hand();
};

class TestRunEstimate : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void costs_are_sums_over_voters_and_targets();
  void what_was_never_measured_is_said();
  void a_condition_has_predictions_of_its_own();
};

class TestExportRun : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void predictions_as_csv();
  void predictions_as_json();
  void failures_are_the_wrong_ones_surest_first();
  void items_are_written_in_the_order_given_data();
  void items_are_written_in_the_order_given();
  void the_name_says_the_format();
  void unwritable_target_is_named();
};

class TestQuery : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_the_naive_reference_data();
  void equals_the_naive_reference();
  void opens_with_undetected_failures_most_confident_first();
  void a_new_decision_is_seen_through_the_table();
  void an_absent_column_lets_nothing_through_data();
  void an_absent_column_lets_nothing_through();
};

class TestReviewKind : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void classes_are_decided_as_before_data();
  void classes_are_decided_as_before();
  void a_policy_learns_from_the_split_that_is_named();
  void other_kinds_are_refused();
};

class TestBoxReview : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void policies_are_the_fusions();
  void every_threshold_equals_tide_and_ledger_data();
  void every_threshold_equals_tide_and_ledger();
  void items_have_the_same_numbers_under_every_policy();
  void voters_are_seen_as_the_ledger_sees_them();
  void rows_are_queried_by_what_is_known_of_them();
  void real_detectors_have_their_reference_figures_data();
  void real_detectors_have_their_reference_figures();
};

class TestLedgerCache : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_run_is_judged_once();
  void lists_are_unpacked_to_the_bit();
  void damage_is_said_and_mended_data();
  void damage_is_said_and_mended();
  void indices_that_lead_nowhere_are_refused_data();
  void indices_that_lead_nowhere_are_refused();
  void a_run_that_leads_nowhere_is_refused();
  void what_differs_is_kept_apart();
  void a_mark_is_of_the_annotations();
  void a_threshold_moves_on_what_is_kept();
  void nothing_is_written_where_nothing_may_be();
  void what_takes_long_is_said();
  void a_run_is_judged_ahead();
  void what_is_not_whole_is_not_judged_ahead();
  void an_import_is_judged_ahead();
  void a_cancelled_import_loses_nothing();
  void judging_that_is_stopped_keeps_nothing();
  void those_not_used_for_longest_are_let_go_of();
};

class TestItems : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_sample_comes_before_its_objects();
  void rows_and_items_are_each_others();
  void objects_are_queried_as_by_hand();
  void objects_equal_the_naive_reference();
  void names_of_samples_reach_their_objects();
  void objects_are_compared_by_hand();
  void objects_of_one_table_alone_are_not_judged();
};

class TestItemSelection : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_a_set();
};

class TestItemRemarks : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void objects_are_tagged_and_noted();
  void rows_pass_by_their_remarks_data();
  void rows_pass_by_their_remarks();
  void remarks_of_images_and_objects_are_read_from_the_study();
};

class TestNameIndex : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_text_is_found_whatever_its_case();
};

/// What stands beside a policy's decisions.
class TestDecisionFigures : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void the_baseline_beside_is_the_first_voter();
};

/// A run as its job's events say it.
class TestLiveRun : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_run_is_watched_while_it_is_computed();
  void a_renamed_data_set_is_followed();
  void shares_have_a_course();
  void a_training_has_a_course();
};

}  // namespace plumbline::test
