#pragma once
#include <QObject>

namespace plumbline::test {

/// Arrows between folders, and who may use Qt, LibTorch and OpenCV, by #include lines.
class TestIncludes : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void includes_are_parsed();
  void house_is_kept();
  void planted_line_is_found_data();
  void planted_line_is_found();
  void torch_is_found_behind_a_header();
};

/// No two folders of core/ or of widgets/ include each other, directly or around.
class TestFolderCircles : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void house_has_none();
  void planted_circle_is_found_data();
  void planted_circle_is_found();
  void a_standing_circle_is_let_be_until_it_is_mended();
};

/// No two types of one name, in whatever libraries.
class TestTypeNames : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void house_has_one_type_a_name();
  void a_planted_pair_is_found();
};

/// What the linker wrote, by the same rules.
class TestLinkage : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void needed_is_parsed();
  void built_files_need_only_what_they_may_data();
  void built_files_need_only_what_they_may();
};

/// What the pages claim.
class TestDocuments : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void picture_is_parsed();
  void links_are_parsed();
  void picture_matches_the_folders();
  void links_lead_to_files_data();
  void links_lead_to_files();
  void verbs_exist();
};

}  // namespace plumbline::test
