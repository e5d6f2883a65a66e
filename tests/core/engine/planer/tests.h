#pragma once
#include <QObject>

namespace plumbline::test {

class TestAttention : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_its_definition_data();
  void equals_its_definition();
  void first_heads_are_an_attention();
  void masks_are_as_published();
};

class TestLanguageModel : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void memory_is_the_text_before();
  void step_equals_the_pass_data();
  void step_equals_the_pass();
  void token_layers_equal_their_definition_data();
  void token_layers_equal_their_definition();
  void mixture_of_one_is_that_option();
  void parameters_are_as_counted_data();
  void parameters_are_as_counted();
  void adaptive_softmax_is_a_distribution();
  void heads_in_another_order_compute_the_same();
  void options_begin_with_the_networks_weights();
};

class TestWeightTraining : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void learns_a_repeated_text();
  void goes_on_to_the_bit_data();
  void goes_on_to_the_bit();
  void a_rectified_product_equals_its_parts_data();
  void a_rectified_product_equals_its_parts();
  void a_checkpoint_is_of_when_it_was_begun_data();
  void a_checkpoint_is_of_when_it_was_begun();
  void a_stopped_course_has_written_where_it_was();
  void teachers_probabilities_are_a_part_of_the_loss();
  void comes_to_expect_what_its_teacher_does();
  void unused_options_stay();
  void adamw_equals_its_formula();
  void divergence_is_rolled_back_once();
};

/// Training by several ranks, which are threads here.
class TestSharedCourse : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void ranks_train_as_one_process_data();
  void ranks_train_as_one_process();
  void a_checkpoint_has_the_memory_of_all_lanes();
  void one_rank_that_is_cancelled_stops_all();
};

class TestArchitectureSearch : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void comes_below_its_target();
  void what_it_saves_decides_what_it_finds();
  void every_option_can_be_found();
  void repeats_and_goes_on_to_the_bit();
  void random_architectures_take_as_long();
  void the_nearest_in_cost_is_kept();
  void increments_are_differences();
};

/// Weights under published names, against the networks' definitions.
class TestNetworkImport : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void transformer_xl_equals_its_definition_data();
  void transformer_xl_equals_its_definition();
  void gpt2_equals_its_definition();
  void spellings_of_gpt2_are_one_network_data();
  void spellings_of_gpt2_are_one_network();
  void every_token_is_judged_data();
  void every_token_is_judged();
  void what_is_not_finite_is_refused();
  void words_keep_the_numbers_that_are_given();
};

/// A language model of words numbers every text by the words of its training.
class TestNetworkWords : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void another_text_is_numbered_by_the_networks_words();
  void an_export_has_the_words_beside_it();
  void what_begins_with_a_network_has_its_words();
  void found_networks_have_its_words();
  void networks_of_unlike_words_are_evaluated_together();
  void a_study_without_words_reads_its_own_text_only();
  void wrong_words_are_named_data();
  void wrong_words_are_named();
  void the_loss_has_the_unit_of_its_text();
};

/// Profiles, searches and evaluations of energy, by a meter of the test's own.
class TestEnergySearch : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_profile_has_a_table_of_energies();
  void a_device_that_does_not_tell_has_a_reason();
  void what_cannot_be_searched_is_refused();
  void a_search_saves_energy_and_says_so();
};

class TestNetworkExport : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void torchscript_equals_the_network_data();
  void torchscript_equals_the_network();
  void rings_equal_the_network_data();
  void rings_equal_the_network();
  void a_step_of_another_length_is_refused();
};

}  // namespace plumbline::test
