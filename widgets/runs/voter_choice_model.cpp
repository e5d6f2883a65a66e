#include "widgets/runs/voter_choice_model.h"

#include <algorithm>
#include <span>

#include "widgets/figures/figure_tips.h"
#include "widgets/jobs/job_words.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double soon = 0.05;  // seconds that are not worth a figure

}  // namespace

QStringList voter_words(const std::vector<Voter>& voters) {
  QStringList names;
  for (const Voter& voter : voters) names << text_of(to_string(voter));
  return names.isEmpty() ? QStringList() : QStringList{names.join(u',')};
}

VoterChoiceModel::VoterChoiceModel(QObject* parent) : QAbstractTableModel(parent) {
  for (const char* view : {"identity", "flip_x", "gamma"})
    if (auto parsed = parse_view(view)) views_.push_back(*parsed);
}

void VoterChoiceModel::set_catalogue(RunCatalogue catalogue) {
  beginResetModel();
  catalogue_ = std::move(catalogue);
  // Views that were run before are offered again.
  for (const PredictionSet& set : catalogue_.sets)
    if (std::ranges::find(views_, set.key.view) == views_.end()) views_.push_back(set.key.view);
  std::erase_if(ticked_, [this](const Cell& cell) {
    return std::ranges::find(catalogue_.models, cell.first, &ModelInfo::name) ==
           catalogue_.models.end();
  });
  endResetModel();
  Q_EMIT choice_changed();
}

void VoterChoiceModel::set_target(const RunTarget& target) {
  target_ = target;
  changed();
}

void VoterChoiceModel::add_view(const View& view) {
  if (std::ranges::find(views_, view) != views_.end()) return;
  const int place = first_view_column + static_cast<int>(views_.size());
  beginInsertColumns({}, place, place);
  views_.push_back(view);
  endInsertColumns();
}

void VoterChoiceModel::changed() {
  if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
  Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
  Q_EMIT choice_changed();
}

bool VoterChoiceModel::is_view_column(int column) const {
  return column >= first_view_column &&
         column < first_view_column + static_cast<int>(views_.size());
}

int VoterChoiceModel::rowCount(const QModelIndex& parent) const {
  if (parent.isValid() || catalogue_.models.empty()) return 0;
  return static_cast<int>(catalogue_.models.size()) + 1;
}

int VoterChoiceModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : first_view_column + static_cast<int>(views_.size()) + 1;
}

VoterChoiceModel::Cell VoterChoiceModel::cell(int row, int column) const {
  return {catalogue_.models[static_cast<std::size_t>(row)].name,
          to_string(views_[static_cast<std::size_t>(column - first_view_column)])};
}

QString VoterChoiceModel::obstacle(int row, int column) const {
  const ModelInfo& model = catalogue_.models[static_cast<std::size_t>(row)];
  const View& view = views_[static_cast<std::size_t>(column - first_view_column)];
  if (!is_imported(model)) return {};
  if (view != View())
    return tr("the outputs of %1 were imported: only identity can be chosen")
        .arg(text_of(model.name));
  if (samples_there(catalogue_, target_, model.name, view) < target_.samples)
    return tr("%1 has no outputs for this split").arg(text_of(model.name));
  return {};
}

/// The voters that a sum, or a cell, is of.
std::vector<std::pair<int, int>> VoterChoiceModel::cells_of(const QModelIndex& index) const {
  std::vector<std::pair<int, int>> cells;
  const int row = index.row(), column = index.column();
  const int models = static_cast<int>(catalogue_.models.size());
  const bool all_rows = is_total_row(row);
  for (int r = all_rows ? 0 : row; r < (all_rows ? models : row + 1); ++r)
    for (int c = first_view_column; c < first_view_column + static_cast<int>(views_.size()); ++c)
      if (!is_view_column(column) || c == column) cells.emplace_back(r, c);
  return cells;
}

std::vector<Voter> VoterChoiceModel::voters_of(
    const std::vector<std::pair<int, int>>& cells) const {
  std::vector<Voter> voters;
  for (const auto& [row, column] : cells)
    if (ticked_.contains(cell(row, column)))
      voters.push_back({catalogue_.models[static_cast<std::size_t>(row)].name,
                        views_[static_cast<std::size_t>(column - first_view_column)]});
  return voters;
}

