#pragma once
#include <QObject>

namespace plumbline::test {

class TestStudy : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void split_is_read_back();
  void same_split_again_adds_nothing();
  void other_samples_under_the_same_name_are_refused();
  void further_split_maps_classes_by_name();
  void division_is_stratified_and_repeatable();
  void what_another_program_changed_is_seen();
  void what_another_connection_wrote_is_noticed();
  void names_are_those_of_the_samples();
  void division_of_a_split_with_predictions_is_refused();
  void newer_version_is_refused_and_untouched();
  void folder_that_is_no_study_is_named();
  void damaged_database_is_named();
  void truncated_database_is_named();
  void read_only_study_can_be_read();
  void second_writer_is_told();
  void interrupted_creation_is_finished();
  void missing_names_are_told_with_those_there_are();
  void run_is_read_back();
  void a_shard_that_is_committed_twice_counts_once();
  void warnings_are_kept_once();
  void a_study_of_the_third_version_is_read_as_it_is_data();
  void a_study_of_the_third_version_is_read_as_it_is();
  void a_split_without_labels_has_samples();
};

class TestBoxes : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void boxes_come_back_as_they_were();
  void a_second_import_adds_nothing();
  void classes_are_matched_by_name();
  void boxes_move_with_their_images();
  void limited_detections_are_counted();
};

class TestBoxMapping : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_box_goes_there_and_back_data();
  void a_box_goes_there_and_back();
  void a_square_lies_where_it_is_seen_data();
  void a_square_lies_where_it_is_seen();
  void a_letterbox_divides_by_its_ratio();
};

class TestModelCard : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void example_card_is_read();
  void wrong_key_is_named_data();
  void wrong_key_is_named();
  void random_damage_never_crashes();
  void card_lies_beside_the_model();
};

class TestStudyPredictionStore : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void both_stores_come_to_the_same();
  void a_wrong_file_is_not_merged_data();
  void a_wrong_file_is_not_merged();
  void parts_of_a_block_are_one_whole();
  void a_renamed_models_files_are_nobody_elses();
  void what_has_become_of_a_file_is_said();
};

class TestReductionCache : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_second_call_reads_no_predictions();
  void what_differs_is_made_anew_data();
  void what_differs_is_made_anew();
  void little_is_not_kept();
  void losses_of_partial_distributions_are_not_known();
};

class TestModelOutput : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void boxes_are_read_data();
  void boxes_are_read();
  void boxes_have_defaults();
  void a_classifier_names_its_tensor();
  void wrong_outputs_are_named_data();
  void wrong_outputs_are_named();
  void a_further_kind_is_one_entry();
};

class TestRowWriter : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void cells_are_harmless_data();
  void cells_are_harmless();
  void a_full_disk_is_an_error_of_the_device();
};

class TestRunVotes : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void votes_are_those_written();
  void a_split_that_all_voters_have_can_be_chosen();
  void cache_is_made_and_used();
  void damaged_cache_is_made_anew();
  void many_files_give_the_same_votes();
  void the_first_missing_file_is_named();
  void truncated_prediction_file_is_named();
  void a_file_elsewhere_is_not_read_data();
  void a_file_elsewhere_is_not_read();
  void uncommitted_samples_have_no_class();
  void distribution_of_one_sample();
  void mean_is_reduced_as_by_hand();
  void times_are_gathered_from_all_that_was_measured();
};

class TestClassMatch : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void by_name_whatever_the_order();
  void names_that_are_numbers_are_names();
  void by_index_is_said_with_pairs();
  void a_card_without_names_matches_by_index();
  void further_classes_stand_behind_the_data_sets();
  void unreachable_classes_are_named();
  void nothing_in_common_is_refused();
  void too_few_outputs_are_refused();
};

class TestImportPredictions : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void kinds_are_told_and_agree_data();
  void kinds_are_told_and_agree();
  void what_was_given_compares_as_given();
  void losses_are_those_of_what_was_given();
  void named_columns_are_matched_by_name();
  void further_classes_are_told_apart_by_name();
  void one_hot_rows_are_said();
  void columns_beyond_the_classes_are_counted();
  void bad_arrays_are_refused_data();
  void bad_arrays_are_refused();
};

