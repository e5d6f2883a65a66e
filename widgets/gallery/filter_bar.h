#pragma once
#include <string>
#include <vector>

#include "core/review/item_remarks.h"
#include "core/review/query.h"
#include "widgets/bars/bar.h"
#include "widgets/bars/search_combo.h"

class QComboBox;
class QLineEdit;
class QToolButton;

namespace plumbline {

class DirectionButton;
class FinderCells;
class ObjectFilter;
class RangeSlider;

/// What is shown of the verdicts: order, classes, confidence, text, and how many that are.
class FilterBar : public Bar {
  Q_OBJECT
 public:
  explicit FilterBar(QWidget* parent = nullptr);

  /// Offers what the table's items can be sorted and filtered by.
  void set_columns(const ReviewTable& table);
  void set_classes(const std::vector<std::string>& classes);
  void set_baseline(const QString& model);
  /// Everything but the verdicts.
  void set_query(const ReviewQuery& query);
  /// Puts what the bar says into a query and leaves its verdicts.
  void fill(ReviewQuery& query) const;
  QString text() const;
  void set_voters(const QStringList& voters);
  /// Names of the tags there are; the chosen one stays while it is there.
  void set_tags(const QStringList& tags);
  RemarkFilter remark_filter() const;
  void clear_tag();
  void clear_text();
  /// Of objects; there are cells whatever is open.
  FinderCells* finders() const;
  /// Whether there is anything to clear; the button is always there.
  void set_clearable(bool clearable);
  /// How many there are of each true and of each predicted class, asked when a list opens.
  void set_class_counts(SearchCombo::Counts truth, SearchCombo::Counts predicted);
  void show_count(std::int64_t shown, std::int64_t all);
  void clear_count();  ///< nothing is shown

 Q_SIGNALS:
  void query_changed();
  void text_changed();
  void clear_wanted();

 private:
  void name_sorts();
  QString voters_words(const std::vector<MemberChoice>& choices) const;
  bool is_of_objects() const;

  std::vector<std::string> sort_keys_;  ///< by the sort box's entries
  QString baseline_;
  QStringList voters_;
  /// A condition on voters that is no entry of the box by itself: led to from elsewhere, its last
  /// entry while it holds.
  std::vector<MemberChoice> led_to_;
  QComboBox* sort_;
  DirectionButton* direction_;
  SearchCombo *truth_, *predicted_;
  RangeSlider* confidence_;
  QWidget *truth_group_, *predicted_group_, *confidence_group_, *voters_group_;
  ObjectFilter* objects_;
  SearchCombo *agreement_, *tag_;
  QLineEdit* text_;
  QToolButton* clear_;
  QLabel* count_;
};

}  // namespace plumbline