QString VoterChoiceModel::total_text(const std::vector<std::pair<int, int>>& cells) const {
  const RunEstimate sum = cost(voters_of(cells));
  if (sum.voters.empty()) return QStringLiteral("–");
  if (sum.unknown > 0)
    return sum.seconds > soon ? QStringLiteral("> ") + duration_text(sum.seconds) : tr("not known");
  return sum.predictions > 0 ? duration_text(sum.seconds) : tr("computed");
}

QVariant VoterChoiceModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const int row = index.row(), column = index.column();
  const bool total_row = is_total_row(row), total_column = column == columnCount() - 1;
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(Qt::Alignment((column == model_column   ? Qt::AlignLeft
                                              : is_view_column(column) ? Qt::AlignHCenter
                                                                       : Qt::AlignRight) |
                                             Qt::AlignVCenter));
  const auto cells = cells_of(index);
  if (role == Qt::CheckStateRole && !total_column && column != time_column) {
    if (total_row && column == model_column) return {};
    int on = 0, able = 0;
    for (const auto& [r, c] : cells) {
      if (!obstacle(r, c).isEmpty()) continue;
      ++able;
      on += ticked_.contains(cell(r, c));
    }
    return on == 0 ? Qt::Unchecked : on == able ? Qt::Checked : Qt::PartiallyChecked;
  }
  if (role == figure_role)
    return text_of(total_row || total_column ? "plan.sum"
                   : column == time_column   ? "plan.model_time"
                                             : "");
  if (role == figure_source_role) {
    // A sum is of what is ticked, a model's time of its identity view.
    std::vector<Voter> voters;
    if (total_row || total_column)
      voters = voters_of(cells);
    else if (column == time_column)
      voters = {{catalogue_.models[static_cast<std::size_t>(row)].name, View()}};
    else
      return {};
    return QVariant::fromValue(FigureSource{{QStringLiteral("VOTERS"), voter_words(voters)}});
  }
  if (role == Qt::AccessibleTextRole && is_view_column(column) && !total_row)
    return text_of(cell(row, column).first + ":" + cell(row, column).second);
  if (total_row) {
    if (role != Qt::DisplayRole) return {};
    if (column == model_column) return tr("per view");
    if (is_view_column(column) || total_column) return total_text(cells);
    return {};
  }
  const ModelInfo& model = catalogue_.models[static_cast<std::size_t>(row)];
  if (is_view_column(column)) {
    const View& view = views_[static_cast<std::size_t>(column - first_view_column)];
    const auto there = samples_there(catalogue_, target_, model.name, view);
    if (role == there_role)
      return target_.samples > 0 ? static_cast<double>(there) / static_cast<double>(target_.samples)
                                 : 0.0;
    if (role == disabled_reason_role) return obstacle(row, column);
    if (role == Qt::ToolTipRole) {
      if (const QString reason = obstacle(row, column); !reason.isEmpty()) return reason;
      QString text = text_of(model.name + ":" + to_string(view));
      if (there > 0)
        text += tr("\n%1 of %2 computed (%3, %4)")
                    .arg(with_thousands(there), counted(target_.samples, tr("image"), tr("images")),
                         text_of(target_.device_kind), text_of(target_.precision));
      if (const auto time = time_per_image(catalogue_, target_, model.name, view))
        text += tr("\n%1%2 ms per image")
                    .arg(time->about ? tr("about ") : QString(), decimal(time->ms, 2));
      return text;
    }
    return {};
  }
  if (role == Qt::ToolTipRole && column == model_column)
    return is_imported(model) ? tr("imported outputs") : text_of(model.file.string());
  if (role != Qt::DisplayRole) return {};
  if (column == model_column) return text_of(model.name);
  if (column == time_column) {
    const auto time = time_per_image(catalogue_, target_, model.name, View());
    return time ? decimal(time->ms, 2) : QStringLiteral("–");
  }
  return total_text(cells);
}

