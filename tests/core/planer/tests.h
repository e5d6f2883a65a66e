#pragma once
#include <QObject>

namespace plumbline::test {

class TestArchitecture : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void baseline_alternates();
  void strip_has_labels_and_dashes();
  void what_is_written_is_read_back();
  void every_option_has_names_of_its_own();
  void mistakes_are_named_data();
  void mistakes_are_named();
  void parameters_by_hand_data();
  void parameters_by_hand();
  void published_sizes_are_met();
  void a_token_uses_the_chosen_experts();
  void usable_attention_is_no_wider_than_the_backbone();
};

class TestBackboneConfig : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void published_figures();
  void built_in_ones_are_read_back();
  void random_ones_are_read_back();
  void left_out_keys_are_tinys();
  void mistakes_are_named_data();
  void mistakes_are_named();
  void random_damage_is_refused_or_within_the_ranges();
  void files_are_read_and_bad_ones_named();
};

class TestKeyMap : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void published_names_fill_the_baseline_data();
  void published_names_fill_the_baseline();
  void parts_are_cut_from_the_right_rows();
  void biases_of_a_layer_go_before_shared_ones();
  void an_untied_softmax_is_taken();
  void gpt2_is_transposed_data();
  void gpt2_is_transposed();
  void gpt2_is_spelt_in_many_ways_data();
  void gpt2_is_spelt_in_many_ways();
  void published_sizes_data();
  void published_sizes();
  void faults_are_named_data();
  void faults_are_named();
  void faults_of_gpt2_are_named_data();
  void faults_of_gpt2_are_named();
  void a_file_is_mapped_as_it_lies_on_the_disk();
};

class TestSearchEvents : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_search_is_read_as_it_was_written();
  void other_kinds_have_no_record_of_searches();
  void points_and_architectures_of_a_search();
  void a_search_for_less_energy_has_joules();
  void cut_search_streams_say_what_they_have();
  void the_last_architecture_of_a_state_counts();
  void what_is_no_point_is_counted_data();
  void what_is_no_point_is_counted();
  void damaged_search_streams_never_crash();
  void a_step_that_comes_again_replaces_what_followed();
  void ten_thousand_points_are_bounded();
  void targets_and_architectures_are_bounded();
};

}  // namespace plumbline::test
