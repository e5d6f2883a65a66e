#pragma once
#include <QPainter>

#include <optional>

#include "core/planer/option.h"

namespace plumbline {

/// A share of the way from one colour to another.
QColor mixed(const QColor& from, const QColor& to, double share);

/// The colour of an option in strips, maps and bars; skip has none (the line's colour).
QColor option_colour(OptionIndex option);

/// One slot of a strip: the option's block with its two letters where they fit, a thin line for
/// skip. `faded`: what two architectures have in common while they are compared.
void draw_slot(QPainter& painter, const QRectF& block, OptionIndex option, bool faded = false);

/// Where the blocks of a strip lie: as wide as 20 pixels each, narrower where there is less room.
struct StripLayout {
  StripLayout(const QRectF& room, std::size_t slots);
  QRectF block(std::size_t slot) const;
  double width() const;
  std::optional<std::size_t> slot_at(double x) const;

  QRectF room;
  std::size_t slots;
  double pitch, block_width;
};

}  // namespace plumbline
