#pragma once
#include <QObject>
#include <QTemporaryDir>

namespace plumbline::test {

/// Options, outputs and exit codes (DESIGN 4).
class TestCommands : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void wrong_command_lines_exit_2_data();
  void wrong_command_lines_exit_2();
  void bad_input_exits_3_and_adds_nothing_data();
  void bad_input_exits_3_and_adds_nothing();
  void lists_are_printed();
  void classes_are_named_at_the_import();
  void a_run_from_import_to_export();
  void outputs_are_evaluated_without_a_study();
  void decisions_are_said_in_full();
  void jobs_say_what_they_work_on();
  void a_further_model_computes_only_itself();
  void names_that_exist_are_protected();
  void broken_image_is_a_warning();
  void images_without_labels_are_said();
  void image_that_breaks_later_is_a_warning();
  void imported_predictions_vote();
  void cancel_keeps_what_is_finished();
};

/// Model files that try to reach what is not theirs, or that never end.
class TestHostileModels : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_harmless_model_is_imported_and_run();
  void an_import_touches_no_other_file_data();
  void an_import_touches_no_other_file();
  void a_run_touches_no_other_file();
  void an_endless_check_has_a_limit();
  void an_endless_check_ends_with_the_first_signal();
};

/// Models that are native code.
class TestPackages : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_package_needs_trust();
  void figures_equal_those_of_torchscript();
  void trust_is_of_one_file();
  void its_code_is_confined();
  void what_does_not_fit_is_named_data();
  void what_does_not_fit_is_named();
  void a_package_for_a_gpu_needs_one();
  void its_precision_is_compiled_into_it();
  void a_fixed_batch_is_filled_up();
  void a_batch_goes_to_the_model_for_it();
  void a_bundle_is_trusted_by_its_user();
};

/// Where results go, what is refused, what is said.
class TestOutputs : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void an_export_goes_where_it_is_sent();
  void a_full_disk_is_exit_4_data();
  void a_full_disk_is_exit_4();
  void unknown_commands_are_named_data();
  void unknown_commands_are_named();
  void names_are_refused_alike_data();
  void names_are_refused_alike();
  void what_a_run_lacks_is_said();

 private:
  QString study() const;
  QTemporaryDir folder_;
};

/// remove, rename, relink, usage.
class TestUpkeep : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void usage_counts_every_byte_once();
  void usage_counts_what_the_tree_shows();
  void usage_says_what_cannot_be_read();
  void nothing_is_removed_unasked();
  void a_run_goes_with_what_only_it_used();
  void a_model_and_a_data_set_go_with_their_runs();
  void names_are_changed_everywhere();
  void moved_files_are_found_again();
};

/// Files that change or are lost, models that fail, processes that are ended.
class TestFailures : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_prediction_file_is_computed_anew_data();
  void a_prediction_file_is_computed_anew();
  void an_image_that_failed_is_tried_again();
  void a_run_that_reads_nothing_fails();
  void changed_records_are_refused();
  void one_voter_takes_no_other_with_it_data();
  void one_voter_takes_no_other_with_it();
  void imported_predictions_need_no_run();
  void a_kill_loses_less_than_ten_seconds();
  void a_model_that_loops_ends_with_the_first_signal();
  void a_hang_up_is_a_clean_stop();
  void a_signal_at_the_start_leaves_a_run_to_resume();
};

/// Inputs modelled after what people brought to other tools, with their right values.
class TestCases : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void numbered_folders_are_matched_by_name_data();
  void numbered_folders_are_matched_by_name();
  void outputs_that_are_not_finite_are_no_votes();
};

/// Which parts of an image a vote rests on.
class TestExplain : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_pixels_value_is_what_covering_it_costs();
};

/// The demo by one command.
class TestDemo : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void one_command_builds_the_study();
};

/// A run that is killed at random moments ends like one that is not.
class TestKillAndResume : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void ten_kills_in_a_row();
};

/// `train`: a model of the study, whatever happens to the process on the way.
class TestTrain : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void a_trained_model_votes();
  void kills_in_a_row_change_nothing();
  void cancel_keeps_what_was_reached();
  void other_settings_are_refused();
  void wrong_command_lines_are_named_data();
  void wrong_command_lines_are_named();
  void several_ranks_need_a_gpu_each_data();
  void several_ranks_need_a_gpu_each();

 private:
  QString study();
};

/// The command line of `planer …`, up to where the engine is asked.
class TestPlanerCommands : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void wrong_command_lines_are_named_data();
  void wrong_command_lines_are_named();
  void wrong_configurations_are_named();
  void words_are_kept_for_other_texts();
  void every_command_has_help_data();
  void every_command_has_help();
};

/// `planer …` with a real engine, on a network and a text that take seconds.
class TestPlanerJobs : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void a_trained_network_has_learned();
  void a_network_goes_on_from_another();
  void networks_are_evaluated_in_turns();
  void a_search_ends_in_a_network_and_a_front();
  void a_search_goes_by_an_older_table();
  void what_was_found_is_trained_further();
  void exports_are_written();
  void a_search_is_handed_on();
  void renamed_networks_are_known_again();
  void a_network_goes_with_the_searches_from_it();
  void mistakes_are_named_data();
  void mistakes_are_named();
};

/// Trainings and searches that are killed end like those that are not.
class TestPlanerResume : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_training_is_killed_and_goes_on();
  void what_was_begun_goes_on_with_its_words();
  void a_training_follows_renamed_networks();
  void a_search_is_killed_and_goes_on();
};

/// Two published detectors on COCO's images, where the example data are there; scenes, and a
/// detector that is trained on them.
class TestDetectors : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void two_real_detectors_give_the_references_figures();
  void scenes_are_of_their_seed();
  void a_detector_is_trained_and_run();
};

/// The published figures of four ResNets on CIFAR-10 images, where the example data are there.
class TestRealImages : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void four_resnets_on_cifar10_jpegs();
};

}  // namespace plumbline::test
