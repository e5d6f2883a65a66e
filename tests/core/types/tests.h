#pragma once
#include <QObject>

namespace plumbline::test {

class TestError : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void text_has_the_parts_that_are_there_data();
  void text_has_the_parts_that_are_there();
  void kinds_have_the_exit_codes_of_the_contract_data();
  void kinds_have_the_exit_codes_of_the_contract();
};

class TestListText : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void parts_are_trimmed_and_counted_data();
  void parts_are_trimmed_and_counted();
  void another_separator_leaves_commas();
  void numbers_of_things_are_singular_or_plural();
  void a_sentence_names_the_precisions_of_the_list();
};

class TestNamedTable : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void entries_are_found_and_added_last();
  void a_table_of_values_is_known_by_its_keys();
  void what_has_no_room_is_not_added();
  void a_table_is_read_while_it_grows();
};

class TestNumber : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void number_is_the_whole_text_data();
  void number_is_the_whole_text();
  void integer_is_the_whole_text_data();
  void integer_is_the_whole_text();
  void shortest_is_as_people_write_it_data();
  void shortest_is_as_people_write_it();
  void shortest_reads_back_as_the_same_bits();
  void white_space_is_trimmed_data();
  void white_space_is_trimmed();
};

class TestPlainName : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void names_are_taken_or_refused_data();
  void names_are_taken_or_refused();
};

class TestVisibleText : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void what_a_terminal_obeys_is_escaped_data();
  void what_a_terminal_obeys_is_escaped();
  void random_bytes_become_shown_text();
};

class TestView : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void pool_is_consistent();
  void writings_mean_the_same_data();
  void writings_mean_the_same();
  void bad_views_are_refused_data();
  void bad_views_are_refused();
  void limits_are_within_the_range_and_beyond_is_refused_data();
  void limits_are_within_the_range_and_beyond_is_refused();
  void text_reads_back_data();
  void text_reads_back();
  void groups_stand_for_their_members();
  void lists_keep_their_order();
  void bad_lists_are_refused_data();
  void bad_lists_are_refused();
  void random_bytes_are_refused_or_read_back();
};

class TestVoter : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void voters_are_read_data();
  void voters_are_read();
  void bad_voters_are_refused_data();
  void bad_voters_are_refused();
  void cross_has_models_outer_and_views_inner();
  void cross_reads_back();
  void random_bytes_are_refused_or_read_back();
};

}  // namespace plumbline::test
