#pragma once
#include <QDialog>
#include <QStringList>

#include "core/jobs/job_subject.h"
#include "core/study/study.h"

class QCheckBox;
class QComboBox;
class QDialogButtonBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace plumbline {

/// A form that ends in a command of the engine. OK is possible once nothing stands against it.
class ImportDialog : public QDialog {
  Q_OBJECT
 public:
  ImportDialog(const QString& title, QString study, QWidget* parent);
  virtual QStringList command() const = 0;
  virtual JobSubject subject() const = 0;  ///< what the command works on
  virtual QString obstacle() const = 0;    ///< empty: it can be imported
  /// Fills in what an earlier command() said, where the dialog can.
  virtual void take_command(const QStringList&) {}

 protected:
  /// A line with a button that asks for a file or a folder.
  QLineEdit* add_path(const QString& label, bool folder, const QString& filter);
  void refresh();
  /// Names it after what is named, until the user has given it another name.
  void suggest_name(const QString& name);

  QString study_;
  QFormLayout* form_;
  QLineEdit* name_;

 private:
  QLabel* why_not_;
  QDialogButtonBox* buttons_;
  QString suggested_;  ///< as long as the name is this, it follows
};

/// What a dropped or chosen path most likely is: image-folder, idx or cifar10.
QString likely_format(const QString& path);

class ImportDatasetDialog : public ImportDialog {
  Q_OBJECT
 public:
  ImportDatasetDialog(const QString& study, const QString& path, QWidget* parent);
  QStringList command() const override;
  JobSubject subject() const override;
  QString obstacle() const override;
  void take_command(const QStringList& words) override;

 private:
  QComboBox* format_;
  QLineEdit *images_ = nullptr, *labels_ = nullptr;
  QLineEdit *split_, *further_;
  QDoubleSpinBox* share_;
};

/// Shows the model's card, which can be edited; it is checked as it is typed.
class ImportModelDialog : public ImportDialog {
  Q_OBJECT
 public:
  ImportModelDialog(const QString& study, const QString& path, QWidget* parent);
  QStringList command() const override;
  JobSubject subject() const override;
  QString obstacle() const override;
  void take_command(const QStringList& words) override;
  /// Writes an edited card into the study's cache; command() then names it.
  Result<void> keep_card();

 private:
  void read_card();
  QString edited_card_file() const;
  /// Whether the file is native code, which is run only where its user trusts it.
  bool is_package() const;

  QLineEdit* file_ = nullptr;
  QPlainTextEdit* card_;
  QCheckBox* trust_;
  QString read_card_;  ///< as it lies beside the model
};

class ImportPredictionsDialog : public ImportDialog {
  Q_OBJECT
 public:
  ImportPredictionsDialog(const QString& study, const std::vector<DatasetInfo>& datasets,
                          const QString& path, QWidget* parent);
  QStringList command() const override;
  JobSubject subject() const override;
  QString obstacle() const override;
  void take_command(const QStringList& words) override;

 private:
  QLineEdit* file_ = nullptr;
  QComboBox *target_, *kind_;
};

}  // namespace plumbline
