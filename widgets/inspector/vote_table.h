#pragma once
#include <QWidget>

#include <memory>
#include <vector>

#include "widgets/decision/run_review.h"
#include "widgets/decision/voter_matrix.h"
#include "widgets/inspector/sample_detail.h"

namespace plumbline {

/// Whether the votes are read as a list, one row per voter: where most combinations of model and
/// view are no voter (each model on its own view, say), or a cell of the matrix, `cell_width`
/// pixels wide, has no room for a class's name.
bool reads_as_list(const VoterGrid& grid, int cell_width);

/// The votes on one sample: class, bar, confidence; a matrix of models × views, or a list. A
/// dissenting vote has a bold class, ≠, a grey bar and hatching; the policy's voters the alternate
/// base.
class VoteTableView : public QWidget {
  Q_OBJECT
 public:
  explicit VoteTableView(QWidget* parent = nullptr);

  void set_review(const RunReview* review);
  void show_item(std::optional<ItemRef> item);
  void set_detail(std::shared_ptr<const SampleDetail> detail);
  void refresh() {
    update();
    describe();
  }

  /// The voter whose distribution is asked for; nothing: the mean.
  std::optional<std::size_t> chosen() const { return chosen_; }
  void choose(std::optional<std::size_t> voter);

  QString summary() const;  ///< "10 agree, 6 dissent (≠)"
  QRect cell_rect(std::size_t voter) const;
  bool is_list() const { return is_list_; }
  /// The class of a vote as it is painted: elided where it is longer than its room.
  QString shown_class(std::size_t voter) const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

 Q_SIGNALS:
  void voter_chosen(std::optional<std::size_t> voter);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool event(QEvent* event) override;

 private:
  /// Where the parts of a vote are painted.
  struct Parts {
    QRect words, mark, figure;
    QRectF bar;
  };
  void arrange();
  VoterGrid::Place place_of(std::size_t voter) const;
  Parts parts_of(std::size_t voter) const;
  bool dissents(std::size_t voter) const;
  void paint_heads(QPainter& painter) const;
  void paint_names(QPainter& painter) const;
  void paint_cell(QPainter& painter, std::size_t voter) const;
  QString distribution(std::size_t voter) const;
  void describe();
  int name_width() const;

  const RunReview* review_ = nullptr;
  VoterGrid grid_;
  bool is_list_ = false;
  mutable int name_width_ = 0;  ///< 0: not measured yet
  std::optional<ItemRef> item_;
  std::optional<std::size_t> chosen_;
  std::shared_ptr<const SampleDetail> detail_;
};

}  // namespace plumbline
