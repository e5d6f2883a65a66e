#include "widgets/decision/voter_matrix.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QPainter>
#include <QPushButton>
#include <QSignalBlocker>

#include <algorithm>

#include "widgets/style/colours.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

int place_in(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  const auto place = static_cast<int>(found - names.begin());
  if (found == names.end()) names.push_back(name);
  return place;
}

/// A name that is pressed like a button and looks like a heading.
class HeaderButton : public QPushButton {
 public:
  using QPushButton::QPushButton;

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    const bool lit = underMouse() || hasFocus();
    painter.setPen(lit ? colours().text : colours().secondary_text);
    painter.drawText(
        rect(), property("centred").toBool() ? Qt::AlignCenter : (Qt::AlignLeft | Qt::AlignVCenter),
        text());
    if (hasFocus()) {
      painter.setPen(QPen(colours().accent, 2));
      painter.drawLine(QPointF(0, height() - 3), QPointF(width(), height() - 3));
    }
  }
};

}  // namespace

VoterGrid voter_grid(const std::vector<Voter>& voters) {
  VoterGrid grid;
  for (const Voter& voter : voters) {
    const int row = place_in(grid.models, voter.model);
    grid.places.push_back({row, place_in(grid.views, to_string(voter.view))});
  }
  return grid;
}

VoterMatrix::VoterMatrix(const std::vector<Voter>& voters, const std::vector<std::size_t>& chosen,
                         QWidget* parent)
    : QFrame(parent, Qt::Popup) {
  setAccessibleName(tr("Voters"));
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(12, 8, 12, 10);
  grid->setHorizontalSpacing(12);
  grid->setVerticalSpacing(0);
  const VoterGrid places = voter_grid(voters);
  const auto all_of = [&](auto&& belongs) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < voters.size(); ++i)
      if (belongs(places.places[i])) found.push_back(i);
    return found;
  };
  for (int column = 0; column < static_cast<int>(places.views.size()); ++column)
    add_header(grid, text_of(places.views[static_cast<std::size_t>(column)]), 0, column + 1,
               all_of([&](const auto& p) { return p.column == column; }));
  for (int row = 0; row < static_cast<int>(places.models.size()); ++row)
    add_header(grid, text_of(places.models[static_cast<std::size_t>(row)]), row + 1, 0,
               all_of([&](const auto& p) { return p.row == row; }));
  for (std::size_t i = 0; i < voters.size(); ++i) {
    auto* box = new QCheckBox(this);
    box->setChecked(std::ranges::find(chosen, i) != chosen.end());
    box->setAccessibleName(text_of(to_string(voters[i])));
    box->setToolTip(box->accessibleName());
    grid->addWidget(box, places.places[i].row + 1, places.places[i].column + 1, Qt::AlignCenter);
    boxes_.push_back(box);
    connect(box, &QCheckBox::toggled, this, [this, box] {
      if (this->chosen().empty()) {  // a policy needs a voter
        const QSignalBlocker blocker(box);
        box->setChecked(true);
        return;
      }
      Q_EMIT chosen_changed(this->chosen());
    });
  }
}

void VoterMatrix::add_header(QGridLayout* grid, const QString& text, int row, int column,
                             const std::vector<std::size_t>& voters) {
  auto* header = new HeaderButton(text, this);
  header->setProperty("centred", row == 0);
  header->setFlat(true);
  header->setFixedHeight(spacing::row_height);
  header->setMinimumWidth(fontMetrics().horizontalAdvance(text) + 2);
  header->setAccessibleName(tr("All of %1").arg(text));
  header->setAutoDefault(false);
  grid->addWidget(header, row, column);
  connect(header, &QPushButton::clicked, this, [this, voters] { tick(voters); });
}

void VoterMatrix::tick(const std::vector<std::size_t>& voters) {
  const bool all =
      std::ranges::all_of(voters, [&](std::size_t v) { return boxes_[v]->isChecked(); });
  if (all && voters.size() == chosen().size()) return;  // the last ones stay
  for (const std::size_t voter : voters) {
    const QSignalBlocker blocker(boxes_[voter]);
    boxes_[voter]->setChecked(!all);
  }
  Q_EMIT chosen_changed(chosen());
}

std::vector<std::size_t> VoterMatrix::chosen() const {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < boxes_.size(); ++i)
    if (boxes_[i]->isChecked()) result.push_back(i);
  return result;
}

void VoterMatrix::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().base);
  painter.setPen(colours().control_line);
  painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

}  // namespace plumbline
