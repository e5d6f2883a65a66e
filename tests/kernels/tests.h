#pragma once
#include <QObject>

namespace plumbline::test {

class TestViewSynthesis : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void every_op_has_the_kernels_that_it_claims();
  void equals_the_definition_data();
  void equals_the_definition();
  void every_view_equals_its_levels_normalised_data();
  void every_view_equals_its_levels_normalised();
  void half_precisions_round_the_same_values();
  void number_of_threads_and_batches_do_not_matter();
  void an_empty_batch_gives_empty_views();
  void bad_arguments_are_named_data();
  void bad_arguments_are_named();
};

class TestAtenViews : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equal_the_cpu_data();
  void equal_the_cpu();
  void padding_is_left_out_data();
  void padding_is_left_out();
};

class TestResamplePlan : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void two_neighbours_are_all_that_is_needed_data();
  void two_neighbours_are_all_that_is_needed();
  void more_taps_are_left_to_others();
  void a_program_makes_every_row_once_data();
  void a_program_makes_every_row_once();
  void views_of_the_same_columns_share_rows();
  void rows_that_fit_no_block_are_left_to_others();
  void a_gpu_gives_what_the_cpu_gives_data();
  void a_gpu_gives_what_the_cpu_gives();
  void kinds_of_views_keep_their_places();
};

class TestConvolution3x3 : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_the_definition_data();
  void equals_the_definition();
  void a_batch_does_not_change_an_image();
  void bad_arguments_are_named();
};

class TestPanelProduct : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_the_definition_data();
  void equals_the_definition();
  void starts_are_added_data();
  void starts_are_added();
  void a_known_next_matrix_changes_nothing_data();
  void a_known_next_matrix_changes_nothing();
  void rows_do_not_depend_on_those_beside_them_data();
  void rows_do_not_depend_on_those_beside_them();
};

class TestPreparedConvolution : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void winograd_equals_the_definition_data();
  void winograd_equals_the_definition();
  void winograd_does_not_depend_on_neighbours();
  void winograd_takes_what_suits_it();
  void winograd_names_bad_arguments();
  void every_layer_equals_the_definition_data();
  void every_layer_equals_the_definition();
};

class TestExpertFeedForward : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void every_op_has_the_kernels_that_it_claims();
  void equals_the_definition_data();
  void equals_the_definition();
  void experts_without_tokens_get_zeros();
  void no_tokens_give_no_rows_and_zero_gradients();
  void equals_finite_differences();
  void only_what_learns_gets_a_gradient();
  void strided_arguments_give_the_same();
  void is_the_same_each_time();
  void threads_share_the_work();
  void experts_of_few_and_of_many_rows();
  void the_graphics_form_equals_the_cpu_data();
  void the_graphics_form_equals_the_cpu();
  void activations_hold_in_the_tails();
  void bad_arguments_are_named_data();
  void bad_arguments_are_named();
  void a_second_derivative_is_refused();
  void a_graph_follows_its_inputs();
};

class TestRelativeAttention : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void every_op_has_the_kernels_that_it_claims();
  void equals_its_definition_data();
  void equals_its_definition();
  void a_ring_equals_keys_in_order_data();
  void a_ring_equals_keys_in_order();
  void strided_arguments_give_the_same();
  void is_the_same_each_time();
  void large_scores_do_not_overflow();
  void bad_arguments_are_named_data();
  void bad_arguments_are_named();
  void a_second_derivative_is_refused();
  void a_captured_step_goes_on_turning();
};

class TestRoutedExperts : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_its_definition_data();
  void equals_its_definition();
  void many_tiles_equal_double_precision_data();
  void many_tiles_equal_double_precision();
  void a_tile_has_any_number_of_rows_data();
  void a_tile_has_any_number_of_rows();
  void a_graph_follows_its_inputs();
};

class TestBoxSuppression : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_its_definition_data();
  void equals_its_definition();
  void gpu_and_cpu_keep_the_same();
  void bad_arguments_are_named();
  void torchvisions_nms_orders_by_score();
  void aligned_regions_equal_their_definition_data();
  void aligned_regions_equal_their_definition();
  void regions_outside_are_nothing();
};

class TestResidualNorm : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_its_definition_data();
  void equals_its_definition();
};

}  // namespace plumbline::test
