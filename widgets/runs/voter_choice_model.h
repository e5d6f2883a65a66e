#pragma once
#include <QAbstractTableModel>

#include <set>
#include <utility>
#include <vector>

#include "core/review/run_estimate.h"

namespace plumbline {

/// Voters as one word of a command line, none as no word.
QStringList voter_words(const std::vector<Voter>& voters);

/// The voters of a run that is being planned, models × views: column 0 names the model, 1 its time
/// per image, then one column a view, then the row's time; the last row sums the columns. Cells of
/// voters are checkable, as are a model's name (its whole row) and a view's cell of the last row
/// (its whole column).
class VoterChoiceModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Role { there_role = Qt::UserRole, disabled_reason_role };
  static constexpr int model_column = 0, time_column = 1, first_view_column = 2;

  explicit VoterChoiceModel(QObject* parent = nullptr);

  /// Keeps ticks of models that are still there.
  void set_catalogue(RunCatalogue catalogue);
  const RunCatalogue& catalogue() const { return catalogue_; }
  void set_target(const RunTarget& target);
  const RunTarget& target() const { return target_; }
  void add_view(const View& view);
  const std::vector<View>& views() const { return views_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  /// Ticked voters: models outer, views inner.
  std::vector<Voter> chosen() const;
  void choose(const std::vector<Voter>& voters);
  bool is_view_column(int column) const;
  Qt::CheckState column_state(int column) const;
  void toggle_column(int column);
  void toggle_row(int row);
  /// Gives the cells between two the state of the first.
  void fill(const QModelIndex& from, const QModelIndex& to);
  /// Why a voter cannot run; empty: it can.
  QString obstacle(int row, int column) const;

  /// What the ticked voters cost, the first of `voters` as the baseline; of chosen() by default.
  RunEstimate cost(const std::vector<Voter>& voters) const;
  RunEstimate cost() const { return cost(chosen()); }

 Q_SIGNALS:
  void choice_changed();

 private:
  using Cell = std::pair<std::string, std::string>;  ///< model, view
  Cell cell(int row, int column) const;
  bool is_total_row(int row) const { return row == static_cast<int>(catalogue_.models.size()); }
  void set_ticks(const std::vector<std::pair<int, int>>& cells, bool on);
  void changed();
  std::vector<std::pair<int, int>> cells_of(const QModelIndex& index) const;
  /// The ticked ones of these cells.
  std::vector<Voter> voters_of(const std::vector<std::pair<int, int>>& cells) const;
  QString total_text(const std::vector<std::pair<int, int>>& cells) const;

  RunCatalogue catalogue_;
  RunTarget target_;
  std::vector<View> views_;
  std::set<Cell> ticked_;
};

}  // namespace plumbline
