#include "widgets/decision/policy_controls.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>

#include <cmath>
#include <utility>

#include "core/review/fit_decision.h"
#include "widgets/bars/drop_button.h"
#include "widgets/decision/reason.h"
#include "widgets/decision/voter_matrix.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double fine_steps = 1000;  // a slider's steps per 1 for what is not whole
constexpr int most_ticks = 16;
constexpr int widest_name = 240;
constexpr int decision_role = Qt::UserRole + 1;  // the place of a saved decision

/// Two digits, more where they were typed.
class ParameterSpinBox : public QDoubleSpinBox {
 public:
  ParameterSpinBox(bool integer, QWidget* parent) : QDoubleSpinBox(parent), integer_(integer) {
    setDecimals(integer ? 0 : 4);
    setSingleStep(integer ? 1 : 0.01);
    setAlignment(Qt::AlignRight);
    setKeyboardTracking(false);
    setFixedSize(integer ? 48 : 64, spacing::control_height);
    setLocale(QLocale::c());
  }
  QString textFromValue(double value) const override { return parameter_text(value, integer_); }

 private:
  bool integer_;
};

}  // namespace

/// Knows that it is held from the very press on, which moves it to the pointer.
class ParameterSlider : public QSlider {
 public:
  using QSlider::QSlider;
  bool held() const { return pressed_ || isSliderDown(); }

 protected:
  void mousePressEvent(QMouseEvent* event) override {
    pressed_ = true;
    QSlider::mousePressEvent(event);
    pressed_ = false;
  }

 private:
  bool pressed_ = false;
};

QList<QWidget*> PolicyControls::Parameter::in_order() const {
  if (word != nullptr) return {word};
  return text != nullptr ? QList<QWidget*>{text} : QList<QWidget*>{slider, number};
}

PolicyControls::PolicyControls(QWidget* host, QString prefix)
    : QObject(host),
      host_(host),
      prefix_(std::move(prefix)),
      kinds_(new QComboBox(host)),
      voters_(new DropButton(host)),
      reset_(new QPushButton(tr("Reset"), host)) {
  kinds_->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
  kinds_->setObjectName(prefix_ + QStringLiteral("policy"));
  voters_->setObjectName(prefix_ + QStringLiteral("voters"));
  reset_->setObjectName(prefix_ + QStringLiteral("reset"));
  explain(voters_, "decision.voters");
  reset_->setToolTip(tr("The policy's defaults and the voters of the identity view"));
  // Its entries change with the run and the study.
  kinds_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  kinds_->setMaximumWidth(widest_name);
  connect(kinds_, &QComboBox::activated, this, &PolicyControls::choose_kind);
  connect(voters_, &DropButton::clicked, this, &PolicyControls::open_matrix);
  connect(reset_, &QPushButton::clicked, this, [this] {
    if (review_) review_->reset();
  });
}

void PolicyControls::set_review(RunReview* review) {
  if (review_) review_->disconnect(this);
  review_ = review;
  shown_kind_ = nullptr;
  if (review == nullptr) return;
  connect(review, &RunReview::policy_changed, this, &PolicyControls::refresh);
  offer_kinds();
  refresh();
}

void PolicyControls::offer_kinds() {
  kinds_->clear();
  for (const PolicyKind* kind : policy_kinds()) {
    if (kind->traits.predictions != review_->run().kind->name) continue;
    // Stages are a choice beside the policy.
    if (kind->asked_on != nullptr && kind->traits_of != nullptr) continue;
    kinds_->addItem(text_of(kind->name));
    kinds_->setItemData(kinds_->count() - 1, text_of(kind->summary), Qt::ToolTipRole);
  }
  bool any = false;
  for (std::size_t i = 0; i < decisions_.size(); ++i) {
    const StoredDecision& decision = decisions_[i];
    if (decision.run != review_->run().info.name) continue;
    if (!std::exchange(any, true)) kinds_->insertSeparator(kinds_->count());
    kinds_->addItem(text_of(decision.name));
    const int entry = kinds_->count() - 1;
    kinds_->setItemData(entry, static_cast<int>(i), decision_role);
    kinds_->setItemData(entry,
                        tr("saved decision: %1").arg(text_of(to_string(decision.policy.policy))),
                        Qt::ToolTipRole);
  }
  kinds_->updateGeometry();
}

