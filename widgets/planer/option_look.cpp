#include "widgets/planer/option_look.h"

#include <algorithm>
#include <cmath>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double widest_block = 20, block_height = 24, gap = 2, narrowest_letters = 11.5,
                 roomy_pitch = 17;
constexpr double faded_option = 0.22;

/// A narrower layer is nearer to the ground, a wider one to the text.
QColor by_width(const QColor& whole, int width) {
  if (width == 100) return whole;
  return mixed(whole, width < 100 ? colours().base : colours().text, 0.3);
}

}  // namespace

QColor mixed(const QColor& from, const QColor& to, double share) {
  const auto t = static_cast<float>(std::clamp(share, 0.0, 1.0));
  const auto part = [t](float a, float b) { return a + t * (b - a); };
  return QColor::fromRgbF(part(from.redF(), to.redF()), part(from.greenF(), to.greenF()),
                          part(from.blueF(), to.blueF()));
}

QColor option_colour(OptionIndex index) {
  const Colours& c = colours();
  const SlotOption& option = slot_option(index);
  switch (option.kind) {
    case OptionKind::skip: break;
    case OptionKind::attention: {
      // 1, 2, 4, 8 heads; more are further towards the text's colour.
      if (option.heads > 8)
        return mixed(c.attention.back(), c.text, std::min(0.6, 0.05 * (option.heads - 8)));
      std::size_t place = 0;
      for (int heads = option.heads; heads > 1 && place + 1 < c.attention.size(); heads /= 2)
        ++place;
      return c.attention[place];
    }
    case OptionKind::feed_forward: return by_width(c.feed_forward, option.width);
    case OptionKind::experts: return by_width(c.experts[option.top_k > 1 ? 1 : 0], option.width);
  }
  return c.control_line;
}

void draw_slot(QPainter& painter, const QRectF& block, OptionIndex index, bool faded) {
  painter.save();
  if (faded) painter.setOpacity(faded_option);
  const SlotOption& option = slot_option(index);
  const QColor colour = option_colour(index);
  if (option.kind == OptionKind::skip) {
    painter.fillRect(
        QRectF(block.left() - gap / 2, std::floor(block.center().y()), block.width() + gap, 1),
        colour);
  } else {
    painter.fillRect(block, colour);
    if (block.width() >= narrowest_letters) {
      QFont font = ui_font(TextSize::caption);
      if (block.width() < widest_block - 3) font.setPixelSize(block.width() < 12.5 ? 8 : 9);
      painter.setFont(font);
      painter.setPen(legible_on(colour));
      painter.drawText(block, Qt::AlignCenter, text_of(option.label));
    }
  }
  painter.restore();
}

StripLayout::StripLayout(const QRectF& area, std::size_t count) : room(area), slots(count) {
  const double each = count == 0 ? 0 : area.width() / static_cast<double>(count);
  pitch = std::min(widest_block + gap, each);
  // Whole pixels while there are enough of them: sharp edges, equal widths.
  if (pitch >= 6) pitch = std::floor(pitch);
  block_width = std::max(1.0, pitch - (pitch >= roomy_pitch ? gap : 1));
}

QRectF StripLayout::block(std::size_t slot) const {
  const double height = std::min(block_height, room.height());
  return {room.left() + pitch * static_cast<double>(slot),
          std::floor(room.center().y() - height / 2), block_width, height};
}

double StripLayout::width() const { return pitch * static_cast<double>(slots); }

std::optional<std::size_t> StripLayout::slot_at(double x) const {
  if (pitch <= 0 || x < room.left()) return std::nullopt;
  const auto slot = static_cast<std::size_t>((x - room.left()) / pitch);
  return slot < slots ? std::optional(slot) : std::nullopt;
}

}  // namespace plumbline
