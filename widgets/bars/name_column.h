#pragma once
#include <QObject>

#include <span>
#include <vector>

class QTableView;

namespace plumbline {

/// Widths of a table whose first column has names and whose others have figures. The names have
/// what they need, and a little more where there is room, so that a row is read as one: what is
/// left over stays behind the last column. Where there is little room the figures come closer, as
/// far as they and their heads allow; then the table scrolls.
class NameColumn : public QObject {
  Q_OBJECT
 public:
  /// `widths`: of the columns behind the first, in pixels, where there is room. The table owns
  /// this.
  NameColumn(QTableView* table, std::span<const int> widths);

  static constexpr int widest_name = 280;  ///< longer ones are elided, pixels
  static constexpr int most_slack = 64;    ///< between the longest name and the figures, pixels

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void fit();
  int needed(int column) const;

  QTableView* table_;
  std::vector<int> widths_;
};

}  // namespace plumbline
