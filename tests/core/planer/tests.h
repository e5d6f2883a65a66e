#pragma once
#include <QObject>

namespace plumbline::test {

class TestArchitecture : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void baseline_alternates();
  void strip_has_labels_and_dashes();
  void what_is_written_is_read_back();
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
  void published_sizes_data();
  void published_sizes();
  void faults_are_named_data();
  void faults_are_named();
  void faults_of_gpt2_are_named_data();
  void faults_of_gpt2_are_named();
  void a_file_is_mapped_as_it_lies_on_the_disk();
};

}  // namespace plumbline::test
