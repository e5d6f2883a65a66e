#pragma once
#include <QObject>

namespace plumbline::test {

class TestPlacement : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void inverses_lead_back_data();
  void inverses_lead_back();
  void composition_is_associative();
  void points_go_where_the_definition_says_data();
  void points_go_where_the_definition_says();
};

class TestGeometricViews : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void movements_equal_opencv_data();
  void movements_equal_opencv();
  void inverse_views_give_the_image_back_data();
  void inverse_views_give_the_image_back();
  void scale_and_translate_equal_opencv_data();
  void scale_and_translate_equal_opencv();
  void crops_equal_the_resized_part_data();
  void crops_equal_the_resized_part();
  void whole_pixel_shifts_are_exact();
  void shrinking_with_antialias_equals_slow_sums();
  void weights_sum_to_one();
};

class TestIntensityViews : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void elementary_functions_are_accurate();
  void tones_equal_their_formulas_data();
  void tones_equal_their_formulas();
  void hist_equals_opencv_data();
  void hist_equals_opencv();
  void hist_keeps_chroma();
  void adhist_equals_opencv_data();
  void adhist_equals_opencv();
  void imadj_saturates_one_percent_data();
  void imadj_saturates_one_percent();
  void connorm_gives_mean_0_and_variance_1_data();
  void connorm_gives_mean_0_and_variance_1();
  void contrast_keeps_the_mean_luma();
  void hue_equals_opencv_data();
  void hue_equals_opencv();
  void saturation_is_linear();
  void blur_equals_opencv_data();
  void blur_equals_opencv();
  void noise_is_normal_and_of_its_sample();
  void philox_gives_the_published_words();
  void jpeg_equals_opencv_data();
  void jpeg_equals_opencv();
  void images_of_one_level_stay_finite_data();
  void images_of_one_level_stay_finite();
};

}  // namespace plumbline::test
