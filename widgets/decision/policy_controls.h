#pragma once
#include <QList>
#include <QObject>
#include <QPointer>

#include <vector>

#include "core/study/study_decisions.h"
#include "widgets/decision/run_review.h"

class QComboBox;
class QDoubleSpinBox;
class QLineEdit;
class QPushButton;
class QWidget;

namespace plumbline {

class DropButton;
class ParameterSlider;
class Study;
class VoterMatrix;

/// What a policy, its voters and its parameters are changed with, whatever policy_kinds() has: a
/// slider with its number for each parameter that is a number, a field with its text for any other.
/// Where they stand is the owner's affair: in a bar, in a column.
class PolicyControls : public QObject {
  Q_OBJECT
 public:
  /// One parameter's controls, side by side in `body`.
  struct Parameter {
    QString name;
    bool integer = false;
    QWidget* body = nullptr;
    ParameterSlider* slider = nullptr;
    QDoubleSpinBox* number = nullptr;
    QLineEdit* text = nullptr;  ///< instead of the two
    QComboBox* word = nullptr;  ///< likewise, of one that is a word
    QList<QWidget*> in_order() const;
  };

  /// All controls are children of `host`; their object names begin with `prefix`.
  explicit PolicyControls(QWidget* host, QString prefix = {});

  /// Not owned; null clears the controls.
  void set_review(RunReview* review);
  /// Offers what was saved of the run under review behind the policies. Null: nothing.
  void offer_decisions(const Study* study);

  QComboBox* kinds() const { return kinds_; }
  DropButton* voters() const { return voters_; }
  QPushButton* reset() const { return reset_; }
  const QList<Parameter>& parameters() const { return parameters_; }

 Q_SIGNALS:
  /// The parameters are going to be others: they are to be taken out of layouts now.
  void parameters_leaving();
  void parameters_made();

 private:
  /// Those that decide on the run's kind of predictions.
  void offer_kinds();
  void choose_kind(int index);
  /// The entry of what is under review: a saved decision's where it is one, else its policy's.
  int entry_of_review() const;
  void refresh();
  void rebuild_parameters();
  Parameter make_number(std::size_t parameter);
  Parameter make_text_field(std::size_t parameter);
  Parameter make_word_field(std::size_t parameter);
  void connect_number(const Parameter& controls, std::size_t parameter, double steps);
  void open_matrix();

  QWidget* host_;
  QString prefix_;
  QPointer<RunReview> review_;
  QComboBox* kinds_;
  DropButton* voters_;
  QPushButton* reset_;
  QPointer<VoterMatrix> matrix_;
  QList<Parameter> parameters_;
  std::vector<StoredDecision> decisions_;  ///< of the study
  const PolicyKind* shown_kind_ = nullptr;
  std::size_t shown_voters_ = 0;
};

}  // namespace plumbline