void PolicyControls::offer_decisions(const Study* study) {
  decisions_ = study == nullptr ? std::vector<StoredDecision>()
                                : study->decisions().value_or(std::vector<StoredDecision>());
  if (!review_) return;
  offer_kinds();
  kinds_->setCurrentIndex(entry_of_review());
}

void PolicyControls::choose_kind(int index) {
  if (!review_) return;
  const QVariant place = kinds_->itemData(index, decision_role);
  if (place.isValid()) {
    const StoredDecision& decision = decisions_[static_cast<std::size_t>(place.toInt())];
    const auto voters = voters_of(decision, review_->run().info);
    if (voters)
      review_->set_decision(decision.policy, *voters);
    else
      Q_EMIT review_->failed(voters.error());
  } else {
    review_->set_policy(kinds_->itemText(index).toStdString());
  }
  // One that cannot be had, or is still being fitted, is not what holds.
  kinds_->setCurrentIndex(entry_of_review());
}

int PolicyControls::entry_of_review() const {
  for (int entry = 0; entry < kinds_->count(); ++entry) {
    const QVariant place = kinds_->itemData(entry, decision_role);
    if (!place.isValid()) continue;
    const StoredDecision& decision = decisions_[static_cast<std::size_t>(place.toInt())];
    const auto voters = voters_of(decision, review_->run().info);
    if (decision.policy == review_->bound_policy() && voters && *voters == review_->policy_voters())
      return entry;
  }
  return kinds_->findText(text_of(review_->rules().kind().name));
}

void PolicyControls::refresh() {
  const Policy& policy = review_->rules();
  kinds_->setCurrentIndex(entry_of_review());
  const QString count =
      tr("%1 of %2").arg(review_->policy_voters().size()).arg(review_->run().info.voters.size());
  if (voters_->text() != count) {
    voters_->setText(count);
    voters_->updateGeometry();
  }
  if (shown_kind_ != &policy.kind() || shown_voters_ != policy.voters()) rebuild_parameters();
  for (qsizetype i = 0; i < parameters_.size(); ++i) {
    const auto place = static_cast<std::size_t>(i);
    if (parameters_[i].word != nullptr) {
      parameters_[i].word->setCurrentText(text_of(policy.text(place)));
      continue;
    }
    if (parameters_[i].text != nullptr) {
      parameters_[i].text->setText(text_of(argument_text(policy, place)));
      continue;
    }
    const double value = policy.number(place);
    const bool integer = parameters_[i].integer;
    const QSignalBlocker quiet_slider(parameters_[i].slider), quiet_number(parameters_[i].number);
    // While it is held, the slider itself says where it is.
    if (!parameters_[i].slider->held())
      parameters_[i].slider->setValue(
          static_cast<int>(std::lround(integer ? value : value * fine_steps)));
    parameters_[i].number->setValue(value);
  }
}

void PolicyControls::rebuild_parameters() {
  Q_EMIT parameters_leaving();
  for (const Parameter& controls : std::as_const(parameters_)) {
    controls.body->hide();
    controls.body->deleteLater();
  }
  parameters_.clear();
  shown_kind_ = &review_->rules().kind();
  shown_voters_ = review_->rules().voters();
  for (std::size_t i = 0; i < shown_kind_->parameters.size(); ++i) {
    const ParameterType type = shown_kind_->parameters[i].type;
    parameters_.append(type == ParameterType::integer || type == ParameterType::number
                           ? make_number(i)
                           : make_text_field(i));
  }
  Q_EMIT parameters_made();
  QWidget* before = voters_;
  for (const Parameter& parameter : std::as_const(parameters_))
    for (QWidget* control : parameter.in_order()) {
      QWidget::setTabOrder(before, control);
      before = control;
    }
  QWidget::setTabOrder(before, reset_);
}

