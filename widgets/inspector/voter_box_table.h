#pragma once
#include <QWidget>

#include <cstdint>
#include <optional>
#include <vector>

#include "core/review/box_views.h"
#include "widgets/decision/voter_look.h"

namespace plumbline {

/// A row a voter: how its line looks, what it took the object for, score, IoU, outcome. The first
/// row is the ground truth, the second what the voters were fused to. Hovering names a voter, a
/// click pins it; a click on its line, or H where it is pinned, hides its box and shows it again.
class VoterBoxTable : public QWidget {
  Q_OBJECT
 public:
  struct Row {
    QString model, view, label;
    bool differs = false;  ///< the class is not the truth's
    BoxOutcome outcome = BoxOutcome::no_box;
    double score = 0, overlap = 0;
    bool has_box = false, in_policy = true;
  };

  explicit VoterBoxTable(QWidget* parent = nullptr);

  void set_looks(VoterLooks looks);
  /// What the decision has here.
  struct Fused {
    QString label, outcome;
    bool has_box = false;
    double score = 0;
    std::optional<double> overlap;  ///< with the object
  };
  /// `truth`: the first row's class; empty where there is no object.
  void set_rows(QString truth, Fused fused, std::vector<Row> rows);
  const Fused& fused() const { return fused_; }
  const std::vector<Row>& rows() const { return rows_; }
  /// The pinned voter, else the hovered one.
  std::optional<std::size_t> chosen() const { return pinned_ ? pinned_ : hovered_; }
  void pin(std::optional<std::size_t> voter);
  std::uint64_t hidden() const { return hidden_; }  ///< bit v: voter v
  void toggle_hidden(std::size_t voter);
  QRect row_rect(std::size_t voter) const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

 Q_SIGNALS:
  void chosen_changed();
  void hidden_changed();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  struct Columns {
    int sample, voter, label, score, overlap, outcome, right;
  };
  Columns columns() const;
  void paint_fused(QPainter& painter, const QRect& rect) const;
  void paint_row(QPainter& painter, const QRect& rect, std::size_t voter) const;
  std::optional<std::size_t> voter_at(QPointF point) const;

  VoterLooks looks_;
  QString truth_;
  Fused fused_;
  std::vector<Row> rows_;
  std::optional<std::size_t> hovered_, pinned_;
  std::uint64_t hidden_ = 0;
};

/// Where a model's name is cut: at its beginning where several models begin alike, so that their
/// ends are read ("…t-small", "…medium").
Qt::TextElideMode model_elide_mode(const std::vector<VoterBoxTable::Row>& rows);

}  // namespace plumbline
