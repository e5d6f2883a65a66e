#include "widgets/gallery/filter_bar.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QToolButton>

#include <algorithm>

#include "core/review/box_table.h"
#include "core/review/classification_table.h"
#include "widgets/bars/drop_button.h"
#include "widgets/bars/range_slider.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/gallery/object_filter.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int widest_class = 180;
// A combo box remembers its smallest size from when it had other entries: never go below its hint.
const QSizePolicy whole_text(QSizePolicy::Minimum, QSizePolicy::Fixed);

std::optional<ClassIndex> chosen_class(const QComboBox& combo) {
  if (combo.currentIndex() <= 0) return std::nullopt;
  return static_cast<ClassIndex>(combo.currentIndex() - 1);
}

void choose_class(QComboBox& combo, const std::optional<ClassIndex>& index) {
  const QSignalBlocker blocker(combo);
  combo.setCurrentIndex(index ? *index + 1 : 0);
}

// What is asked of the voters, by the entries of its box: any, disagree, all agree, each voter.
constexpr int disagree_entry = 1, agree_entry = 2, first_dissenter = 3;

bool is_dissent(const std::vector<MemberChoice>& choices) {
  return choices.size() == 1 && choices.front().column == column::dissent && choices.front().has;
}

int voters_entry(const ReviewQuery& query) {
  if (is_dissent(query.members))
    return first_dissenter + static_cast<int>(query.members.front().member);
  if (query.words.empty()) return 0;
  const auto agree = std::uint64_t{1} << static_cast<unsigned>(Agreement::agree);
  return query.words.front().words == agree ? agree_entry : disagree_entry;
}

SearchCombo* class_combo(QWidget* parent, const QString& name) {
  auto* combo = new SearchCombo(parent);
  combo->setObjectName(name);
  combo->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  combo->setSizePolicy(whole_text);
  combo->setMaximumWidth(widest_class);
  combo->addItem(QStringLiteral("any"));
  return combo;
}

}  // namespace

FilterBar::FilterBar(QWidget* parent)
    : Bar(parent),
      sort_(new QComboBox(this)),
      direction_(new DirectionButton(this)),
      truth_(class_combo(this, QStringLiteral("true_class"))),
      predicted_(class_combo(this, QStringLiteral("predicted_class"))),
      confidence_(new RangeSlider(this)),
      objects_(new ObjectFilter(this)),
      agreement_(class_combo(this, QStringLiteral("agreement"))),
      tag_(class_combo(this, QStringLiteral("tag_filter"))),
      text_(new QLineEdit(this)),
      clear_(new QToolButton(this)),
      count_(new SecondaryLabel({}, this)) {
  setAccessibleName(tr("Sort and filter"));
  auto* row = new WrapLayout(this, spacing::bar_height, 16, spacing::page_margin);
  sort_->setObjectName(QStringLiteral("sort"));
  sort_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  sort_->setSizePolicy(whole_text);
  sort_keys_.assign(sort_columns.begin(), sort_columns.end());
  name_sorts();
  direction_->setObjectName(QStringLiteral("direction"));
  direction_->setChecked(true);
  auto* order = new QWidget(this);
  auto* order_row = new QHBoxLayout(order);
  order_row->setContentsMargins(0, 0, 0, 0);
  order_row->setSpacing(spacing::together);
  order_row->addWidget(sort_);
  order_row->addWidget(direction_);
  sort_->setAccessibleName(tr("Sort"));
  direction_->setAccessibleName(tr("Highest first"));
  direction_->setToolTip(tr("Highest or lowest first"));
  row->addWidget(labelled(tr("Sort"), order, this));
  truth_group_ = labelled(tr("True"), truth_, this);
  predicted_group_ = labelled(tr("Predicted"), predicted_, this);
  row->addWidget(truth_group_);
  row->addWidget(predicted_group_);
  truth_->setAccessibleName(tr("True class"));
  predicted_->setAccessibleName(tr("Predicted class"));
  confidence_->setObjectName(QStringLiteral("confidence"));
  confidence_group_ = labelled(tr("Confidence"), confidence_, this);
  voters_group_ = labelled(tr("Voters"), agreement_, this);
  row->addWidget(confidence_group_);
  row->addWidget(voters_group_);
  for (QWidget* group : objects_->groups()) row->addWidget(group);
  objects_->set_visible(false);
  row->addWidget(labelled(tr("Tag"), tag_, this));
  set_voters({});
  set_tags({});
  text_->setObjectName(QStringLiteral("text"));
  text_->setPlaceholderText(tr("Text"));
  text_->setAccessibleName(tr("Text in the file name or the note"));
  text_->setToolTip(tr("Part of the file name or of the note"));
  text_->setClearButtonEnabled(false);
  text_->setMinimumWidth(80);
  text_->setMaximumWidth(160);
  row->addWidget(text_);
  clear_->setObjectName(QStringLiteral("clear_filters"));
  clear_->setText(tr("Clear filters"));
  clear_->setAutoRaise(true);
  clear_->setFocusPolicy(Qt::StrongFocus);
  clear_->setToolTip(tr("Show everything that has one of the chosen verdicts"));
  clear_->setEnabled(false);
  row->add_trailing(clear_);
  count_->setObjectName(QStringLiteral("count"));
  explain(count_, "failures.shown");
  row->add_trailing(count_);

  connect(sort_, &QComboBox::activated, this, &FilterBar::query_changed);
  connect(direction_, &QAbstractButton::toggled, this, &FilterBar::query_changed);
  connect(truth_, &QComboBox::activated, this, &FilterBar::query_changed);
  connect(predicted_, &QComboBox::activated, this, &FilterBar::query_changed);
  connect(confidence_, &RangeSlider::range_changed, this, &FilterBar::query_changed);
  connect(agreement_, &QComboBox::activated, this, &FilterBar::query_changed);
  connect(tag_, &QComboBox::activated, this, &FilterBar::query_changed);
  connect(objects_, &ObjectFilter::changed, this, &FilterBar::query_changed);
  connect(clear_, &QToolButton::clicked, this, &FilterBar::clear_wanted);
  connect(text_, &QLineEdit::textChanged, this, &FilterBar::text_changed);
  setEnabled(false);
}

