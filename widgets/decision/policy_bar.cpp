#include "widgets/decision/policy_bar.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>

#include "core/review/box_review.h"
#include "widgets/bars/drop_button.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/decision/policy_controls.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

constexpr int widest_parameter = 320, widest_count = 240, widest_text = 140;

}  // namespace

PolicyBar::PolicyBar(QWidget* parent, QWidget* leading, const QString& prefix)
    : Bar(parent),
      row_(new WrapLayout(this, spacing::bar_height, spacing::between_controls,
                          spacing::page_margin)),
      controls_(new PolicyControls(this, prefix)),
      has_leading_(leading != nullptr) {
  setAccessibleName(tr("Policy"));
  if (leading != nullptr) row_->addWidget(leading);
  row_->addWidget(labelled(tr("Policy"), controls_->kinds(), this));
  row_->addWidget(labelled(tr("Voters"), controls_->voters(), this));
  row_->add_trailing(controls_->reset());
  connect(controls_, &PolicyControls::parameters_leaving, this, &PolicyBar::drop_parameters);
  connect(controls_, &PolicyControls::parameters_made, this, &PolicyBar::take_parameters);
  if (!has_leading_) setEnabled(false);
}

void PolicyBar::set_review(RunReview* review) {
  // What leads stays usable where there is no policy yet.
  if (has_leading_)
    for (QWidget* control :
         {static_cast<QWidget*>(controls_->kinds()), static_cast<QWidget*>(controls_->voters()),
          static_cast<QWidget*>(controls_->reset())})
      control->setEnabled(review != nullptr);
  else
    setEnabled(review != nullptr);
  for (QWidget* group : std::as_const(groups_)) group->setVisible(review != nullptr);
  // Of boxes a policy is a way to fuse them.
  const bool fuses = review != nullptr && review->run().kind == &box_review();
  if (auto* words = controls_->kinds()->parentWidget()->findChild<QLabel*>())
    words->setText(fuses ? tr("Fusion") : tr("Policy"));
  controls_->set_review(review);
}

void PolicyBar::drop_parameters() {
  for (QWidget* group : std::as_const(groups_)) {
    row_->removeWidget(group);
    group->hide();
    group->deleteLater();
  }
  groups_.clear();
  row_->removeWidget(controls_->reset());
}

void PolicyBar::take_parameters() {
  for (const PolicyControls::Parameter& parameter : controls_->parameters()) {
    QWidget* group = labelled(parameter.name, parameter.body, this);
    group->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    group->setMaximumWidth(parameter.integer ? widest_count : widest_parameter);
    // What is no number needs no room to be dragged in.
    if (parameter.text != nullptr) group->setMaximumWidth(widest_text);
    if (parameter.word != nullptr) group->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    groups_.append(group);
    row_->addWidget(group);
    group->show();
  }
  row_->add_trailing(controls_->reset());
  row_->invalidate();
  updateGeometry();
}

}  // namespace plumbline
