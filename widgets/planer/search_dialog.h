#pragma once
#include <QDialog>

#include "widgets/planer/planer_commands.h"

class QComboBox;
class QDialogButtonBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace plumbline {

/// How the searches that are launched from now on go about it.
class SearchDialog : public QDialog {
  Q_OBJECT
 public:
  /// `taken`: names of other searches.
  SearchDialog(SearchSettings settings, std::vector<std::string> taken, QWidget* parent);
  SearchSettings settings() const;
  QString obstacle() const;

 private:
  void refresh();

  SearchSettings before_;
  std::vector<std::string> taken_;
  QLineEdit *name_, *text_;
  QComboBox *tokens_, *precision_;
  QSpinBox *steps_, *warm_up_, *search_, *batch_, *seed_, *random_;
  QDoubleSpinBox* distill_;
  QLabel* why_not_;
  QDialogButtonBox* buttons_;
};

}  // namespace plumbline