void FilterBar::set_clearable(bool clearable) { clear_->setEnabled(clearable); }

void FilterBar::set_class_counts(SearchCombo::Counts truth, SearchCombo::Counts predicted) {
  truth_->set_counts(std::move(truth));
  predicted_->set_counts(std::move(predicted));
}

void FilterBar::set_classes(const std::vector<std::string>& classes) {
  for (QComboBox* combo : {truth_, predicted_}) {
    const QSignalBlocker blocker(combo);
    combo->clear();
    combo->addItem(tr("any"));
    for (const std::string& name : classes) combo->addItem(text_of(name));
    combo->updateGeometry();
  }
}

void FilterBar::set_columns(const ReviewTable& table) {
  confidence_group_->setVisible(table.number(column::confidence) != nullptr);
  voters_group_->setVisible(table.word(column::agreement) != nullptr &&
                            table.member(column::dissent) != nullptr);
  const bool of_objects = table.word(box_column::finders) != nullptr;
  if (of_objects != is_of_objects()) {
    predicted_group_->setVisible(!of_objects);
    objects_->set_visible(of_objects);
    if (auto* words = truth_group_->findChild<QLabel*>())
      words->setText(of_objects ? tr("Class") : tr("True"));
    updateGeometry();
  }
  std::vector<std::string> keys;
  for (const NumberColumn& number : table.numbers) keys.emplace_back(number.key);
  if (keys == sort_keys_) return;
  sort_keys_ = std::move(keys);
  name_sorts();
}

bool FilterBar::is_of_objects() const { return !objects_->groups().back()->isHidden(); }

FinderCells* FilterBar::finders() const { return objects_->finders(); }

void FilterBar::set_baseline(const QString& model) {
  baseline_ = model;
  name_sorts();
}

/// Made anew: a combo box does not measure a text again that changes.
void FilterBar::name_sorts() {
  const QSignalBlocker blocker(sort_);
  const QVariant chosen = sort_->currentData();
  sort_->clear();
  for (const std::string& key : sort_keys_) {
    QString name = text_of(key), hint;
    if (key == column::confidence) {
      if (!baseline_.isEmpty()) name = tr("%1 confidence").arg(baseline_);
      hint = tr("Of the baseline, the run's first voter");
    } else if (key == column::disagreement) {
      hint = tr("Share of all voters that give a different class");
    } else if (key == column::loss) {
      hint = tr("Mean of −ln p(true class) over the policy's voters, in nats");
    } else if (key == column::score) {
      hint = tr("What the policy ranks by");
    }
    sort_->addItem(name, text_of(key));
    sort_->setItemData(sort_->count() - 1, hint, Qt::ToolTipRole);
  }
  sort_->setCurrentIndex(std::max(0, sort_->findData(chosen)));
}

void FilterBar::set_voters(const QStringList& voters) {
  const QSignalBlocker blocker(agreement_);
  voters_ = voters;
  led_to_.clear();
  agreement_->clear();
  agreement_->addItems({tr("any"), tr("disagree"), tr("all agree")});
  agreement_->setItemData(1, tr("at least two voters of the run give different classes"),
                          Qt::ToolTipRole);
  for (const QString& voter : voters) agreement_->addItem(tr("%1 dissents").arg(voter));
  // Its entries are as long as the voters' names; the bar has room for the first ones.
  agreement_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  agreement_->setMinimumContentsLength(8);
  agreement_->setFixedWidth(116);
}

