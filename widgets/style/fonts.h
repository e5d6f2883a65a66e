#pragma once
#include <QFont>

namespace plumbline {

/// The sizes in use, in pixels.
enum class TextSize { caption = 11, small = 12, normal = 13, figure = 15 };

/// Inter, or Noto Sans where Inter is absent; figures of equal width where Qt can ask for them.
QFont ui_font(TextSize size = TextSize::normal, QFont::Weight weight = QFont::Normal);

}  // namespace plumbline
