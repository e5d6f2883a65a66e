#include "widgets/planer/distillation_box.h"

#include <QCoreApplication>

namespace plumbline {

QDoubleSpinBox* distillation_box(const QString& teacher, double weight) {
  const auto tr = [](const char* text) {
    return QCoreApplication::translate("distillation_box", text);
  };
  auto* box = new QDoubleSpinBox;
  box->setObjectName(QStringLiteral("distillation"));
  box->setRange(0, 1);
  box->setSingleStep(0.1);
  box->setDecimals(2);
  box->setSpecialValueText(tr("no, from the text only"));
  box->setValue(weight);
  box->setToolTip(
      tr("this share of the loss is the cross-entropy with the probabilities of %1, the rest that "
         "with the text (knowledge distillation); a step takes at least 1.5 times as long")
          .arg(teacher));
  return box;
}

}  // namespace plumbline
