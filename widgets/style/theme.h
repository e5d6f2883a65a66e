#pragma once
#include "widgets/style/colours.h"

class QApplication;

namespace plumbline {

/// Light or dark as the desktop's own window colour is.
Theme system_theme();

/// Gives the program style, font and palette. May be called again with the other theme: every
/// widget is repainted.
void apply_theme(Theme theme);

}  // namespace plumbline