class TestOutputKind : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void rows_are_told_or_asked_about_data();
  void rows_are_told_or_asked_about();
  void a_named_kind_holds_for_every_row();
  void the_cases_are_read_or_named_data();
  void the_cases_are_read_or_named();
  void doubles_stay_doubles();
};

class TestRemarks : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void tags_and_notes_are_read_back();
  void a_tag_without_samples_is_forgotten();
  void bad_remarks_are_refused_and_change_nothing();
  void objects_have_remarks_of_their_own();
  void remarks_of_samples_become_those_of_items();
  void an_object_that_cannot_be_is_damage();
  void a_study_of_the_first_version_is_brought_up_to_date();
  void a_split_with_remarks_is_not_divided();
};

class TestViewPicture : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void identity_is_the_fitted_image();
  void flip_is_its_mirror();
  void gamma_is_the_rounded_formula();
  void geometry_acts_on_the_decoded_image();
  void quarter_turns_are_fitted_as_turned_images();
  void one_resampling_is_sharper_than_two();
  void outside_is_the_cards_mean();
  void grey_networks_refuse_views_of_colour();
};

class TestNetworks : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void networks_are_read_back();
  void a_name_stands_for_one_network();
  void bad_names_files_and_figures_are_refused();
  void validation_is_replaced();
  void the_latest_latency_of_a_key_counts();
  void the_latest_table_of_a_configuration_counts();
  void the_quietest_sitting_stays();
  void the_quietest_table_stays();
  void a_study_of_the_second_version_is_brought_up_to_date();
  void damaged_documents_are_named_data();
  void damaged_documents_are_named();
};

/// Language models that are removed or renamed.
class TestNetworkUpkeep : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_network_goes_with_the_searches_from_it();
  void a_network_is_renamed_wherever_it_is_named();
  void a_name_that_is_taken_changes_nothing();
  void a_renaming_leaves_no_other_file_changed();
  void a_network_in_use_keeps_its_name();
  void what_lies_outside_of_the_study_stays();
};

/// What language models draw, and what searches save.
class TestNetworkEnergies : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void energies_are_read_back();
  void the_latest_table_of_a_configuration_counts();
  void the_quietest_energies_stay();
  void what_is_no_energy_is_refused();
  void damaged_energies_are_named_data();
  void damaged_energies_are_named();
  void a_search_says_what_it_saves();
  void a_front_of_energies_by_hand();
  void damage_of_the_other_kind_stops_no_front();
  void a_study_of_the_tenth_version_is_brought_up_to_date();
  void energies_go_with_their_network();
};

class TestRunEnergies : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void energies_are_read_back();
  void energies_go_with_their_run();
  void a_damaged_file_is_named_data();
  void a_damaged_file_is_named();
};

class TestSearches : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void searches_are_read_back();
  void further_targets_are_added_others_refused();
  void increments_are_kept();
  void points_are_read_back();
  void bad_points_are_refused_and_change_nothing();
  void columns_of_a_map_go_by_name();
  void damaged_documents_are_named_data();
  void damaged_documents_are_named();
};

class TestSearchFront : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void front_and_errors_by_hand();
  void words_have_perplexity_and_three_networks_a_line();
  void a_front_is_calibrated_on_what_was_found();
  void what_is_missing_is_named();
};

class TestCopySearch : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_search_comes_over_whole();
  void a_second_copy_adds_nothing_and_known_networks_stay();
  void quieter_energies_stay();
  void damage_of_the_other_kind_stops_no_copy();
  void changed_weights_and_other_networks_are_refused();
  void weights_lie_where_weights_lie();
};

class TestTextParts : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void parts_cover_the_stream_data();
  void parts_cover_the_stream();
  void shares_that_are_none_are_cut_data();
  void shares_that_are_none_are_cut();
};

/// Whose native code may be run.
class TestModelTrust : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void trust_is_of_one_file();
  void trust_does_not_travel();
};

/// What stands in the study's tree, with its counts.
class TestStudyContents : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void predictions_are_samples_times_voters();
  void what_cannot_be_read_is_not_zero();
  void a_search_counts_what_it_found();
};

}  // namespace plumbline::test
