#pragma once
#include <QObject>

namespace plumbline::test {

class TestNetworkOutput : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void every_tensor_has_its_name_data();
  void every_tensor_has_its_name();
  void what_is_no_tensor_is_an_error_data();
  void what_is_no_tensor_is_an_error();
  void a_classifier_says_which_tensor_counts_data();
  void a_classifier_says_which_tensor_counts();
};

/// A detector's outputs, decoded by loops in double, and what becomes of its boxes.
class TestBoxHead : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void cells_are_decoded_as_defined_data();
  void cells_are_decoded_as_defined();
  void fastestdet_is_decoded_as_defined();
  void lists_of_boxes_are_read();
  void a_wrong_card_is_named_data();
  void a_wrong_card_is_named();
  void boxes_are_those_of_the_image();
  void what_was_not_read_has_no_boxes();
  void classes_that_a_model_lacks_are_said();
};

/// What people bring: models that depend on chance or on their neighbours, that hold a batch size,
/// that have buffers of integers, whose outputs are of other shapes.
class TestModelCheck : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void an_answer_may_not_change_data();
  void an_answer_may_not_change();
  void boxes_may_change_places();
  void training_mode_is_found_in_the_graph_data();
  void training_mode_is_found_in_the_graph();
  void a_script_follows_eval();
  void only_floating_buffers_take_the_precision_data();
  void only_floating_buffers_take_the_precision();
  void outputs_of_other_shapes_have_a_way_out_data();
  void outputs_of_other_shapes_have_a_way_out();
  void an_error_says_its_cause();
  void wrappers_of_names_are_passed_over_data();
  void wrappers_of_names_are_passed_over();
  void cases_data();
  void cases();
};

/// What a trace says of precision, and the capture of a network's work.
class TestTorchScriptPrecision : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void the_words_of_files_name_the_types();
  void a_trace_follows_the_named_precision();
  void fp32_is_float32();
  void weights_have_their_channels_last();
  void a_captured_network_gives_the_same();
  void what_cannot_be_captured_runs_all_the_same();
  void elsewhere_nothing_is_wrapped();
};

class TestFuseConvolutions : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void the_answer_stays_data();
  void the_answer_stays();
  void a_residual_network_stays_near_float64();
};

class TestShardComputer : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void predictions_equal_their_definition_data();
  void predictions_equal_their_definition();
  void pieces_of_a_block_have_the_same_batches();
  void ranges_may_be_queued_before_one_is_settled();
  void an_unreadable_image_has_no_prediction();
  void classes_stand_in_the_data_sets_order();
  void further_classes_of_one_name_have_one_place();
};

/// Voters that are asked one after another about what is still open.
class TestShardStages : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_short_batch_is_computed_as_a_full_one();
  void a_filled_batch_has_its_last_row_again();
  void images_are_kept_for_later_stages();
  void what_is_not_kept_is_loaded_data();
  void what_is_not_kept_is_loaded();
  void blocks_of_stages_are_whole_shards_data();
  void blocks_of_stages_are_whole_shards();
};

/// Networks that need more memory than there is, or throw.
class TestFailingNetworks : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_batch_is_halved_until_it_fits_data();
  void a_batch_is_halved_until_it_fits();
  void no_memory_for_one_is_an_error();
  void what_a_network_throws_is_an_error();
  void a_network_that_refuses_noise_runs_all_the_same();
  void one_broken_model_takes_no_other_with_it();
};

class TestRunPace : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void paces_follow_what_was_measured();
};

class TestShardCourse : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_device_that_runs_ahead_has_its_next_shard();
  void another_one_finishes_each_first();
  void a_shard_that_takes_long_is_written_first();
  void what_was_queued_before_an_error_is_written();
  void what_is_complete_is_written_where_the_next_cannot_be_read();
  void a_stop_leaves_nothing_half_done();
};

class TestBatchUpload : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_cpu_has_its_images_already();
  void batches_come_whole_and_are_timed();
  void pixels_made_on_the_device_are_bounded_too();
};

class TestBatchLoader : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void batches_hold_the_images_data();
  void batches_hold_the_images();
  void a_resized_image_names_what_shows_it();
  void unreadable_images_are_named();
  void a_loader_may_go_before_its_end();
};

/// Images that are resized where they were decoded.
class TestDeviceCanvas : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_the_hosts_canvas_data();
  void equals_the_hosts_canvas();
  void what_does_not_fit_is_named();
  void places_outside_are_refused();
};

class TestDeviceJpeg : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void the_library_is_sought_beside_libtorch();
  void a_missing_library_is_an_error();
  void decoders_have_names();
  void test_pictures_tell_decoders_apart();
  void the_gpu_decodes_as_the_host_does();
  void a_loader_has_the_hosts_outcome();
  void a_loader_has_the_hosts_outcome_by_a_stand_in();
  void a_decoder_must_prove_itself();
  void sizes_have_bounds();
  void no_memory_is_told_to_whoever_asks();
  void loaders_share_their_threads();
};

class TestRunPlan : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_new_run_is_planned();
  void wrong_requests_are_named_data();
  void wrong_requests_are_named();
  void an_existing_run_keeps_its_settings_data();
  void an_existing_run_keeps_its_settings();
  void a_runs_decoder_stays_data();
  void a_runs_decoder_stays();
  void a_decoder_is_said_with_its_reason();
  void missing_ranges_are_found();
};

class TestSmallerBatches : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void sizes_are_chosen_by_what_they_cost_data();
  void sizes_are_chosen_by_what_they_cost();
  void a_size_that_cannot_be_timed_ends_it();
  void a_run_measures_what_stages_cost();
};

class TestNumberKind : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_further_kind_runs_whole();
  void kinds_are_not_mixed_in_a_run();
  void a_wrong_output_is_found_at_import();
};

}  // namespace plumbline::test
