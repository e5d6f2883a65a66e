#pragma once
#include <QObject>

namespace plumbline::test {

class TestReportFigures : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void digits_follow_the_interval_data();
  void digits_follow_the_interval();
  void a_difference_is_a_finding_by_its_interval();
  void cases_are_read_back_data();
  void cases_are_read_back();
  void a_command_line_has_what_was_asked_for();
};

/// What is said, and what is never said.
class TestReport : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void html_is_one_page_without_references();
  void hostile_names_are_text();
  void sections_stand_in_the_order_asked_for();
  void an_unknown_section_is_named();
  void parameters_chosen_on_the_split_shown_are_no_test_figures();
  void parameters_chosen_elsewhere_are_test_figures();
  void a_difference_without_interval_is_not_shown();
  void paths_are_there_only_when_asked_for();
  void a_search_is_reported();
  void damaged_energies_are_named_in_a_report_of_latency();
  void detectors_are_reported();
  void failure_cases_are_those_chosen();
  void a_figure_that_is_absent_is_not_another_one();
  void ten_thousand_cases_without_pictures_are_placeholders();
};

/// Each number in every format against the JSON.
class TestReportNumbers : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void json_is_what_the_votes_say();
  void html_has_the_rounded_numbers_data();
  void html_has_the_rounded_numbers();
  void csv_has_the_rounded_numbers();
  void latex_has_the_rounded_numbers();
  void the_shipped_script_says_yes();
};

/// Sections that compute more than the decision's own figures.
class TestReportSections : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void stress_has_each_condition_with_the_baseline_beside();
  void unfinished_conditions_say_so();
  void policies_beside_are_ranked_by_their_own_scores();
  void energy_is_said_where_it_was_measured();
  void choices_of_voters_are_the_best_at_their_cost();
  void choices_are_left_out_where_there_are_too_many();
  void the_shipped_script_checks_conditions_and_choices();
  void the_shipped_script_checks_boxes();
};

class TestReportFiles : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void archives_are_read_by_others();
  void a_full_disk_leaves_nothing_behind();
  void a_stopped_report_writes_nothing();
  void progress_rises_to_the_end();
  void a_study_is_not_written_to();
  void latex_compiles();
};

}  // namespace plumbline::test
