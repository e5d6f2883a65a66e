#pragma once
#include <QObject>

namespace plumbline::test {

/// Which of several a process is, from what torchrun and srun say.
class TestRankEnvironment : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void who_a_process_is_data();
  void who_a_process_is();
  void contradictions_are_named_data();
  void contradictions_are_named();
  void tasks_of_a_machine_are_read_data();
  void tasks_of_a_machine_are_read();
  void ranks_have_a_device_each_data();
  void ranks_have_a_device_each();
};

/// What a rank computes of what is missing.
class TestRankShare : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void shares_are_a_partition_data();
  void shares_are_a_partition();
};

/// Where ranks meet. All of them are threads of this process here.
class TestRankStore : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void words_are_shared();
  void a_rank_that_gives_up_ends_the_others_data();
  void a_rank_that_gives_up_ends_the_others();
  void a_silent_rank_is_named();
  void a_store_that_is_silent_is_not_waited_for();
  void ranks_that_do_not_come_are_counted();
  void a_port_that_is_taken_is_named();
};

}  // namespace plumbline::test
