#pragma once
#include <QObject>

namespace plumbline::test {

/// Counters of energy that are files and functions of the test's own: nothing here asks the
/// machine.
class TestEnergyCounters : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void packages_are_summed();
  void a_counter_that_wraps_goes_on();
  void what_is_no_package_is_left_out();
  void a_processor_that_does_not_tell_says_why_data();
  void a_processor_that_does_not_tell_says_why();
  void a_read_that_fails_loses_nothing();
  void a_gpu_counts_since_it_was_opened();
  void a_gpu_that_does_not_tell_says_why_data();
  void a_gpu_that_does_not_tell_says_why();
  void a_gpu_that_is_lost_is_an_error_of_the_read();
};

/// Joules against those that follow by hand from a device whose draw is known, by its own clock.
class TestEnergyMeasurement : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void joules_equal_their_definition();
  void windows_have_a_median_and_a_spread();
  void a_counter_that_moves_seldom_is_no_error();
  void short_work_is_repeated_between_looks();
  void works_in_turn_share_a_sitting();
  void what_goes_wrong_ends_it_data();
  void what_goes_wrong_ends_it();
};

class TestVoterEnergy : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void each_voter_has_its_joules();
  void a_batch_that_does_not_fit_is_halved_and_said();
  void a_voter_that_fails_has_a_reason();
  void a_device_that_is_lost_ends_it();
};

/// What a device throws when it fails.
class TestDeviceFailure : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_lost_device_is_told_from_a_model_that_fails_data();
  void a_lost_device_is_told_from_a_model_that_fails();
  void a_lost_device_ends_the_job();
  void a_script_without_memory_halves_the_batch_and_says_so();
};

}  // namespace plumbline::test
