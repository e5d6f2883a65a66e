#pragma once
#include <QObject>

namespace plumbline::test {

class TestCocoFigures : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void thresholds_are_numpys();
  void pycocotools_to_the_last_bit_data();
  void pycocotools_to_the_last_bit();
  void given_references_come_out();
  void an_object_of_id_0_counts_where_it_is_corrected();
  void order_of_equal_scores_does_not_matter_where_it_is_corrected();
  void more_than_100_objects_can_be_found_where_it_is_corrected();
  void ignored_objects_are_neither_found_nor_missed_where_it_is_corrected();
  void departures_name_their_objects();
  void a_resample_is_the_figures_of_the_data_it_stands_for();
  void intervals_hold_the_figures_and_are_repeatable();
};

class TestTide : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void tidecv_data();
  void tidecv();
  void given_references_come_out();
  void a_verdict_for_every_detection_and_object();
};

class TestLedger : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void undetected_objects_of_the_given_references();
  void matches_are_those_of_a_slow_definition();
  void lrp_is_that_of_a_slow_definition();
  void found_by_k_adds_up();
  void who_recovers_an_object();
  void a_price_curve_falls_and_rises();
  void files_of_a_ledger();
};

class TestFusion : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void ensemble_boxes_data();
  void ensemble_boxes();
  void given_references_come_out();
  void scores_by_voters_never_exceed_the_greatest();
  void scores_by_boxes_exceed_1_as_known();
  void votes_are_of_voters();
  void weights_of_a_class_are_its_own();
  void one_voter_is_kept_by_suppression();
  void order_of_voters_does_not_matter();
  void texts_are_read_back_data();
  void texts_are_read_back();
  void mistakes_are_named_data();
  void mistakes_are_named();
};

}  // namespace plumbline::test