PolicyControls::Parameter PolicyControls::make_number(std::size_t index) {
  const PolicyParameter& parameter = shown_kind_->parameters[index];
  Parameter made;
  made.integer = parameter.type == ParameterType::integer;
  made.name = text_of(parameter.name);
  const double minimum = parameter.minimum, maximum = parameter.maximum(shown_voters_);
  made.body = new QWidget(host_);
  auto* row = new QHBoxLayout(made.body);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(spacing::label_to_control);

  made.slider = new ParameterSlider(Qt::Horizontal, made.body);
  made.number = new ParameterSpinBox(made.integer, made.body);
  const double steps = made.integer ? 1 : fine_steps;
  made.slider->setRange(static_cast<int>(std::lround(minimum * steps)),
                        static_cast<int>(std::lround(maximum * steps)));
  made.slider->setSingleStep(made.integer ? 1 : 10);
  made.slider->setPageStep(made.integer ? 1 : 50);
  if (made.integer && maximum - minimum <= most_ticks) {
    made.slider->setTickPosition(QSlider::TicksBelow);
    made.slider->setTickInterval(1);
  }
  made.slider->setFixedHeight(spacing::control_height);
  made.slider->setMinimumWidth(made.integer ? 56 : 72);
  made.number->setRange(minimum, maximum);
  made.slider->setObjectName(prefix_ + made.name + QStringLiteral("_slider"));
  made.number->setObjectName(prefix_ + made.name);
  for (QWidget* control :
       {static_cast<QWidget*>(made.slider), static_cast<QWidget*>(made.number)}) {
    control->setAccessibleName(made.name);
    control->setToolTip(text_of(parameter.meaning));
  }
  row->addWidget(made.slider, 1);
  row->addWidget(made.number);
  connect_number(made, index, steps);
  return made;
}

PolicyControls::Parameter PolicyControls::make_word_field(std::size_t index) {
  const PolicyParameter& parameter = shown_kind_->parameters[index];
  Parameter made;
  made.name = text_of(parameter.name);
  made.word = new QComboBox(host_);
  made.body = made.word;
  made.word->setObjectName(prefix_ + made.name);
  made.word->setAccessibleName(made.name);
  made.word->setToolTip(text_of(parameter.meaning));
  made.word->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
  for (const std::string_view word : parameter.words) made.word->addItem(text_of(word));
  connect(made.word, &QComboBox::textActivated, this, [this, index](const QString& word) {
    if (review_) review_->set_argument(index, word.toStdString());
  });
  return made;
}

PolicyControls::Parameter PolicyControls::make_text_field(std::size_t index) {
  const PolicyParameter& parameter = shown_kind_->parameters[index];
  if (parameter.type == ParameterType::word) return make_word_field(index);
  Parameter made;
  made.name = text_of(parameter.name);
  made.text = new QLineEdit(host_);
  made.body = made.text;
  made.text->setObjectName(prefix_ + made.name);
  made.text->setAccessibleName(made.name);
  made.text->setToolTip(text_of(parameter.meaning));
  connect(made.text, &QLineEdit::editingFinished, this, [this, index, field = made.text] {
    if (review_) review_->set_argument(index, field->text().toStdString());
  });
  return made;
}

void PolicyControls::connect_number(const Parameter& made, std::size_t index, double steps) {
  connect(made.slider, &QSlider::valueChanged, this,
          [this, index, steps, slider = made.slider](int value) {
            if (review_) review_->set_value(index, value / steps, !slider->held());
          });
  connect(made.slider, &QSlider::sliderReleased, this, [this] {
    if (review_) review_->settle();
  });
  connect(made.number, &QDoubleSpinBox::valueChanged, this, [this, index](double value) {
    if (review_) review_->set_value(index, value, true);
  });
}

void PolicyControls::open_matrix() {
  if (!review_) return;
  matrix_ = new VoterMatrix(review_->run().info.voters, review_->policy_voters(), host_);
  matrix_->setAttribute(Qt::WA_DeleteOnClose);
  matrix_->setObjectName(QStringLiteral("voter_matrix"));
  connect(matrix_, &VoterMatrix::chosen_changed, this,
          [this](const std::vector<std::size_t>& voters) {
            if (review_) review_->set_voters(voters);
          });
  matrix_->adjustSize();
  matrix_->move(voters_->mapToGlobal(QPoint(0, voters_->height() + 2)));
  matrix_->show();
  matrix_->setFocus();
}

}  // namespace plumbline
