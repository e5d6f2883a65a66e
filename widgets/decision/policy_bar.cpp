#include "widgets/decision/policy_bar.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>

#include <cmath>

#include "widgets/bars/drop_button.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/decision/reason.h"
#include "widgets/decision/voter_matrix.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double fine_steps = 1000;  // a slider's steps per 1 for what is not whole
constexpr int most_ticks = 16;

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

PolicyBar::PolicyBar(QWidget* parent)
    : Bar(parent),
      row_(new WrapLayout(this, spacing::bar_height, spacing::between_controls,
                          spacing::page_margin)),
      kinds_(new QComboBox(this)),
      voters_(new DropButton(this)),
      reset_(new QPushButton(tr("Reset"), this)) {
  setAccessibleName(tr("Policy"));
  kinds_->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
  kinds_->setObjectName(QStringLiteral("policy"));
  voters_->setObjectName(QStringLiteral("voters"));
  reset_->setObjectName(QStringLiteral("reset"));
  reset_->setToolTip(tr("The policy's defaults and the voters of the identity view"));
  row_->addWidget(labelled(tr("Policy"), kinds_, this));
  row_->addWidget(labelled(tr("Voters"), voters_, this));
  row_->add_trailing(reset_);

  connect(kinds_, &QComboBox::activated, this, [this](int index) {
    if (review_) review_->set_policy(kinds_->itemText(index).toStdString());
  });
  connect(voters_, &DropButton::clicked, this, &PolicyBar::open_matrix);
  connect(reset_, &QPushButton::clicked, this, [this] {
    if (review_) review_->reset();
  });
  setEnabled(false);
}

void PolicyBar::set_review(RunReview* review) {
  if (review_) review_->disconnect(this);
  review_ = review;
  shown_kind_ = nullptr;
  setEnabled(review != nullptr);
  if (review == nullptr) return;
  connect(review, &RunReview::policy_changed, this, &PolicyBar::refresh);
  offer_kinds();
  refresh();
}

/// Those that decide on the run's kind of predictions.
void PolicyBar::offer_kinds() {
  kinds_->clear();
  for (const PolicyKind* kind : policy_kinds()) {
    if (kind->traits.predictions != review_->run().kind->name) continue;
    kinds_->addItem(text_of(kind->name));
    kinds_->setItemData(kinds_->count() - 1, text_of(kind->summary), Qt::ToolTipRole);
  }
  kinds_->updateGeometry();
}

void PolicyBar::refresh() {
  const Policy& policy = review_->policy();
  kinds_->setCurrentText(text_of(policy.kind().name));
  const QString count =
      tr("%1 of %2").arg(review_->policy_voters().size()).arg(review_->run().info.voters.size());
  if (voters_->text() != count) {
    voters_->setText(count);
    voters_->updateGeometry();
  }
  if (shown_kind_ != &policy.kind() || shown_voters_ != policy.voters()) rebuild_parameters();
  for (qsizetype i = 0; i < parameters_.size(); ++i) {
    const auto place = static_cast<std::size_t>(i);
    if (parameters_[i].text != nullptr) {
      parameters_[i].text->setText(text_of(argument_text(policy, place)));
      continue;
    }
    const double value = policy.number(place);
    const bool integer = policy.kind().parameters[place].type == ParameterType::integer;
    const QSignalBlocker quiet_slider(parameters_[i].slider), quiet_number(parameters_[i].number);
    // While it is held, the slider itself says where it is.
    if (!parameters_[i].slider->held())
      parameters_[i].slider->setValue(
          static_cast<int>(std::lround(integer ? value : value * fine_steps)));
    parameters_[i].number->setValue(value);
  }
}

QList<QWidget*> PolicyBar::ParameterControls::in_order() const {
  return text != nullptr ? QList<QWidget*>{text} : QList<QWidget*>{slider, number};
}

void PolicyBar::rebuild_parameters() {
  for (const ParameterControls& controls : std::as_const(parameters_)) {
    row_->removeWidget(controls.group);
    controls.group->hide();
    controls.group->deleteLater();
  }
  parameters_.clear();
  row_->removeWidget(reset_);
  shown_kind_ = &review_->policy().kind();
  shown_voters_ = review_->policy().voters();
  QWidget* before = voters_;
  for (std::size_t i = 0; i < shown_kind_->parameters.size(); ++i) {
    parameters_.append(make_controls(i));
    row_->addWidget(parameters_.last().group);
    parameters_.last().group->show();
    for (QWidget* control : parameters_.last().in_order()) {
      setTabOrder(before, control);
      before = control;
    }
  }
  setTabOrder(before, reset_);
  row_->add_trailing(reset_);
  row_->invalidate();
  updateGeometry();
}

PolicyBar::ParameterControls PolicyBar::make_controls(std::size_t index) {
  const PolicyParameter& parameter = shown_kind_->parameters[index];
  const bool integer = parameter.type == ParameterType::integer;
  if (!integer && parameter.type != ParameterType::number) return make_text_field(index);
  const double minimum = parameter.minimum, maximum = parameter.maximum(shown_voters_);
  const QString name = text_of(parameter.name);
  ParameterControls made;
  auto* controls = new QWidget(this);
  auto* row = new QHBoxLayout(controls);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(spacing::label_to_control);

  made.slider = new ParameterSlider(Qt::Horizontal, controls);
  made.number = new ParameterSpinBox(integer, controls);
  const double steps = integer ? 1 : fine_steps;
  made.slider->setRange(static_cast<int>(std::lround(minimum * steps)),
                        static_cast<int>(std::lround(maximum * steps)));
  made.slider->setSingleStep(integer ? 1 : 10);
  made.slider->setPageStep(integer ? 1 : 50);
  if (integer && maximum - minimum <= most_ticks) {
    made.slider->setTickPosition(QSlider::TicksBelow);
    made.slider->setTickInterval(1);
  }
  made.slider->setFixedHeight(spacing::control_height);
  made.slider->setMinimumWidth(integer ? 56 : 72);
  made.number->setRange(minimum, maximum);
  made.slider->setObjectName(name + QStringLiteral("_slider"));
  made.number->setObjectName(name);
  for (QWidget* control :
       {static_cast<QWidget*>(made.slider), static_cast<QWidget*>(made.number)}) {
    control->setAccessibleName(name);
    control->setToolTip(text_of(parameter.meaning));
  }
  row->addWidget(made.slider, 1);
  row->addWidget(made.number);
  made.group = labelled(name, controls, this);
  made.group->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  made.group->setMaximumWidth(integer ? 240 : 320);

  connect_number(made, index, steps);
  return made;
}

PolicyBar::ParameterControls PolicyBar::make_text_field(std::size_t index) {
  const PolicyParameter& parameter = shown_kind_->parameters[index];
  ParameterControls made;
  made.text = new QLineEdit(this);
  made.text->setObjectName(text_of(parameter.name));
  made.text->setAccessibleName(text_of(parameter.name));
  made.text->setToolTip(text_of(parameter.meaning));
  made.group = labelled(text_of(parameter.name), made.text, this);
  made.group->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  made.group->setMaximumWidth(320);
  connect(made.text, &QLineEdit::editingFinished, this, [this, index, field = made.text] {
    if (review_) review_->set_argument(index, field->text().toStdString());
  });
  return made;
}

void PolicyBar::connect_number(const ParameterControls& made, std::size_t index, double steps) {
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

void PolicyBar::open_matrix() {
  if (!review_) return;
  matrix_ = new VoterMatrix(review_->run().info.voters, review_->policy_voters(), this);
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
