#pragma once
#include "widgets/study/import_dialogs.h"

class QSpinBox;

namespace plumbline {

/// `planer import`: a published network's weights become one of the study.
class ImportNetworkDialog : public ImportDialog {
  Q_OBJECT
 public:
  ImportNetworkDialog(const QString& study, std::vector<std::string> taken, QWidget* parent);
  QStringList command() const override;
  JobSubject subject() const override;
  QString obstacle() const override;

 private:
  bool is_of_words() const;

  std::vector<std::string> taken_;
  QLineEdit *file_ = nullptr, *text_ = nullptr, *words_ = nullptr;
  QComboBox *config_, *map_, *tokens_;
};

/// `planer train`: a network of a built-in configuration, from the beginning.
class TrainNetworkDialog : public ImportDialog {
  Q_OBJECT
 public:
  TrainNetworkDialog(const QString& study, std::vector<std::string> taken, QWidget* parent);
  QStringList command() const override;
  JobSubject subject() const override;
  QString obstacle() const override;

 private:
  std::vector<std::string> taken_;
  QLineEdit* text_ = nullptr;
  QComboBox *config_, *tokens_, *precision_;
  QSpinBox *steps_, *batch_, *seed_;
};

}  // namespace plumbline
