#pragma once
#include <QDialog>
#include <QStringList>

#include "core/jobs/job_subject.h"
#include "core/study/study.h"

class QComboBox;
class QDialogButtonBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace plumbline {

/// Trains members: one network for each view that is named (PolygraphMR's construction), as one job
/// each.
class TrainDialog : public QDialog {
  Q_OBJECT
 public:
  /// `models`: names that are taken.
  TrainDialog(QString study, std::vector<DatasetInfo> datasets, std::vector<std::string> models,
              QWidget* parent);

  /// One network's training: the engine's command and what it works on.
  struct Training {
    QStringList command;
    TrainWork work;
  };
  /// A job each; empty with the reason in `obstacle()`.
  std::vector<Training> trainings() const;
  QString obstacle() const;

 private:
  void take_dataset();
  void refresh();
  std::vector<std::pair<QString, View>> members() const;  ///< name and view

  QString study_;
  std::vector<DatasetInfo> datasets_;
  std::vector<std::string> models_;
  QComboBox *architecture_, *dataset_, *split_, *validation_, *augment_, *precision_, *device_;
  QLineEdit *views_, *name_;
  QSpinBox *epochs_, *batch_, *seed_;
  QLabel *members_, *why_not_;
  QDialogButtonBox* buttons_;
  bool name_edited_ = false;
};

}  // namespace plumbline
