#pragma once
#include <QPointer>
#include <QWidget>

#include <optional>

#include "core/review/select_parameters.h"
#include "core/selection/operating_points.h"
#include "widgets/decision_page/decision_analysis.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;

namespace plumbline {

class Remarks;

/// The goal as a sentence, by which parameters are chosen on another split than the one that is
/// shown; and what was found, kept with the study under a name.
class SelectPanel : public QWidget {
  Q_OBJECT
 public:
  /// `remarks`: knows whether the study can be written to; null: it can.
  explicit SelectPanel(DecisionAnalysis* analysis, const Remarks* remarks = nullptr,
                       QWidget* parent = nullptr);

  /// As many kept as the baseline, where the goal is about harm.
  SelectionRule rule() const;
  /// Nothing where the goal is not about harm.
  std::optional<HarmRule> harm_rule() const;
  void select();
  /// Under a name; one that is taken is replaced only where `replace` says so.
  Result<void> save(const QString& name, bool replace = false) const;
  QString outcome() const;
  bool settled() const { return !selecting_; }

 Q_SIGNALS:
  void said(const QString& message);
  void failed(const QString& message);
  void saved();

 private:
  void show_facts();
  void offer_harm();
  void show_bound();
  void take(const Result<std::optional<SelectedParameters>>& selected, const std::string& split,
            const std::string& rule);
  void ask_for_name();

  DecisionAnalysis* analysis_;
  const Remarks* remarks_;
  QLabel *title_, *outcome_;
  QComboBox* goal_;
  QDoubleSpinBox* bound_;
  QPushButton *select_, *save_;
  /// What chose the policy that stands now; nothing: somebody's hand.
  struct Chosen {
    std::string policy, split, rule;
    std::vector<std::size_t> voters;
    std::optional<HarmCosts> costs;  ///< of a goal in harm
  };
  std::optional<Chosen> chosen_;
  bool selecting_ = false;
};

}  // namespace plumbline
