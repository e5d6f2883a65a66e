#pragma once
#include <QFrame>

#include <vector>

#include "core/types/voter.h"

class QCheckBox;
class QGridLayout;

namespace plumbline {

/// Rows (models) and columns (views) of a run's voters, in the order of their first appearance, and
/// where each voter stands.
struct VoterGrid {
  std::vector<std::string> models, views;
  struct Place {
    int row = 0, column = 0;
  };
  std::vector<Place> places;  ///< by voter
};
VoterGrid voter_grid(const std::vector<Voter>& voters);

/// The popup in which a policy's voters are ticked: models down, views across; a click on a row's
/// or a column's name ticks or clears all of it. One voter always stays.
class VoterMatrix : public QFrame {
  Q_OBJECT
 public:
  VoterMatrix(const std::vector<Voter>& voters, const std::vector<std::size_t>& chosen,
              QWidget* parent);

  std::vector<std::size_t> chosen() const;

 Q_SIGNALS:
  void chosen_changed(const std::vector<std::size_t>& voters);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void add_header(QGridLayout* grid, const QString& text, int row, int column,
                  const std::vector<std::size_t>& voters);
  void tick(const std::vector<std::size_t>& voters);

  std::vector<QCheckBox*> boxes_;  ///< by voter
};

}  // namespace plumbline