void FilterBar::set_tags(const QStringList& tags) {
  const QSignalBlocker blocker(tag_);
  using Kind = RemarkFilter::Kind;
  const RemarkFilter before = remark_filter();
  tag_->clear();
  const auto add = [this](const QString& text, Kind kind) {
    tag_->addItem(text, static_cast<int>(kind));
  };
  add(tr("any"), Kind::any);
  add(tr("with a tag"), Kind::tagged);
  add(tr("without a tag"), Kind::untagged);
  add(tr("with a note"), Kind::noted);
  for (const QString& name : tags) add(name, Kind::tag);
  if (before.kind == Kind::tag) {
    const auto place = tags.indexOf(text_of(before.tag));
    tag_->setCurrentIndex(place < 0 ? 0 : static_cast<int>(place) + 4);
  } else {
    tag_->setCurrentIndex(static_cast<int>(before.kind));
  }
  tag_->updateGeometry();
}

RemarkFilter FilterBar::remark_filter() const {
  RemarkFilter filter{static_cast<RemarkFilter::Kind>(tag_->currentData().toInt()), {}};
  if (filter.kind == RemarkFilter::Kind::tag) filter.tag = tag_->currentText().toStdString();
  return filter;
}

void FilterBar::clear_tag() {
  const QSignalBlocker blocker(tag_);
  tag_->setCurrentIndex(0);
}

void FilterBar::set_query(const ReviewQuery& query) {
  const QSignalBlocker quiet_sort(sort_), quiet_direction(direction_), quiet_range(confidence_);
  sort_->setCurrentIndex(std::max(0, sort_->findData(text_of(query.sort))));
  direction_->setChecked(query.descending);
  const auto category = std::ranges::find(query.ranges, box_column::category, &NumberRange::column);
  choose_class(*truth_, category == query.ranges.end()
                            ? query.truth
                            : std::optional(static_cast<ClassIndex>(category->lowest)));
  objects_->set_query(query);
  choose_class(*predicted_, query.label);
  const auto range = std::ranges::find(query.ranges, column::confidence, &NumberRange::column);
  if (range == query.ranges.end())
    confidence_->set_range(0, 1);
  else
    confidence_->set_range(range->lowest, range->highest);
  const QSignalBlocker quiet_agreement(agreement_);
  if (!led_to_.empty()) agreement_->removeItem(agreement_->count() - 1);
  led_to_ = is_dissent(query.members) ? std::vector<MemberChoice>() : query.members;
  if (!led_to_.empty()) {
    agreement_->addItem(voters_words(led_to_));
    agreement_->setItemData(agreement_->count() - 1, agreement_->itemText(agreement_->count() - 1),
                            Qt::ToolTipRole);
  }
  agreement_->setCurrentIndex(led_to_.empty() ? voters_entry(query) : agreement_->count() - 1);
}

/// "a wrong, b right".
QString FilterBar::voters_words(const std::vector<MemberChoice>& choices) const {
  QStringList words;
  for (const MemberChoice& choice : choices) {
    const QString voter = voters_.value(static_cast<qsizetype>(choice.member));
    words << (choice.has ? tr("%1 wrong") : tr("%1 right")).arg(voter);
  }
  return words.join(QStringLiteral(", "));
}

void FilterBar::fill(ReviewQuery& query) const {
  if (sort_->currentIndex() >= 0) query.sort = sort_->currentData().toString().toStdString();
  query.descending = direction_->isChecked();
  query.truth = chosen_class(*truth_);
  query.label = chosen_class(*predicted_);
  query.ranges.clear();
  // A condition on what the items do not have would let nothing through.
  const bool has_confidence = !confidence_group_->isHidden();
  const bool has_votes = !voters_group_->isHidden();
  const auto lowest = static_cast<float>(confidence_->lower());
  const auto highest = static_cast<float>(confidence_->upper());
  // What has no output counts as not confident at all.
  if (has_confidence && (lowest > 0 || highest < 1))
    query.ranges.push_back({std::string(column::confidence), lowest, highest, lowest <= 0});
  query.words.clear();
  query.members.clear();
  if (is_of_objects()) {
    objects_->fill(query);
    // A false detection has no true class; what it was taken for is its class here.
    if (query.truth) {
      const auto place = static_cast<float>(*query.truth);
      query.ranges.push_back({std::string(box_column::category), place, place});
      query.truth.reset();
    }
  }
  const int entry = has_votes ? agreement_->currentIndex() : 0;
  if (entry == disagree_entry || entry == agree_entry) {
    const auto word = entry == agree_entry ? Agreement::agree : Agreement::disagree;
    query.words.push_back(
        {std::string(column::agreement), std::uint64_t{1} << static_cast<unsigned>(word)});
  } else if (!led_to_.empty() && entry == agreement_->count() - 1) {
    query.members = led_to_;
  } else if (entry >= first_dissenter) {
    query.members.push_back(
        {std::string(column::dissent), static_cast<std::size_t>(entry - first_dissenter), true});
  }
}

QString FilterBar::text() const { return text_->text().trimmed(); }

void FilterBar::clear_text() { text_->clear(); }

void FilterBar::show_count(std::int64_t shown, std::int64_t all) {
  count_->setText(tr("%1 of %2").arg(with_thousands(shown), with_thousands(all)));
}

void FilterBar::clear_count() { count_->clear(); }

}  // namespace plumbline
