#pragma once
#include <QSet>

#include "widgets/decision_page/decision_plot.h"

namespace plumbline {

/// Selective risk over coverage of several policies on the same samples. Its legend is a table by
/// AUGRC: a click on a name hides the line, a double click takes the policy.
class RiskPlot : public DecisionPlot {
  Q_OBJECT
 public:
  explicit RiskPlot(DecisionAnalysis* analysis, QWidget* parent = nullptr);
  PlotTable table() const override;

  /// A row of the legend.
  struct Entry {
    QString name, policy;
    std::optional<double> augrc;
    QRectF box;  ///< in the plot's pixels
    bool hidden = false;
  };
  const std::vector<Entry>& legend() const { return legend_; }

 Q_SIGNALS:
  void policy_chosen(const QString& policy);

 protected:
  void draw() override;
  void make_marks() override;
  void place_marks() override;
  std::optional<Ranges> whole() const override;
  QString read_out(QPointF pixel, double x, double y) const override;
  void pressed(QPointF pixel) override;
  void double_clicked(QPointF pixel) override;

 private:
  struct Series {
    QString name, policy;
    QColor colour;
    bool main = false, dashed = false, current = true;
    const std::vector<RiskPoint>* points = nullptr;
    std::optional<double> augrc;
  };
  std::vector<Series> series() const;
  void draw_legend(const std::vector<Series>& all);
  Entry* entry_at(QPointF pixel);

  QSet<QString> hidden_;
  std::vector<Entry> legend_;
  QCPGraph *diamond_ = nullptr, *moving_ = nullptr, *drop_ = nullptr;
  PlotLabel* here_ = nullptr;
};

}  // namespace plumbline
