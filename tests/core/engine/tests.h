#pragma once
#include <QObject>

namespace plumbline::test {

class TestArchitectures : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void parameters_are_as_published_data();
  void parameters_are_as_published();
  void the_workbench_lists_the_same();
  void keys_are_the_published_ones();
  void saved_networks_evaluate_as_they_were_trained_data();
  void saved_networks_evaluate_as_they_were_trained();
  void gradients_equal_finite_differences_data();
  void gradients_equal_finite_differences();
  void pooling_equals_slow_windows_data();
  void pooling_equals_slow_windows();
  void initial_tensors_have_their_moments();
  void bad_files_are_named_data();
  void bad_files_are_named();
};

class TestDetectorTraining : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_loss_equals_its_definition();
  void objects_move_with_their_images();
  void views_move_objects();
  void the_loss_is_among_a_detectors_settings();
};

/// Training by several ranks, which are threads here.
class TestSharedTraining : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void ranks_train_as_one_process_data();
  void ranks_train_as_one_process();
  void a_checkpoint_is_of_any_number_of_ranks();
  void norms_are_those_of_the_whole_batch();
  void norms_of_one_rank_are_the_usual_ones_data();
  void norms_of_one_rank_are_the_usual_ones();
  void gradients_keep_their_shapes_and_strides();
  void all_ranks_stop_after_the_same_step();
  void what_ranks_cannot_share_is_refused();
};

class TestTrainer : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void recipes_fill_in_what_is_left_out();
  void recipes_are_the_measured_ones_data();
  void recipes_are_the_measured_ones();
  void options_of_an_older_recipe_are_named();
  void schedules_equal_their_closed_forms();
  void epochs_are_permutations_of_their_seed();
  void only_photographs_are_mirrored_data();
  void only_photographs_are_mirrored();
  void batches_equal_slow_shifts();
  void one_step_equals_nesterovs_formula();
  void a_network_learns_real_images();
  void a_restored_training_goes_on_to_the_bit_data();
  void a_restored_training_goes_on_to_the_bit();
  void another_seed_makes_another_network();
  void a_loss_that_is_not_finite_is_an_error();
  void damaged_checkpoints_are_refused();
  void moments_are_those_of_the_pixels();
};

}  // namespace plumbline::test
