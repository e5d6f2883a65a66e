#pragma once
#include <QAbstractTableModel>

#include <string>
#include <vector>

namespace plumbline {

class JobCenter;

/// The jobs of a study, newest first. The progress column's value is a fraction 0 to 1 under
/// Qt::UserRole, and whether the job is at work under Qt::UserRole + 1.
class JobTableModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { title, phase, progress, done, rate, time, state, actions, columns };

  explicit JobTableModel(JobCenter* center, QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  const std::string& id(int row) const { return ids_[static_cast<std::size_t>(row)]; }
  int row_of(const std::string& id) const;  ///< −1: none

 private:
  void take_jobs();

  JobCenter* center_;
  std::vector<std::string> ids_;
};

}  // namespace plumbline
