#pragma once
#include <QColor>

#include <array>

#include "core/decision/verdicts.h"

namespace plumbline {

enum class Theme { light, dark };

/// The roles that things are painted with. No other file names a colour.
struct Colours {
  QColor window, base, alternate_base, canvas;
  QColor line, faint_line;       ///< between regions; between table rows
  QColor control, control_line;  ///< and its outline
  QColor groove;
  QColor text, secondary_text, disabled_text;
  QColor accent, text_on_accent;
  QColor accent_tint, text_on_tint;
  QColor failure, failure_tint;  ///< words of what went wrong, and the ground of its banner
  QColor dissent;                ///< bars of what is not the label
  QColor hatching;
  QColor plot_axis, plot_grid, baseline;
  std::array<QColor, 5> series;  ///< of lines that are not the chosen one
  // What a slot of a language model holds, and what is around the slots.
  std::array<QColor, 4> attention;  ///< 1, 2, 4, 8 heads
  QColor feed_forward;
  std::array<QColor, 2> experts;  ///< top-1, top-2
  QColor norm, embedding;         ///< norm and residual; embedding and softmax
};

const Colours& colours(Theme theme);

/// Those of the theme in use. Paint events ask each time, so that a new theme needs only a repaint.
const Colours& colours();
Theme current_theme();

/// For marks and frames: the same in both themes (Okabe–Ito, safe for colour-blind readers).
QColor verdict_fill(Verdict verdict);
/// For words: at least 4.5 : 1 on every ground of the theme in use.
QColor verdict_text(Verdict verdict);

/// Detectors, by their models' places in a run: boxes over pictures, and line samples on the base.
QColor detector_on_image(std::size_t model);
QColor detector_on_base(std::size_t model);
/// What is true of a picture, legible on any: a light line in a dark casing.
QColor truth_line();
QColor truth_casing();

/// Black or white of the palette, whichever is read more easily on a coloured ground.
QColor legible_on(const QColor& ground);

namespace detail {
void set_current_theme(Theme theme);
}

}  // namespace plumbline
