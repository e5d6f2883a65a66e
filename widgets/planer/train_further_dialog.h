#pragma once
#include "widgets/planer/planer_commands.h"
#include "widgets/study/import_dialogs.h"

class QDoubleSpinBox;
class QSpinBox;

namespace plumbline {

/// `planer train --from`: what a search found is trained further, so that it comes to the loss of
/// the network that it replaces; it may learn from that one too.
class TrainFurtherDialog : public ImportDialog {
  Q_OBJECT
 public:
  /// `entry`: the network. `taken`: names of others. `device`: auto, cpu or cuda:N.
  TrainFurtherDialog(const QString& study, PlanerSubject subject, const PlanerEntry& entry,
                     SearchSettings settings, QString device, std::vector<std::string> taken,
                     QWidget* parent);
  QStringList command() const override;
  JobSubject subject() const override;
  QString obstacle() const override;

 private:
  PlanerSubject subject_;
  std::string network_;
  SearchSettings settings_;
  QString device_;
  std::vector<std::string> taken_;
  QSpinBox *steps_, *batch_, *seed_;
  QDoubleSpinBox* distill_;
};

}  // namespace plumbline
