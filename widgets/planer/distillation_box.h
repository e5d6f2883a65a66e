#pragma once
#include <QDoubleSpinBox>

namespace plumbline {

/// The weight of what a network expects in the loss of one that learns from it; 0: of the text
/// alone.
QDoubleSpinBox* distillation_box(const QString& teacher, double weight);

}  // namespace plumbline