Qt::ItemFlags VoterChoiceModel::flags(const QModelIndex& index) const {
  if (!index.isValid()) return Qt::NoItemFlags;
  Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  const int column = index.column();
  if (is_total_row(index.row()))
    return is_view_column(column) ? flags | Qt::ItemIsUserCheckable : flags;
  if (is_view_column(column))
    return obstacle(index.row(), column).isEmpty() ? flags | Qt::ItemIsUserCheckable
                                                   : Qt::NoItemFlags;
  return column == model_column ? flags | Qt::ItemIsUserCheckable : flags;
}

void VoterChoiceModel::set_ticks(const std::vector<std::pair<int, int>>& cells, bool on) {
  for (const auto& [row, column] : cells) {
    if (on && obstacle(row, column).isEmpty())
      ticked_.insert(cell(row, column));
    else
      ticked_.erase(cell(row, column));
  }
  changed();
}

bool VoterChoiceModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (role != Qt::CheckStateRole || !(flags(index) & Qt::ItemIsUserCheckable)) return false;
  if (index.column() == model_column)
    toggle_row(index.row());
  else if (is_total_row(index.row()))
    toggle_column(index.column());
  else
    set_ticks({{index.row(), index.column()}}, value.toInt() != Qt::Unchecked);
  return true;
}

Qt::CheckState VoterChoiceModel::column_state(int column) const {
  if (rowCount() == 0) return Qt::Unchecked;
  return static_cast<Qt::CheckState>(
      data(index(rowCount() - 1, column), Qt::CheckStateRole).toInt());
}

void VoterChoiceModel::toggle_column(int column) {
  std::vector<std::pair<int, int>> cells;
  for (int row = 0; row < static_cast<int>(catalogue_.models.size()); ++row)
    cells.emplace_back(row, column);
  set_ticks(cells, column_state(column) != Qt::Checked);
}

void VoterChoiceModel::toggle_row(int row) {
  std::vector<std::pair<int, int>> cells;
  for (int column = first_view_column; is_view_column(column); ++column)
    cells.emplace_back(row, column);
  const auto state = data(index(row, model_column), Qt::CheckStateRole).toInt();
  set_ticks(cells, state != Qt::Checked);
}

void VoterChoiceModel::fill(const QModelIndex& from, const QModelIndex& to) {
  const auto voter = [this](const QModelIndex& index) {
    return index.isValid() && is_view_column(index.column()) && !is_total_row(index.row());
  };
  if (!voter(from) || !voter(to)) return;
  std::vector<std::pair<int, int>> cells;
  for (int row = std::min(from.row(), to.row()); row <= std::max(from.row(), to.row()); ++row)
    for (int column = std::min(from.column(), to.column());
         column <= std::max(from.column(), to.column()); ++column)
      cells.emplace_back(row, column);
  set_ticks(cells, ticked_.contains(cell(from.row(), from.column())));
}

QVariant VoterChoiceModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) return data(index(0, section), Qt::TextAlignmentRole);
  if (is_view_column(section)) {
    if (role == Qt::CheckStateRole) return column_state(section);
    if (role == Qt::DisplayRole || role == Qt::ToolTipRole)
      return text_of(to_string(views_[static_cast<std::size_t>(section - first_view_column)]));
    return {};
  }
  if (role != Qt::DisplayRole) return {};
  if (section == model_column) return tr("model");
  if (section == time_column) return tr("ms per image");
  return counted(target_.samples, tr("image"), tr("images"));
}

std::vector<Voter> VoterChoiceModel::chosen() const {
  std::vector<Voter> voters;
  for (const ModelInfo& model : catalogue_.models)
    for (const View& view : views_)
      if (ticked_.contains({model.name, to_string(view)})) voters.push_back({model.name, view});
  return voters;
}

void VoterChoiceModel::choose(const std::vector<Voter>& voters) {
  for (const Voter& voter : voters) add_view(voter.view);
  ticked_.clear();
  for (const Voter& voter : voters) ticked_.insert({voter.model, to_string(voter.view)});
  changed();
}

RunEstimate VoterChoiceModel::cost(const std::vector<Voter>& voters) const {
  return estimate_run(catalogue_, std::span(&target_, 1), voters);
}

}  // namespace plumbline
